import { type Clock, systemClock } from '@novnc-tokens/api'
import { SseError } from './errors.ts'
import { type SseDelayOptions, SseDelays } from './sse-delays.ts'
import { SseLoop } from './sse-loop.ts'
import { SseQueue } from './sse-queue.ts'
import { SseRequest, type SseRequestOptions } from './sse-request.ts'
import type { SseStatus, SseUpdate } from './sse-update.ts'

/** Settings of an {@link SseClient}. */
export interface SseClientOptions extends SseRequestOptions, SseDelayOptions {
  /** The last event id to begin with. @default '' */
  lastEventId?: string
  /** Silence after which the stream is opened anew, in milliseconds; any byte is life. @default null: never */
  readTimeoutMs?: number | null
  /** Longest message, in UTF-16 units. @default 16 Mi */
  maxMessageLength?: number
  /** Most updates that wait for their consumer before more are dropped. @default 10000 */
  queueLength?: number
  /** Most text that waits for its consumer, in UTF-16 units. @default 64 Mi */
  queueSize?: number
  /** Whether comments are told. @default false */
  comments?: boolean
  /** Ends the client, as `close` does. */
  signal?: AbortSignal
  clock?: Clock
}

/**
 * A client of any server of events (WHATWG HTML, 9.2), which reconnects for as long as it is iterated over. One consumer;
 * it begins with the iteration, and ends with it, by `close`, by its signal, or when the server answers 204. No failure
 * ends it unless `retryDelay` says so, and the iteration never throws: what goes wrong is told as an update.
 *
 * @example
 * ```ts
 * await using client = new SseClient('https://example.com/events')
 * for await (const update of client) if (update.kind === 'message') console.log(update.message.data)
 * ```
 */
export class SseClient implements AsyncIterable<SseUpdate>, AsyncDisposable {
  readonly #clock: Clock
  readonly #signal: AbortSignal | undefined
  readonly #delays: SseDelays
  readonly #queue: SseQueue<SseUpdate>
  readonly #loop: SseLoop
  readonly #counts = { attempts: 0, connects: 0, messages: 0 }
  #lastByteAt: number | null = null
  #state: Pick<SseStatus, 'state' | 'since' | 'error' | 'retryAt'>

  /** @throws TypeError for a request that can never be sent; RangeError for a number that makes no sense */
  constructor(url: string | URL, options: SseClientOptions = {}) {
    checkNumbers(options)
    const { clock = systemClock, signal, readTimeoutMs = null, lastEventId, maxMessageLength } = options
    const { queueLength = 10_000, queueSize = 64 * 2 ** 20 } = options
    const request = new SseRequest(url, options, clock)
    this.#clock = clock
    this.#signal = signal
    this.#state = { state: 'idle', since: clock.wall(), error: null, retryAt: null }
    this.#delays = new SseDelays(options)
    const lost = (dropped: number): SseUpdate => ({ kind: 'overflow', dropped })
    this.#queue = new SseQueue({ length: queueLength, weight: queueSize, weigh, lost })
    this.#loop = new SseLoop({
      connect: (attempt) => {
        this.#counts.attempts++
        this.#enter('connecting')
        return request.open(attempt)
      },
      delayAfter: (error, now) => this.#delays.after(sseError(error), now),
      onOpen: ({ url, headers }) => {
        this.#counts.connects++
        this.#delays.opened(clock.now())
        this.#enter('open', null)
        this.#queue.push({ kind: 'open', url, headers })
      },
      onMessage: (message) => {
        this.#counts.messages++
        this.#queue.push({ kind: 'message', message })
      },
      ...(options.comments ? { onComment: (text) => this.#queue.push({ kind: 'comment', text }) } : {}),
      onBytes: () => {
        this.#lastByteAt = clock.wall()
      },
      onRetryTime: (ms) => this.#delays.ask(ms),
      onError: (error, retryInMs) => this.#fail(sseError(error), retryInMs),
      idleTimeoutMs: readTimeoutMs,
      requestName: request.name,
      clock,
      ...(maxMessageLength === undefined ? {} : { maxMessageLength }),
      ...(lastEventId === undefined ? {} : { lastEventId }),
    })
  }

  /** How it stands, as seen from outside. */
  status(): SseStatus {
    return {
      ...this.#state,
      ...this.#counts,
      lastByteAt: this.#lastByteAt,
      lastEventId: this.#loop.lastEventId,
      dropped: this.#queue.dropped,
    }
  }

  [Symbol.asyncIterator](): AsyncIterator<SseUpdate> {
    this.#start()
    const end = async (): Promise<IteratorResult<SseUpdate>> => {
      await this.close()
      return { done: true, value: undefined }
    }
    return { next: () => this.#queue.next(), return: end }
  }

  /** Ends the connection or the wait, and connects anew at once; no error is told. */
  restart(): void {
    this.#loop.restart()
  }

  /** Ends the wait for the next try; does nothing else. */
  retryNow(): void {
    this.#loop.retryNow()
  }

  /** Ends the client at any moment: what waits is forgotten, and nothing is left open once this resolves. */
  async close(): Promise<void> {
    this.#queue.clear()
    this.#enter('closed')
    await this.#loop.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #fail(error: SseError, retryInMs: number | null): void {
    if (retryInMs === null) {
      this.#enter('closed', error)
      this.#queue.end({ kind: 'error', error, retryInMs })
      return
    }
    this.#enter('waiting', error, this.#clock.wall() + retryInMs)
    this.#queue.push({ kind: 'error', error, retryInMs })
  }

  #start(): void {
    if (this.#state.state !== 'idle') return
    const signal = this.#signal
    const onAbort = () => void this.close()
    if (signal?.aborted) {
      onAbort()
      return
    }
    signal?.addEventListener('abort', onAbort, { once: true })
    // A signal that outlives many clients must not keep them.
    void this.#loop.ended.then(() => signal?.removeEventListener('abort', onAbort))
    this.#loop.start()
  }

  #enter(state: SseStatus['state'], error = this.#state.error, retryAt: number | null = null): void {
    if (this.#state.state === 'closed') return
    this.#state = { state, since: this.#clock.wall(), error, retryAt }
  }
}

/** The text that an update keeps in memory, in UTF-16 units. */
function weigh(update: SseUpdate): number {
  if (update.kind === 'message') return update.message.data.length
  return update.kind === 'comment' ? update.text.length : 0
}

/** Everything that the loop tells is one but what a custom clock or the like throws. */
function sseError(error: Error): SseError {
  return error instanceof SseError ? error : new SseError('broken', error.message, { cause: error })
}

function checkNumbers(options: SseClientOptions): void {
  const least = {
    connectTimeoutMs: 1,
    readTimeoutMs: 1,
    initialDelayMs: 0,
    maxDelayMs: 1,
    resetAfterMs: 0,
    maxMessageLength: 1,
    queueLength: 1,
    queueSize: 1,
  } as const
  for (const name of Object.keys(least) as (keyof typeof least)[]) {
    const value = options[name] ?? null
    if (value !== null && !(value >= least[name])) {
      throw new RangeError(`The option "${name}" is ${value}, but must be at least ${least[name]}`)
    }
  }
}
