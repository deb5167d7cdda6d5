/** How long to wait after a failure, and when to forget earlier ones. */
export interface BackoffOptions {
  /** Delay after the first failure, in milliseconds. @default 1000 */
  firstMs?: number
  /** Longest delay, in milliseconds. @default 30000 */
  maxMs?: number
  /** Health this long, in milliseconds, makes the next failure a first one again. @default 60000 */
  resetAfterMs?: number
  /** Source of randomness in [0, 1). @default Math.random */
  random?: () => number
}

/** Doubling beyond this many failures changes nothing, and must not overflow either. */
const maxDoublings = 30

/**
 * The delay after the `failures`-th failure in a row, in milliseconds: `firstMs`, doubled each time, at most `maxMs`,
 * shortened at random by up to half. Downwards, so that `maxMs` is a promise; random, so that many clients of one
 * restarted server do not come back in step.
 */
export function backoffDelay(failures: number, options: BackoffOptions = {}): number {
  const { firstMs = 1000, maxMs = 30_000, random = Math.random } = options
  const full = Math.min(maxMs, firstMs * 2 ** Math.min(Math.max(failures - 1, 0), maxDoublings))
  return full * (1 - random() / 2)
}

/**
 * Counts the failures of one thing, without timers of its own.
 *
 * @example
 * ```ts
 * const backoff = new Backoff({ random: () => 0 })
 * backoff.fail(0) // 1000
 * backoff.fail(1000) // 2000
 * backoff.succeed(3000)
 * backoff.fail(64_000) // 1000: it was healthy for over 60 s
 * ```
 */
export class Backoff {
  readonly #options: BackoffOptions
  #failures = 0
  #healthySince: number | null = null

  constructor(options: BackoffOptions = {}) {
    this.#options = options
  }

  /** Failures in a row, as far as not forgotten. */
  get failures(): number {
    return this.#failures
  }

  /** Tells that the thing works at `now`, in milliseconds of a monotonic clock. */
  succeed(now: number): void {
    this.#healthySince ??= now
  }

  /** Tells that the thing failed at `now`; returns how many milliseconds to wait before the next try. */
  fail(now: number): number {
    const { resetAfterMs = 60_000 } = this.#options
    if (this.#healthySince !== null && now - this.#healthySince >= resetAfterMs) this.#failures = 0
    this.#healthySince = null
    this.#failures++
    return backoffDelay(this.#failures, this.#options)
  }

  /** Forgets all failures. */
  reset(): void {
    this.#failures = 0
    this.#healthySince = null
  }
}
