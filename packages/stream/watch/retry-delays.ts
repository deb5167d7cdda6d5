import { ApiError, Backoff } from '@novnc-tokens/api'
import { SseError } from '../sse/errors.ts'

/** Seconds between tries of a stream that the platform does not have, or not at this URL. */
const absentSeconds = [30, 60, 120, 300, 600]
/** The longest of these waits where nothing takes the stream's place meanwhile. */
const aloneSeconds = 60
/** A refused log-in is tried slowly: three bad ones within 60 s lock the account. */
const refusedMs = 300_000
/** No server may silence a client for longer than this by one header. */
const longestRetryAfterMs = 3_600_000

/** Decides how long to wait before the next try of a stream that ended or never began; has no timers of its own. */
export class RetryDelays {
  readonly #backoff: Backoff
  readonly #random: () => number
  readonly #longestAbsentSeconds: number
  #absent = 0

  /** @param alone whether nothing takes the stream's place where the platform does not have it. @default false */
  constructor(random: () => number, alone = false) {
    this.#random = random
    this.#longestAbsentSeconds = alone ? aloneSeconds : Number.POSITIVE_INFINITY
    this.#backoff = new Backoff({ random })
  }

  /** The stream is open. */
  opened(now: number): void {
    this.#absent = 0
    this.#backoff.succeed(now)
  }

  /**
   * Milliseconds until the next try.
   *
   * @param heard whether the connection ever brought a byte. @default true
   */
  after(error: unknown, now: number, heard = true): number {
    // Some servers never send a heartbeat, so silence is no proof of anything: look again, without a penalty.
    if (error instanceof SseError && error.code === 'silent' && heard) return 0
    const { status, retryAfterMs } = error instanceof SseError || error instanceof ApiError ? error : nothingSaid
    if (status === 401 || status === 403) return refusedMs
    if (retryAfterMs !== null) {
      const asked = Math.min(retryAfterMs, longestRetryAfterMs)
      return Math.max(asked, this.#backoff.fail(now)) + this.#random() * 1000
    }
    const foreign = error instanceof SseError && error.code === 'content-type'
    if (!foreign && !isFinal(status)) return this.#backoff.fail(now)
    const seconds = absentSeconds[Math.min(this.#absent++, absentSeconds.length - 1)] ?? aloneSeconds
    return Math.min(seconds, this.#longestAbsentSeconds) * 1000
  }
}

const nothingSaid = { status: null, retryAfterMs: null }

function isFinal(status: number | null): boolean {
  return status !== null && status < 500 && status !== 408 && status !== 429
}
