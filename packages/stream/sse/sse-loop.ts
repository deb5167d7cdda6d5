import { type Clock, messageOf, retryAfterMs, systemClock } from '@novnc-tokens/api'
import { SseError } from './errors.ts'
import { readMessages } from './read-messages.ts'
import type { SseMessage } from './sse-message.ts'

/** One attempt to connect, as {@link SseLoopOptions.connect} gets it. */
export interface SseAttempt {
  /** What `Last-Event-ID` says; empty: the header is left out. */
  readonly lastEventId: string
  /** Ends the request, and the body of its answer. */
  readonly signal: AbortSignal
}

/**
 * Settings of an {@link SseLoop}. Its functions are called one after the other, and none once `close` was called. What
 * one of them throws never ends the loop: it ends the connection with an error of code `handler` (from `connect`: as it
 * is), which is told and waited after like any other failure. What `delayAfter` throws is told in place of its failure,
 * and the wait is 30 s; what `onError` throws has nobody left to be told to, and is dropped.
 */
export interface SseLoopOptions {
  /** Makes one connection, and gives up once its signal says so. The loop judges status and content type. */
  connect(attempt: SseAttempt): Promise<Response>
  /** Milliseconds until the next try after a failure at `now` of the clock; null: never again. */
  delayAfter(error: Error, now: number): number | null
  /** A connection is open: the headers are there. */
  onOpen?(response: Response): void
  onMessage(message: SseMessage): void
  /** A comment, such as a heartbeat. */
  onComment?(text: string): void
  /** Bytes arrived, of whatever kind. */
  onBytes?(): void
  /** A connection failed or ended; the next try is in `retryInMs` milliseconds, null: never. */
  onError?(error: Error, retryInMs: number | null): void
  /** The server asks for this many milliseconds between connections. */
  onRetryTime?(ms: number): void
  /** Silence after which the stream is opened anew, in milliseconds; null: never. */
  idleTimeoutMs: number | null
  /** Longest message, in UTF-16 units. @default 16 Mi */
  maxMessageLength?: number
  /** The last event id to begin with. @default '' */
  lastEventId?: string
  /** How the request is named in errors. @default 'The request' */
  requestName?: string
  clock?: Clock
}

/** Wait after a failure whose own delay cannot be told. */
const fallbackDelayMs = 30_000

/**
 * One connection to a server of events that is opened anew whenever it ends. It knows nothing of HTTP but the answer's
 * status and headers, and has no policy: `connect` opens, `delayAfter` says when.
 *
 * @example
 * ```ts
 * const loop = new SseLoop({
 *   connect: ({ signal }) => fetch('https://example.com/events', { signal }),
 *   delayAfter: () => 1000,
 *   onMessage: ({ data }) => console.log(data),
 *   idleTimeoutMs: 60_000,
 * })
 * loop.start()
 * await loop.ended
 * ```
 */
export class SseLoop implements AsyncDisposable {
  /** Resolves once the loop is over, by `close` or since `delayAfter` said so; never rejects. */
  readonly ended: Promise<void>
  readonly #options: SseLoopOptions
  readonly #clock: Clock
  #end: () => void = () => undefined
  #started = false
  #closed = false
  #lastEventId: string
  /** Aborted to give up the connection, whatever it is at. */
  #attempt = new AbortController()
  /** Aborted to end a wait. */
  #pause = new AbortController()

  constructor(options: SseLoopOptions) {
    this.#options = options
    this.#clock = options.clock ?? systemClock
    this.#lastEventId = options.lastEventId ?? ''
    this.ended = new Promise((resolve) => {
      this.#end = resolve
    })
  }

  /** The last event id so far; empty if there is none. */
  get lastEventId(): string {
    return this.#lastEventId
  }

