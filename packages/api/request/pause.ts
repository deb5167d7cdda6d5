import { ApiError } from '../errors.ts'
import type { Clock } from '../time/clock.ts'

/** The silence that a server asks for by 429, or 503 with Retry-After: nothing is sent before its end. */
export class Pause {
  readonly #clock: Clock
  readonly #random: () => number
  #until = Number.NEGATIVE_INFINITY

  constructor(clock: Clock, random: () => number) {
    this.#clock = clock
    this.#random = random
  }

  /** Begins where `error` asks for it, and lasts a little longer, lest all clients return in step. */
  heed(error: unknown): void {
    // Without a status it is our own refusal to send.
    if (!(error instanceof ApiError) || error.code !== 'busy' || error.status === null) return
    const ms = error.retryAfterMs ?? 0
    this.#until = Math.max(this.#until, this.#clock.now() + ms + this.#random() * Math.min(ms * 0.1, 5000))
  }

  /** Throws instead of a request for `url`, while it lasts. */
  refuse(url: string): void {
    const left = this.#until - this.#clock.now()
    if (left <= 0) return
    const message = `GET "${url}" not sent: the platform asked for silence, ${Math.ceil(left / 1000)} s of it left`
    throw new ApiError('busy', message, { url, retryAfterMs: left })
  }
}
