import { readFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import type { ConnectionOptions } from 'node:tls'
import { messageOf } from '@novnc-tokens/api'
import type { RedisTls, RedisUser, Server } from './address.ts'

/** A connection to one Redis server, as far as it is used here. */
export interface RedisConnection {
  /**
   * Sends a command at once; several that nobody waits in between for travel together.
   *
   * @throws RedisError, also where no answer comes in time
   */
  call(command: string, args: readonly (string | number)[]): Promise<unknown>
  /** Resolves once it is closed, by whomever. */
  readonly closed: Promise<void>
  close(): void
}

/** What went wrong with a Redis. Its message names no key, value, user or password. */
export class RedisError extends Error {
  override readonly name = 'RedisError'
  /** Whether the server answered so, and the connection is as good as before. */
  readonly answered: boolean

  constructor(message: string, answered = false) {
    super(message)
    this.answered = answered
  }
}

/** What a connection is opened with. */
export interface OpenRedisOptions {
  readonly server: Server
  readonly user: RedisUser
  readonly tls: RedisTls | null
  /** Ends the attempt. */
  readonly signal: AbortSignal
}

/** Opens a connection, as {@link openRedis} does. */
export type OpenRedis = (options: OpenRedisOptions) => Promise<RedisConnection>

const connectTimeoutMs = 2000
/** A healthy server answers in less than a millisecond, one that forks or syncs its disk in some hundred. */
const commandTimeoutMs = 3000
/** A server that does not close its side is not waited for. */
const disconnectTimeoutMs = 100

/**
 * Connects to a server and logs in. The connection never comes back by itself: whoever uses it has to know that it was
 * gone.
 *
 * @throws RedisError
 */
export async function openRedis({ server, user, tls, signal }: OpenRedisOptions): Promise<RedisConnection> {
  // Only who has such an output pays for loading this.
  const { Redis } = await import('ioredis')
  const files = tls === null ? null : await readTls(tls, server.host)
  const redis = new Redis({
    ...server,
    ...(files === null ? {} : { tls: files }),
    protocol: 2,
    lazyConnect: true,
    retryStrategy: null,
    enableOfflineQueue: false,
    enableReadyCheck: false,
    disableClientInfo: true,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    connectTimeout: connectTimeoutMs,
    commandTimeout: commandTimeoutMs,
    disconnectTimeout: disconnectTimeoutMs,
    keepAlive: 10_000,
  })
  let reason: Error | null = null
  // Without a listener it prints its errors.
  redis.on('error', (error: Error) => {
    reason ??= error
  })
  const closed = new Promise<void>((resolve) => redis.once('end', () => resolve()))
  const connection: RedisConnection = {
    async call(command, args) {
      try {
        return await redis.call(command, ...args)
      } catch (error) {
        // Its own error holds the command with all arguments.
        throw cleaned(error, reason)
      }
    },
    closed,
    close: () => redis.disconnect(),
  }
  const onAbort = () => connection.close()
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    signal.throwIfAborted()
    await redis.connect()
    // Not left to ioredis, which prints what it thinks of a password that is not needed.
    if (user.password !== null)
      await connection.call('auth', [...(user.username === null ? [] : [user.username]), user.password])
    return connection
  } catch (error) {
    connection.close()
    throw cleaned(error, reason)
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

function cleaned(error: unknown, reason: Error | null): RedisError {
  if (error instanceof RedisError) return error
  const answered = error instanceof Error && error.name === 'ReplyError'
  const text = messageOf(answered ? error : (reason ?? error))
  const plain = text
    .replace('Command timed out', `No answer within ${commandTimeoutMs / 1000} s`)
    // It goes on about HELLO, which tells a person nothing.
    .replace(/^NOAUTH .*/s, 'NOAUTH, it asks for a password')
    .replace(/[.?]+$/, '')
  return new RedisError(plain, answered)
}

async function readTls({ caFile, certFile, keyFile, insecure }: RedisTls, host: string): Promise<ConnectionOptions> {
  const [ca, cert, key] = await Promise.all([caFile, certFile, keyFile].map(readPem))
  return {
    rejectUnauthorized: !insecure,
    // A name only: RFC 6066, section 3, allows no addresses.
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(ca === null || ca === undefined ? {} : { ca }),
    ...(cert === null || cert === undefined ? {} : { cert }),
    ...(key === null || key === undefined ? {} : { key }),
  }
}

async function readPem(path: string | null): Promise<string | null> {
  if (path === null) return null
  try {
    const text = await readFile(path, 'utf8')
    if (text.includes('-----BEGIN ')) return text
  } catch (error) {
    throw new RedisError(`Cannot read "${path}": ${messageOf(error)}`)
  }
  throw new RedisError(`"${path}" is no PEM file`)
}
