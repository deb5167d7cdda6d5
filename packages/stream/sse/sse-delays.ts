import { Backoff } from '@novnc-tokens/api'
import type { SseError } from './errors.ts'

/** A failure, as a user who decides on retries gets it. */
export interface SseFailure {
  readonly error: SseError
  /** Failures in a row, this one included, as far as health has not made them forgotten. */
  readonly failures: number
  /** Milliseconds that the client would wait; null: it would not try again. */
  readonly delayMs: number | null
}

/** How an {@link SseDelays} waits. */
export interface SseDelayOptions {
  /** Wait after the first failure, in milliseconds. At 0 only this one is left out. @default 1000 */
  initialDelayMs?: number
  /** Longest wait after failures that pass by themselves, in milliseconds. @default 30000 */
  maxDelayMs?: number
  /** Health this long, in milliseconds, makes the next failure a first one again. @default 60000 */
  resetAfterMs?: number
  /** Decides instead: milliseconds, null for never again, undefined for the default. */
  retryDelay?: (failure: SseFailure) => number | null | undefined
  /** Source of randomness in [0, 1). @default Math.random */
  random?: () => number
}

/** Seconds between tries where the server has no stream: nothing but a change of the server ends this. */
const absentSeconds = [30, 60, 120, 300, 600]
/** A refused log-in is tried slowly: some servers lock accounts after a few. */
const refusedMs = 300_000
/** No server may silence a client for longer than this. */
const longestAskedMs = 3_600_000
/** Clients that were all told the same time come back spread over this. */
const spreadMs = 1000

/** Decides when a general client tries again; has no timers of its own. */
export class SseDelays {
  readonly #options: SseDelayOptions
  readonly #backoff: Backoff
  readonly #random: () => number
  /** What the server's `retry:` asked for. */
  #leastMs = 0
  #absent = 0

  constructor(options: SseDelayOptions = {}) {
    const { initialDelayMs, maxDelayMs, resetAfterMs, random = Math.random } = options
    this.#options = options
    this.#random = random
    this.#backoff = new Backoff({
      // Doubling 0 would try again and again without any wait.
      ...(initialDelayMs === undefined || initialDelayMs === 0 ? {} : { firstMs: initialDelayMs }),
      ...(maxDelayMs === undefined ? {} : { maxMs: maxDelayMs }),
      ...(resetAfterMs === undefined ? {} : { resetAfterMs }),
      random,
    })
  }

  /** The stream is open. */
  opened(now: number): void {
    this.#absent = 0
    this.#backoff.succeed(now)
  }

  /** The server asks for this many milliseconds between connections, from now on. */
  ask(ms: number): void {
    this.#leastMs = Math.min(ms, longestAskedMs)
  }

  /** Milliseconds until the next try; null: never. */
  after(error: SseError, now: number): number | null {
    const grown = this.#backoff.fail(now)
    const { failures } = this.#backoff
    const passing = failures === 1 && this.#options.initialDelayMs === 0 ? 0 : grown
    const delayMs = this.#byKind(error, passing)
    const decided = this.#options.retryDelay?.({ error, failures, delayMs })
    return decided === undefined ? delayMs : decided
  }

  #byKind({ code, status, retryAfterMs }: SseError, passing: number): number | null {
    if (code === 'stopped') return null
    if (status === 401 || status === 403) return this.#atLeast(this.#leastMs, refusedMs)
    const asked = Math.max(this.#leastMs, Math.min(retryAfterMs ?? 0, longestAskedMs))
    if (retryAfterMs === null && (code === 'content-type' || code === 'redirect' || isFinal(status))) {
      const seconds = absentSeconds[Math.min(this.#absent++, absentSeconds.length - 1)] ?? 600
      return this.#atLeast(asked, seconds * 1000)
    }
    return this.#atLeast(asked, passing)
  }

  /** The longer of both, where what was asked for is spread upwards: honoured to the millisecond it is lockstep. */
  #atLeast(asked: number, delay: number): number {
    return asked === 0 ? delay : Math.max(asked + this.#random() * Math.min(spreadMs, asked), delay)
  }
}

/** Whether a status means that there is no stream: passing ones are 5xx, 408 (timeout), 425 (too early) and 429. */
function isFinal(status: number | null): boolean {
  return status !== null && status < 500 && status !== 408 && status !== 425 && status !== 429
}
