import { type Connection, type PlatformEvent, readEvent } from '@novnc-tokens/api'
import { type Filters, streamUrl } from '../filters/filters.ts'
import { SseError } from '../sse/errors.ts'
import { SseLoop } from '../sse/sse-loop.ts'
import { RetryDelays } from './retry-delays.ts'
import { unwrap } from './unwrap.ts'

/** Settings of a {@link StreamSource}. */
export interface StreamSourceOptions {
  connection: Connection
  /** URL of the stream. */
  url: string
  /** What to ask for; called for each connection. */
  filters: () => Filters
  /** Silence after which the stream is opened anew, in milliseconds. */
  idleTimeoutMs: number
  random: () => number
  /** Whether nothing takes its place where the platform does not have it. */
  alone: boolean
  /** The stream is open; `at` is the platform's clock, where it told it. */
  onOpen: (at: number | null) => void
  onEvent: (event: PlatformEvent) => void
  /** A message was no valid event. */
  onMalformed: () => void
  onBytes: () => void
  /** It ended, or could not be opened; it is tried again in `retryInMs` milliseconds. */
  onDown: (error: Error, retryInMs: number) => void
}

/** Longest wait for the headers of the stream's answer, in milliseconds: the platform sends them at once. */
const openTimeoutMs = 30_000

/** The SSE stream of the platform's Outbound API, opened anew whenever it ends. */
export class StreamSource {
  readonly #options: StreamSourceOptions
  readonly #delays: RetryDelays
  readonly #loop: SseLoop
  #heard = false

  constructor(options: StreamSourceOptions) {
    this.#options = options
    const { connection, url, idleTimeoutMs } = options
    const { clock } = connection
    this.#delays = new RetryDelays(options.random, options.alone)
    this.#loop = new SseLoop({
      connect: ({ signal }) => this.#open(signal),
      delayAfter: (error, now) => this.#delays.after(error, now, this.#heard),
      onOpen: (response) => {
        this.#delays.opened(clock.now())
        const at = Date.parse(response.headers.get('date') ?? '')
        options.onOpen(Number.isNaN(at) ? null : at)
      },
      onMessage: ({ data }) => this.#take(data),
      onBytes: () => {
        this.#heard = true
        options.onBytes()
      },
      onError: (error, retryInMs) => {
        // What cut it off without a word may have cut off the connections of other requests, too.
        if (error instanceof SseError && error.code === 'silent') connection.mistrust()
        options.onDown(error, retryInMs ?? 0)
      },
      idleTimeoutMs,
      requestName: `GET "${url}"`,
      clock,
    })
  }

  start(): void {
    this.#loop.start()
  }

  /** Opens the stream anew, as with other filters. */
  restart(): void {
    this.#loop.restart()
  }

  /** Tries at once what waits for its time. */
  retryNow(): void {
    this.#loop.retryNow()
  }

  /** Ends it; nothing of it is left open once this resolves. */
  async close(): Promise<void> {
    await this.#loop.close()
  }

  async #open(signal: AbortSignal): Promise<Response> {
    const { connection, url, filters } = this.#options
    this.#heard = false
    return await connection.open(streamUrl(url, filters()), {
      accept: 'text/event-stream',
      timeoutMs: openTimeoutMs,
      signal,
      // M replays the header against the API's log-in, so it is that request which OAuth signs.
      signAs: `${connection.apiLocation}/login?expand=privileges`,
    })
  }

  #take(data: string): void {
    const json = unwrap(data)
    if (json === null) return
    const event = readEvent(parsed(json), this.#options.connection.hrefs)
    if (event === null) this.#options.onMalformed()
    else this.#options.onEvent(event)
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