  /** Begins; once is enough. */
  start(): void {
    if (this.#started || this.#closed) return
    this.#started = true
    void this.#run()
  }

  /** Ends the connection or the wait, and connects anew at once. It is no failure, so no error is told. */
  restart(): void {
    this.#attempt.abort(new Error('The connection is opened anew'))
    this.#pause.abort()
  }

  /** Ends the wait for the next try; does nothing else. */
  retryNow(): void {
    this.#pause.abort()
  }

  /** Ends the loop at any moment: nothing is called afterwards, and nothing is left open once this resolves. */
  close(): Promise<void> {
    this.#closed = true
    this.#attempt.abort(new Error('The connection is closed'))
    this.#pause.abort()
    if (!this.#started) this.#end()
    return this.ended
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #run(): Promise<void> {
    while (!this.#closed) {
      const attempt = new AbortController()
      this.#attempt = attempt
      const thrown = await this.#connect(attempt.signal)
      // Who gives up a connection wants no error of it.
      const wanted = attempt.signal.aborted
      // Before the next one opens, whatever is left of this connection ends.
      attempt.abort(new Error('The connection is over'))
      if (wanted) continue
      this.#pause = new AbortController()
      const delay = this.#fail(errorOf(thrown))
      if (delay === null) break
      await this.#clock.sleep(delay, this.#pause.signal).catch(() => undefined)
    }
    this.#closed = true
    this.#end()
  }

  /** One connection from its opening to its end; resolves to why it ended. */
  async #connect(signal: AbortSignal): Promise<unknown> {
    let response: Response
    try {
      response = await this.#options.connect({ lastEventId: this.#lastEventId, signal })
    } catch (error) {
      return error
    }
    const refusal = signal.aborted ? signal.reason : this.#refusal(response)
    const { body } = response
    if (refusal !== null) {
      void body?.cancel(refusal).catch(() => undefined)
      return refusal
    }
    try {
      this.#options.onOpen?.(response)
    } catch (error) {
      void body?.cancel(error).catch(() => undefined)
      return handlerError(error)
    }
    return body === null ? new SseError('ended', 'The server ended the stream') : this.#read(body, signal)
  }

  #read(body: ReadableStream<Uint8Array>, signal: AbortSignal): Promise<unknown> {
    const onId = (id: string) => {
      this.#lastEventId = id
    }
    const own = { lastEventId: this.#lastEventId, onId, signal, clock: this.#clock }
    return readMessages(body, { ...this.#options, ...own }).catch((error: unknown) => error)
  }

  /** Why a response is no stream of events; null if it is one. */
  #refusal({ status, headers }: Response): SseError | null {
    const { requestName = 'The request' } = this.#options
    if (status === 204) {
      return new SseError('stopped', `${requestName} answered 204: the server wants no client to come back`, { status })
    }
    if (status !== 200) {
      const asked = retryAfterMs(headers.get('retry-after'), this.#clock.wall())
      return new SseError('status', `${requestName} answered ${status}`, { status, retryAfterMs: asked })
    }
    const type = headers.get('content-type') ?? 'no content type'
    if (/^\s*text\/event-stream\s*(;|$)/i.test(type)) return null
    return new SseError('content-type', `${requestName} answered ${type.slice(0, 80)} instead of text/event-stream`)
  }

  /** Tells a failure; returns how long to wait after it, null: for ever. */
  #fail(error: Error): number | null {
    let told = error
    let delay: number | null
    try {
      delay = this.#options.delayAfter(error, this.#clock.now())
      if (delay !== null && !(delay >= 0)) throw new RangeError(`A delay of ${delay} ms cannot be waited for`)
    } catch (thrown) {
      told = handlerError(thrown)
      delay = fallbackDelayMs
    }
    if (this.#closed) return null
    try {
      this.#options.onError?.(told, delay)
    } catch {
      // There is nobody left to tell it to, and the loop must go on.
    }
    return delay
  }
}

function handlerError(cause: unknown): SseError {
  return new SseError('handler', `A handler of the stream failed: ${messageOf(cause)}`, { cause })
}

function errorOf(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new SseError('broken', messageOf(thrown), { cause: thrown })
}
