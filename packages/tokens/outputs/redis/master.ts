import { readFile } from 'node:fs/promises'
import { type Clock, messageOf } from '@novnc-tokens/api'
import { describeServer, type RedisAddress, type Server } from './address.ts'
import { type OpenRedis, openRedis, type RedisConnection, RedisError } from './connection.ts'
import { Sentinels } from './sentinels.ts'

/** What goes along with {@link openMaster}. */
export interface OpenMasterOptions {
  readonly clock: Clock
  /** Ends the attempt. */
  readonly signal: AbortSignal
  /** @default openRedis */
  readonly open?: OpenRedis
}

/** Sentinels let a master that was replaced go on for 10 s, during which it takes writes that will be lost. */
const askSentinelsEveryMs = 1000

/**
 * Connects to the server that takes writes, by way of the Sentinels where there are some. The connection is closed once
 * they name another one.
 *
 * @throws RedisError also where what is there is a replica, a Cluster or a Sentinel
 */
export async function openMaster(
  address: RedisAddress,
  { clock, signal, open = openRedis }: OpenMasterOptions,
): Promise<RedisConnection> {
  const [server] = address.servers
  if (address.master === null && server !== undefined) return await connect(address, server, signal, open)
  const sentinels = new Sentinels(address, open)
  try {
    const master = await sentinels.master(signal)
    const connection = await connect(address, master, signal, open)
    void follow(connection, master, sentinels, clock)
    return connection
  } catch (error) {
    sentinels.close()
    throw error
  }
}

async function connect(
  address: RedisAddress,
  server: Server,
  signal: AbortSignal,
  open: OpenRedis,
): Promise<RedisConnection> {
  const { tls, database } = address
  let connection: RedisConnection | null = null
  try {
    connection = await open({ server, user: await userOf(address), tls, signal })
    if (database !== 0) await connection.call('select', [database])
    const why = refusal(await kindOf(connection))
    if (why === null) return connection
    throw new RedisError(`${describeServer(server)} is ${why}`)
  } catch (error) {
    connection?.close()
    throw withTlsHint(error, tls !== null)
  }
}

/** A server that waits for TLS cuts whoever comes without, and one that does not know it waits on in silence. */
function withTlsHint(error: unknown, tls: boolean): unknown {
  if (!(error instanceof RedisError) || error.answered) return error
  if (tls && /ETIMEDOUT|EPROTO|wrong version number/i.test(error.message))
    return new RedisError(`${error.message}; where it has no TLS, begin the URL with redis`)
  if (!tls && /ECONNRESET|closed/i.test(error.message))
    return new RedisError(`${error.message}; where it wants TLS, begin the URL with rediss`)
  return error
}

/** Closes the connection once Sentinels name another master; where none of them answers, it is as good as any. */
async function follow(connection: RedisConnection, server: Server, sentinels: Sentinels, clock: Clock): Promise<void> {
  const closed = new AbortController()
  void connection.closed.then(() => {
    closed.abort()
    sentinels.close()
  })
  while (!closed.signal.aborted) {
    await clock.sleep(askSentinelsEveryMs, closed.signal).catch(() => undefined)
    const master = closed.signal.aborted ? null : await sentinels.master(closed.signal).catch(() => null)
    if (master !== null && describeServer(master) !== describeServer(server)) connection.close()
  }
  sentinels.close()
}

async function userOf({ user, passwordFile }: RedisAddress): Promise<RedisAddress['user']> {
  if (passwordFile === null) return user
  try {
    return { ...user, password: (await readFile(passwordFile, 'utf8')).replace(/\r?\n$/, '') }
  } catch (error) {
    throw new RedisError(`Cannot read the password file "${passwordFile}": ${messageOf(error)}`)
  }
}

/** What a server says it is. */
interface Kind {
  readonly mode: string
  readonly role: string
}

/** Asks by HELLO, which every user may send; servers before 6.0 do not know it. */
async function kindOf(connection: RedisConnection): Promise<Kind> {
  try {
    const answer = await connection.call('hello', [])
    const fields: readonly unknown[] = Array.isArray(answer) ? answer : []
    const field = (name: string) => String(fields[fields.indexOf(name) + 1])
    return { mode: field('mode'), role: field('role') }
  } catch (error) {
    if (!(error instanceof RedisError) || !/unknown command/i.test(error.message)) throw error
    const info = String(await connection.call('info', []))
    const field = (name: string) => new RegExp(`^${name}:(\\w+)`, 'm').exec(info)?.[1] ?? ''
    return { mode: field('redis_mode'), role: field('role') }
  }
}

/** Why a server is not one that tokens can be written to; null where it is. */
function refusal({ mode, role }: Kind): string | null {
  if (mode === 'cluster') return 'part of a Cluster, where websockify cannot follow a token: use a single Redis'
  if (mode === 'sentinel') return 'a Sentinel: begin the URL with redis+sentinel, and name the master'
  if (role === 'replica' || role === 'slave')
    return 'a replica, which takes no writes: name its master, or its Sentinels'
  return null
}
