import type { TCPSocketListener } from 'bun'
import { Connection, type Handler } from './connection.ts'

/** Where the server listens. */
export interface ServerOptions {
  readonly hostname: string
  readonly port: number
  readonly tls?: { readonly key: string; readonly cert: string } | undefined
  /** What the `Date` header of each answer says; null: there is none. */
  readonly date: () => string | null
}

/** A small HTTP/1.1 server that can stop listening and begin again on the same port. */
export class HttpServer {
  readonly #options: ServerOptions
  readonly #handle: Handler
  readonly #connections = new Set<Connection>()
  #listener: TCPSocketListener<Connection | undefined> | undefined
  #port: number

  constructor(options: ServerOptions, handle: Handler) {
    this.#options = options
    this.#handle = handle
    this.#port = options.port
  }

  /** The port, also while it is closed. */
  get port(): number {
    return this.#port
  }

  /** Number of open connections. */
  get connections(): number {
    return this.#connections.size
  }

  /** Accepts connections. */
  listen(): void {
    if (this.#listener !== undefined) return
    const { hostname, tls, date } = this.#options
    this.#listener = Bun.listen<Connection | undefined>({
      hostname,
      port: this.#port,
      ...(tls === undefined ? {} : { tls }),
      socket: {
        open: (socket) => {
          socket.setNoDelay(true)
          const connection = new Connection(socket, this.#handle, date)
          socket.data = connection
          this.#connections.add(connection)
        },
        data: (socket, bytes) => socket.data?.received(bytes),
        drain: (socket) => socket.data?.drained(),
        close: (socket) => {
          if (socket.data === undefined) return
          this.#connections.delete(socket.data)
          socket.data.closed()
        },
        error: (socket) => socket.data?.reset(),
      },
    })
    this.#port = this.#listener.port
  }

  /** Refuses connections and resets those that are open. */
  refuse(): void {
    this.#listener?.stop(true)
    this.#listener = undefined
    for (const connection of this.#connections) connection.reset()
    this.#connections.clear()
  }
}
