import { inspect } from 'node:util'
import { ApiError } from '../errors.ts'
import type { Authorization } from '../log-in/authorization.ts'
import { basic } from '../log-in/basic.ts'
import { Connection, type GetOptions } from '../request/connection.ts'
import type { ConnectionOptions } from '../request/connection-options.ts'
import { FakeClock } from './fake-clock.ts'
import { type Handler, json, serveWeb, type WebServer } from './web-server.ts'

/** How the log-in of {@link connect} is asked for. */
export const login = 'GET /api/login'
/** What a platform answers to it. */
export const user = { id: 1, nick: 'admin', links: [] }

/** Credentials that never change their header, so that no request waits for another to show that it is taken. */
export const unchanging: Authorization = { user: 'admin', header: () => 'Bearer of-admin' }

/** A server whose log-in works, and that answers the rest as it is told. */
export function platform(handler: Handler): Promise<WebServer> {
  return serveWeb((request, line) => (line === login ? json(user) : handler(request, line)))
}

/** A connection on a clock that stands still, and without chance. */
export interface Client extends Disposable {
  readonly connection: Connection
  readonly clock: FakeClock
  /** GETs; what is thrown comes back as it is. Throws itself where that tells the password. */
  get(path: string, options?: Partial<GetOptions>): Promise<unknown>
}

/** Makes a connection of `admin`, whose password no error may tell. */
export function connect(api: string, options: Partial<ConnectionOptions> = {}): Client {
  const password = 'secret-of-admin'
  const secrets = [password, Buffer.from(`admin:${password}`).toString('base64')]
  const clock = new FakeClock()
  const connection = new Connection({
    api,
    authorization: basic('admin', password),
    clock,
    random: () => 0,
    ...options,
  })
  return {
    connection,
    clock,
    async get(path, more = {}) {
      try {
        return await connection.get(path, { accept: 'enterprises', ...more })
      } catch (error) {
        const told = inspect(error, { depth: 9, showHidden: true })
        if (secrets.some((secret) => told.includes(secret))) throw new Error(`The error tells the password: ${told}`)
        return error
      }
    },
    [Symbol.dispose]: () => connection[Symbol.dispose](),
  }
}

/** How answers ended: `ok`, the code of an {@link ApiError}, or the message of another error. */
export function outcomes(answers: readonly unknown[]): readonly string[] {
  return answers.map((answer) => {
    if (answer instanceof ApiError) return answer.code
    return answer instanceof Error ? answer.message : 'ok'
  })
}
