import { messageOf } from '@novnc-tokens/api'
import { describeServer, type RedisAddress, type Server } from './address.ts'
import { type OpenRedis, type RedisConnection, RedisError } from './connection.ts'

/** Asks Sentinels which server is the master; keeps the connection to the one that answered last. */
export class Sentinels {
  readonly #address: RedisAddress
  readonly #open: OpenRedis
  #current: { readonly server: Server; readonly connection: RedisConnection } | null = null

  constructor(address: RedisAddress, open: OpenRedis) {
    this.#address = address
    this.#open = open
  }

  /**
   * The master by the first Sentinel that knows it.
   *
   * @throws RedisError with what each of them says
   */
  async master(signal: AbortSignal): Promise<Server> {
    const { servers, master, sentinelUser, tls } = this.#address
    const failures: string[] = []
    const last = this.#current?.server
    for (const server of last === undefined ? servers : [last, ...servers]) {
      try {
        const connection = this.#current?.connection ?? (await this.#open({ server, user: sentinelUser, tls, signal }))
        this.#current = { server, connection }
        const answer = await connection.call('sentinel', ['get-master-addr-by-name', master ?? ''])
        const [host, port]: readonly unknown[] = Array.isArray(answer) ? answer : []
        if (typeof host === 'string' && Number(port) > 0) return { host, port: Number(port) }
        failures.push(`${describeServer(server)} knows no master "${master}"`)
      } catch (error) {
        failures.push(`${describeServer(server)}: ${messageOf(error)}`)
      }
      this.close()
    }
    throw new RedisError(`no Sentinel names the master: ${failures.join('; ')}`)
  }

  /** Closes what is open. */
  close(): void {
    this.#current?.connection.close()
    this.#current = null
  }
}
