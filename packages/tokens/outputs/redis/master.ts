import { readFile } from 'node:fs/promises'
import { messageOf } from '@novnc-tokens/api'
import { describeServer, type RedisAddress, type Server } from './address.ts'
import { type OpenRedisOptions, openRedis, type RedisConnection, RedisError } from './connection.ts'

/** Opens a connection. */
export type OpenRedis = (options: OpenRedisOptions) => Promise<RedisConnection>

/**
 * Connects to the server that takes writes, by way of the Sentinels where there are some.
 *
 * @throws RedisError also where what is there is a replica, a Cluster or a Sentinel
 */
export async function openMaster(
  address: RedisAddress,
  signal: AbortSignal,
  open: OpenRedis = openRedis,
): Promise<RedisConnection> {
  const { tls, database } = address
  const server = await findMaster(address, signal, open)
  const connection = await open({ server, user: await userOf(address), tls, signal })
  try {
    if (database !== 0) await connection.call('select', [database])
    const why = refusal(await kindOf(connection))
    if (why === null) return connection
    throw new RedisError(`${describeServer(server)} is ${why}`)
  } catch (error) {
    connection.close()
    throw error
  }
}

async function findMaster(
  { servers, master, sentinelUser, tls }: RedisAddress,
  signal: AbortSignal,
  open: OpenRedis,
): Promise<Server> {
  const [first] = servers
  if (master === null && first !== undefined) return first
  const failures: string[] = []
  for (const server of servers) {
    try {
      const sentinel = await open({ server, user: sentinelUser, tls, signal })
      try {
        const answer = await sentinel.call('sentinel', ['get-master-addr-by-name', master ?? ''])
        const [host, port]: readonly unknown[] = Array.isArray(answer) ? answer : []
        if (typeof host === 'string' && Number(port) > 0) return { host, port: Number(port) }
        failures.push(`${describeServer(server)} knows no master "${master}"`)
      } finally {
        sentinel.close()
      }
    } catch (error) {
      failures.push(`${describeServer(server)}: ${messageOf(error)}`)
    }
  }
  throw new RedisError(`no Sentinel names the master: ${failures.join('; ')}`)
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
