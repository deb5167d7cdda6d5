import { type Connection, messageOf, readEvent, retryAfterMs } from '@novnc-tokens/api'
import { type Filters, streamUrl } from './filters.ts'
import { Queue } from './queue.ts'
import { RetryDelays } from './retry-delays.ts'
import { SseError } from './sse/errors.ts'
import { readMessages } from './sse/read-messages.ts'
import { unwrap } from './unwrap.ts'
import type { Update, Watch, WatchStatus } from './update.ts'

/** Settings of a {@link StreamWatch}. */
export interface StreamWatchOptions {
  connection: Connection
  /** URL of the stream, such as `https://abiquo.example.com/m/stream`. */
  url: string
  /** @default all events */
  filters?: Filters
  /** Silence after which the stream is opened anew, in milliseconds. @default 150000 */
  idleTimeoutMs?: number
  /** How many updates may wait for their consumer before they are dropped and told as a gap. @default 20000 */
  queueLength?: number
  /** Source of randomness in [0, 1). @default Math.random */
  random?: () => number
}

/** Longest wait for the headers of the stream's answer: the platform sends them at once. */
const openTimeoutMs = 30_000

/**
 * Watches the platform by the SSE stream of its Outbound API, and reconnects for as long as it is iterated over. One
 * consumer; leaving the iteration or `close` ends it.
 *
 * @example
 * ```ts
 * await using watch = new StreamWatch({ connection, url: 'https://abiquo.example.com/m/stream' })
 * for await (const update of watch) if (update.kind === 'event') console.log(update.event.action)
 * ```
 */
export class StreamWatch implements Watch, AsyncDisposable {
  readonly #options: StreamWatchOptions
  readonly #delays: RetryDelays
  readonly #closed = new AbortController()
  readonly #queue: Queue<Update>
  readonly #counts = { connects: 0, events: 0, malformed: 0, gaps: 0 }
  #filters: Filters
  #widened = false
  #attempt = new AbortController()
  #pause = new AbortController()
  #running: Promise<void> | null = null
  #lastByteAt: number | null = null
  #lastEventAt: number | null = null
  #newest: number | null = null
  #state: Pick<WatchStatus, 'state' | 'since' | 'error' | 'retryAt'>

