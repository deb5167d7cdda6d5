import { connect, createServer, type Socket } from 'node:net'

/** A way to a server of this machine that can fall silent, as a network does that loses everything. */
export interface SilentLink extends AsyncDisposable {
  readonly port: number
  /** Holds back from now on what is sent on connections that are open; those that come later are none the worse. */
  silence(): void
  /** Brings to the server what was held back. */
  bring(): void
}

/** Starts a link to a port on 127.0.0.1. */
export async function startSilentLink(to: number): Promise<SilentLink> {
  const ways = new Set<Way>()
  const server = createServer((from) => {
    const way = new Way(from, connect(to, '127.0.0.1'))
    ways.add(way)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    silence() {
      for (const way of ways) way.held ??= []
    },
    bring() {
      for (const way of ways) way.bring()
    },
    async [Symbol.asyncDispose]() {
      for (const way of ways) way.end()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** One connection and its continuation. */
class Way {
  readonly #from: Socket
  readonly #to: Socket
  /** What was sent and not brought; null where all is brought at once. */
  held: (Uint8Array | string)[] | null = null

  constructor(from: Socket, to: Socket) {
    this.#from = from
    this.#to = to
    from.on('data', (bytes) => (this.held === null ? to.write(bytes) : this.held.push(bytes)))
    to.on('data', (bytes) => this.held === null && from.write(bytes))
    // What was sent before its end is brought all the same.
    from.on('close', () => this.held === null && to.end())
    to.on('close', () => from.destroy())
    for (const socket of [from, to]) socket.on('error', () => {})
  }

  bring(): void {
    for (const bytes of this.held ?? []) this.#to.write(bytes)
    this.held = null
  }

  end(): void {
    this.#from.destroy()
    this.#to.destroy()
  }
}
