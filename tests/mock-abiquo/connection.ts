import type { Socket } from 'bun'
import { Exchange } from './exchange.ts'
import { type HttpRequest, headOf, parseRequest } from './http-message.ts'
import { Outbox } from './outbox.ts'

/** What answers requests. */
export type Handler = (exchange: Exchange) => void

/**
 * One client's TCP connection. The bytes are written by hand, not by a ready-made server, as the faults need all of
 * them: an answer cut in the middle, a reset instead of an answer, silence without an idle timeout.
 */
export class Connection {
  readonly #socket: Socket<Connection | undefined>
  readonly #handle: Handler
  readonly #date: () => string | null
  #inbox: Buffer = Buffer.alloc(0)
  readonly #outbox: Outbox
  #exchange: Exchange | undefined
  #ending: 'keep' | 'close' | undefined
  #closed = false

  constructor(socket: Socket<Connection | undefined>, handle: Handler, date: () => string | null) {
    this.#socket = socket
    this.#handle = handle
    this.#date = date
    this.#outbox = new Outbox((bytes) => socket.write(bytes))
  }

  /** Bytes that the client has not taken yet. */
  get waiting(): number {
    return this.#outbox.waiting
  }

  /** Takes bytes from the client. */
  received(bytes: Buffer): void {
    this.#inbox = this.#inbox.length === 0 ? bytes : Buffer.concat([this.#inbox, bytes])
    this.#next()
  }

  /** Sends bytes, as fast as the client takes them. */
  write(bytes: Uint8Array): void {
    if (!this.#closed) this.#outbox.push(bytes)
  }

  /** Goes on after the client has taken what was sent. */
  drained(): void {
    this.#outbox.flush()
    if (this.#ending !== undefined && this.#outbox.waiting === 0) this.#finished(this.#ending)
  }

  /** The answer is complete: once it is sent, the next request may come or the connection ends. */
  finish(then: 'keep' | 'close'): void {
    this.#ending = then
    if (this.#outbox.waiting === 0) this.#finished(then)
  }

  /** Ends the connection without a farewell. */
  reset(): void {
    this.#socket.terminate()
    this.closed()
  }

  /** The connection is over, whoever ended it. */
  closed(): void {
    if (this.#closed) return
    this.#closed = true
    this.#outbox.clear()
    this.#exchange?.over()
  }

  #next(): void {
    if (this.#exchange !== undefined || this.#closed) return
    const parsed = parseRequest(this.#inbox)
    if (parsed === 'incomplete') return
    if (parsed === 'bad') {
      this.write(Buffer.from(headOf(400, { 'Content-Length': '0', Connection: 'close' })))
      this.finish('close')
      return
    }
    this.#inbox = this.#inbox.subarray(parsed.length)
    this.#serve(parsed.request)
  }

  #finished(then: 'keep' | 'close'): void {
    this.#ending = undefined
    const exchange = this.#exchange
    this.#exchange = undefined
    exchange?.over()
    if (then === 'close') this.#socket.end()
    // A pipelined request is answered from a fresh stack, so that thousands of them do not nest.
    else if (this.#inbox.length > 0) queueMicrotask(() => this.#next())
  }

  #serve(request: HttpRequest): void {
    this.#exchange = new Exchange(this, request, this.#date)
    this.#handle(this.#exchange)
  }
}