  constructor(options: StreamWatchOptions) {
    this.#options = options
    this.#filters = options.filters ?? {}
    this.#delays = new RetryDelays(options.random ?? Math.random)
    this.#state = { state: 'connecting', since: options.connection.clock.wall(), error: null, retryAt: null }
    this.#queue = new Queue<Update>(options.queueLength ?? 20_000, (dropped) => {
      this.#counts.gaps++
      return { kind: 'gap', from: null, why: `${dropped} updates waited too long for their consumer and were dropped` }
    })
  }

  status(): WatchStatus {
    return {
      kind: 'stream',
      ...this.#state,
      ...this.#counts,
      lastByteAt: this.#lastByteAt,
      lastEventAt: this.#lastEventAt,
    }
  }

  widen(): void {
    if (Object.keys(this.#filters).length === 0) return
    this.#filters = {}
    this.#widened = true
    this.#attempt.abort(new SseError('ended', 'The stream is opened anew without filters'))
    this.#pause.abort()
  }

  retryNow(): void {
    this.#pause.abort()
  }

  [Symbol.asyncIterator](): AsyncIterator<Update> {
    this.#running ??= this.#run()
    const queue = this.#queue
    return { next: () => queue.next(), return: () => this.close().then(() => queue.return()) }
  }

  /** Ends the watch; nothing of it is left open once this resolves. */
  async close(): Promise<void> {
    this.#closed.abort(new SseError('ended', 'The watch is closed'))
    this.#attempt.abort(this.#closed.signal.reason)
    this.#pause.abort()
    this.#queue.close()
    await this.#running
    this.#enter('down', messageOf(this.#closed.signal.reason), null)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #run(): Promise<void> {
    const { clock } = this.#options.connection
    let down: string | null = null
    while (!this.#closed.signal.aborted) {
      this.#attempt = new AbortController()
      const error = await this.#connect(this.#attempt, down)
      if (this.#closed.signal.aborted) break
      // Our own doing is no failure to wait after.
      const delay = this.#widened ? 0 : this.#delays.after(error, clock.now())
      down = messageOf(error)
      const retryAt = clock.now() + delay
      this.#enter('down', down, retryAt)
      this.#queue.push({ kind: 'down', error: error instanceof Error ? error : new Error(down), retryAt })
      this.#pause = new AbortController()
      // Cut short by retryNow, widen and close, which all mean: go on.
      await clock.sleep(delay, this.#pause.signal).catch(() => undefined)
    }
  }

  /** One connection from its opening to its end; resolves to why it ended. */
  async #connect(attempt: AbortController, down: string | null): Promise<unknown> {
    const { connection, url, idleTimeoutMs = 150_000 } = this.#options
    const { signal } = attempt
    this.#widened = false
    if (this.#state.state !== 'down') this.#enter('connecting', null, null)
    try {
      const target = streamUrl(url, this.#filters)
      const response = await connection.open(target, { accept: 'text/event-stream', timeoutMs: openTimeoutMs, signal })
      const body = this.#bodyOf(response, url)
      this.#opened(response, down)
      const onBytes = () => {
        this.#lastByteAt = connection.clock.wall()
      }
      const onMessage = ({ data }: { data: string }) => this.#take(data)
      return await readMessages(body, { onMessage, onBytes, idleTimeoutMs, signal, clock: connection.clock })
    } catch (error) {
      return error
    } finally {
      // Before the next one opens, whatever is left of this connection ends.
      attempt.abort(new SseError('ended', 'The attempt is over'))
    }
  }

  #bodyOf(response: Response, url: string): ReadableStream<Uint8Array> {
    const { status, headers, body } = response
    if (status !== 200) {
      const asked = retryAfterMs(headers.get('retry-after'), this.#options.connection.clock.wall())
      throw new SseError('status', `GET "${url}" answered ${status}`, { status, retryAfterMs: asked })
    }
    const type = headers.get('content-type') ?? 'no content type'
    if (!/^text\/event-stream\b/i.test(type) || body === null) {
      throw new SseError('content-type', `GET "${url}" answered ${type.slice(0, 80)} instead of text/event-stream`)
    }
    return body
  }

  #opened(response: Response, down: string | null): void {
    const { clock } = this.#options.connection
    const at = Date.parse(response.headers.get('date') ?? '')
    const platformTime = Number.isNaN(at) ? null : at
    this.#delays.opened(clock.now())
    this.#counts.connects++
    this.#lastByteAt = clock.wall()
    this.#enter('open', null, null)
    this.#queue.push({ kind: 'open', at: platformTime })
    if (this.#counts.connects > 1) {
      this.#counts.gaps++
      this.#queue.push({ kind: 'gap', from: this.#newest, why: down ?? 'The stream was opened anew' })
    }
    this.#newest ??= platformTime
  }

  #take(data: string): void {
    const json = unwrap(data)
    if (json === null) return
    const event = readEvent(parsed(json), this.#options.connection.hrefs)
    if (event === null) {
      this.#counts.malformed++
      return
    }
    this.#counts.events++
    this.#lastEventAt = this.#options.connection.clock.wall()
    if (event.timestamp !== null) this.#newest = Math.max(this.#newest ?? 0, event.timestamp)
    this.#queue.push({ kind: 'event', event, recovered: false })
  }

  #enter(state: WatchStatus['state'], error: string | null, retryAt: number | null): void {
    const since = this.#state.state === state ? this.#state.since : this.#options.connection.clock.wall()
    this.#state = { state, since, error, retryAt }
  }
}

/** The value of a JSON text; undefined where it is none, which is counted as a malformed event. */
function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}
