import { connect, type Socket } from 'node:net'
import { type NetworkFault, type Terms, termsOf, type Way } from './fault.ts'
import { type End, Lane } from './lane.ts'

/** What a {@link Link} goes by. */
export interface LinkParts {
  /** Port of the server on 127.0.0.1. */
  readonly port: number
  /** The faults in force. */
  readonly faults: () => Iterable<NetworkFault>
  /** From 0 up to 1. */
  readonly random: () => number
  /** Both sockets are closed. */
  readonly onClosed: () => void
}

const ways = ['to-server', 'to-client'] as const

/** One connection of a client, and the one to the server that belongs to it. */
export class Link {
  readonly #parts: LinkParts
  readonly #client: Socket
  readonly #lanes: Record<Way, Lane | null> = { 'to-server': null, 'to-client': null }
  /** Ways on which nothing passes ever again. */
  readonly #forgotten = new Set<Way>()
  #server: Socket | null = null
  #clientClosed = false
  #serverClosed = true

  constructor(client: Socket, parts: LinkParts) {
    this.#client = client
    this.#parts = parts
    client.setNoDelay(true)
    this.#lanes['to-server'] = this.#lane('to-server', client)
    client.on('close', () => {
      this.#clientClosed = true
      this.#tellClosed()
    })
    this.flow()
  }

  /** Hands over what may go now; called when the faults change. */
  flow(): void {
    // In a black hole not even a connection is made.
    if (this.#server === null && !this.#clientClosed && ways.some((way) => !this.#terms(way).silent)) this.#connect()
    for (const way of ways) this.#lanes[way]?.flow()
  }

  /** From now on nothing passes on these ways. */
  forget(way: Way | undefined): void {
    for (const each of ways) if (way === undefined || way === each) this.#forgotten.add(each)
  }

  /** Ends the connection after so many more bytes of a way, until the answer is called. */
  cutAfter(way: Way | undefined, bytes: number, how: End, onCut: () => void): () => void {
    const plans = ways
      .filter((each) => way === undefined || way === each)
      .map((each) => this.#lanes[each]?.cutAfter(bytes, how, onCut))
    return () => {
      for (const undo of plans) undo?.()
    }
  }

  /** Ends both connections: what was handed over still arrives, unless it is a reset. */
  end(how: End): void {
    for (const way of ways) this.#lanes[way]?.close()
    for (const socket of [this.#client, this.#server]) {
      if (how === 'end') socket?.destroySoon()
      else socket?.resetAndDestroy()
    }
  }

  #connect(): void {
    const server = connect({ host: '127.0.0.1', port: this.#parts.port, allowHalfOpen: true, noDelay: true })
    this.#server = server
    this.#serverClosed = false
    this.#lanes['to-client'] = this.#lane('to-client', server)
    this.#lanes['to-client'].lead(this.#client)
    server.once('connect', () => this.#lanes['to-server']?.lead(server))
    server.on('close', () => {
      this.#serverClosed = true
      this.#tellClosed()
    })
  }

  #lane(way: Way, source: Socket): Lane {
    return new Lane(source, {
      terms: () => this.#terms(way),
      random: this.#parts.random,
      onCut: (how) => this.end(how),
    })
  }

  #terms(way: Way): Terms {
    const terms = termsOf(this.#parts.faults(), way)
    return this.#forgotten.has(way) ? { ...terms, silent: true } : terms
  }

  #tellClosed(): void {
    if (this.#clientClosed && this.#serverClosed) this.#parts.onClosed()
  }
}
