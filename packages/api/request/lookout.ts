import { Backoff } from '../time/backoff.ts'
import type { Clock } from '../time/clock.ts'
import type { Deadline } from './deadline.ts'

/** Settings of a {@link Lookout}. */
export interface LookoutOptions {
  /** Asks the platform for a sign of life; resolves to whether it gave one, and never rejects. */
  look: (signal: AbortSignal) => Promise<boolean>
  /** It answers again; `darkSince` is when it was first looked for in vain, of the clock's `now`, null if never. */
  onBack: (darkSince: number | null) => void
  clock: Clock
  random: () => number
}

/** From one look in vain to the next, in milliseconds. */
const everyMs = 2000
/** Where nothing was answered for so long, in milliseconds, a request that waits is reason to look. */
const longMs = 10_000

/**
 * Looks whether a platform that was out of reach is back, so that nobody waits out a back-off in vain, and no request
 * waits for an answer that was lost. It looks each 2 s; where what it told proves false, later and later.
 */
export class Lookout implements Disposable {
  readonly #options: LookoutOptions
  readonly #hopes: Backoff
  readonly #closed = new AbortController()
  /** Requests that have no answer yet, with the times that they were sent at, the oldest first. */
  readonly #unanswered = new Map<Deadline, number>()
  #answeredAt = Number.NEGATIVE_INFINITY
  #minding = false
  #looking = false

  constructor(options: LookoutOptions) {
    this.#options = options
    this.#hopes = new Backoff({ firstMs: everyMs, random: options.random })
  }

  /** A request was sent, which waits for its answer until this is disposed of. */
  sent(deadline: Deadline): Disposable {
    this.#unanswered.set(deadline, this.#options.clock.now())
    if (!this.#minding) void this.#mind().catch(() => undefined)
    return {
      [Symbol.dispose]: () => {
        this.#unanswered.delete(deadline)
      },
    }
  }

  /** Some request was answered. */
  answered(): void {
    this.#answeredAt = this.#options.clock.now()
  }

  /** Some request was not, since the platform was out of reach. */
  lost(): void {
    if (!this.#looking) void this.#lookUntilBack(null).catch(() => undefined)
  }

  /** Ends all looking. */
  [Symbol.dispose](): void {
    this.#closed.abort()
  }

  /** Looks where a request waits long: it may be the answer that takes long, or nobody may be there. */
  async #mind(): Promise<void> {
    const { clock, look } = this.#options
    const { signal } = this.#closed
    this.#minding = true
    try {
      while (this.#unanswered.size > 0) {
        await clock.sleep(longMs, signal)
        const [oldest = Number.POSITIVE_INFINITY] = this.#unanswered.values()
        const before = clock.now() - longMs
        if (this.#looking || oldest > before || this.#answeredAt > before) continue
        const began = clock.now()
        if (!(await look(signal)) && !this.#looking) await this.#lookUntilBack(began)
      }
    } finally {
      this.#minding = false
    }
  }

  async #lookUntilBack(failedAt: number | null): Promise<void> {
    const { clock, look, onBack } = this.#options
    const { signal } = this.#closed
    let darkSince = failedAt
    let darkUntil = failedAt
    this.#looking = true
    try {
      const lostAt = clock.now()
      for (let wait = this.#hopes.fail(lostAt); ; wait = everyMs) {
        await clock.sleep(wait, signal)
        const began = clock.now()
        if (this.#answeredAt > (darkUntil ?? lostAt) || (await look(signal))) break
        darkSince ??= began
        darkUntil = began
      }
      this.#hopes.succeed(clock.now())
      // What was sent before it was looked for in vain has been waiting for an answer that was lost.
      for (const [deadline, at] of this.#unanswered) if (darkUntil !== null && at <= darkUntil) deadline.lose()
    } finally {
      this.#looking = false
    }
    signal.throwIfAborted()
    onBack(darkSince)
  }
}
