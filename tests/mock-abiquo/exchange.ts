import type { Connection } from './connection.ts'
import { type Headers, type HttpRequest, headOf } from './http-message.ts'

// Below this size one copy costs less than another write.
const joinBelow = 64 * 1024

/** A whole answer. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: readonly Uint8Array[]
}

/** One request and the means to answer it. */
export class Exchange {
  readonly request: HttpRequest
  readonly #connection: Connection
  readonly #date: () => string | null
  readonly #whenOver: (() => void)[] = []
  #state: 'waiting' | 'open' | 'complete' | 'over' = 'waiting'
  #status: number | null = null
  #bytes = 0
  #chunked = false

  /** `date` is what the answer's `Date` header says; null: it has none. */
  constructor(connection: Connection, request: HttpRequest, date: () => string | null) {
    this.#connection = connection
    this.request = request
    this.#date = date
  }

  /** Status of the answer, null before it. */
  get status(): number | null {
    return this.#status
  }

  /** Bytes of the body that were handed over. */
  get bytes(): number {
    return this.#bytes
  }

  /** Whether nothing more can be sent. */
  get isOver(): boolean {
    return this.#state === 'complete' || this.#state === 'over'
  }

  /** Bytes that the client has not taken yet. */
  get waiting(): number {
    return this.#connection.waiting
  }

  /** Calls `action` once the answer is sent or the connection has ended. */
  whenOver(action: () => void): void {
    if (this.#state === 'over') action()
    else this.#whenOver.push(action)
  }

  /** Sends a whole answer. */
  send({ status, headers, body }: Answer): void {
    if (this.#state !== 'waiting') return
    const bodiless = status === 204 || status === 304
    const length = bodiless ? 0 : body.reduce((sum, part) => sum + part.length, 0)
    const keepAlive = this.request.keepAlive
    const size = bodiless ? {} : { 'Content-Length': String(length) }
    const head = this.#head(status, { ...headers, ...size, Connection: keepAlive ? 'keep-alive' : 'close' })
    const parts = bodiless || this.request.method === 'HEAD' ? [] : body
    this.#status = status
    this.#bytes = length
    if (length < joinBelow) this.#connection.write(Buffer.concat([head, ...parts]))
    else for (const part of [head, ...parts]) this.#connection.write(part)
    this.#end(keepAlive)
  }

  /** Sends the head alone; the body follows by `write`. With a length it is not chunked. */
  open(status: number, headers: Headers, length?: number): void {
    if (this.#state !== 'waiting') return
    this.#state = 'open'
    this.#status = status
    this.#chunked = length === undefined && !this.request.http10
    const framing = this.#chunked ? { 'Transfer-Encoding': 'chunked' } : { Connection: 'close' }
    const size = length === undefined ? {} : { 'Content-Length': String(length) }
    this.#connection.write(this.#head(status, { ...headers, ...framing, ...size }))
  }

  /** Sends a piece of an open body. */
  write(bytes: Uint8Array): void {
    if (this.#state !== 'open' || bytes.length === 0) return
    this.#bytes += bytes.length
    if (!this.#chunked) {
      this.#connection.write(bytes)
      return
    }
    const size = Buffer.from(`${bytes.length.toString(16)}\r\n`)
    this.#connection.write(Buffer.concat([size, bytes, Buffer.from('\r\n')]))
  }

  /** Ends an open body in good order. */
  end(): void {
    if (this.#state !== 'open') return
    if (this.#chunked) this.#connection.write(Buffer.from('0\r\n\r\n'))
    this.#end(this.#chunked && this.request.keepAlive)
  }

  /** Closes the connection after what was sent, whatever is missing. */
  hangUp(): void {
    if (!this.isOver) this.#end(false)
  }

  /** Ends the connection without a farewell. */
  reset(): void {
    this.#connection.reset()
  }

  /** The answer is sent, or the connection has ended. */
  over(): void {
    if (this.#state === 'over') return
    this.#state = 'over'
    for (const action of this.#whenOver) action()
  }

  #head(status: number, headers: Headers): Buffer {
    const date = this.#date()
    return Buffer.from(headOf(status, date === null ? headers : { Date: date, ...headers }))
  }

  #end(keepAlive: boolean): void {
    this.#state = 'complete'
    this.#connection.finish(keepAlive ? 'keep' : 'close')
  }
}
