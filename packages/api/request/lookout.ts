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

interface Sent {
  /** When, of the clock's `now`. */
  readonly at: number
  readonly patient: boolean
}

/** From one look in vain to the next, in milliseconds. */
const everyMs = 2000
/** A request that waits for so long, in milliseconds, is reason to look. */
const longMs = 10_000

/**
 * Looks whether a platform that was out of reach is back, so that nobody waits out a back-off in vain, and no request
 * waits for an answer that was lost. It looks each 2 s; where what it told proves false, later and later. An impatient
 * request that waits while the platform answers others has lost its connection: it is ended, to be sent by another.
 */
export class Lookout implements Disposable {
  readonly #options: LookoutOptions
  readonly #hopes: Backoff
  readonly #closed = new AbortController()
  /** Requests that have no answer yet, the oldest first. */
  readonly #unanswered = new Map<Deadline, Sent>()
  #answeredAt = Number.NEGATIVE_INFINITY
  #minding = false
  #looking = false

  constructor(options: LookoutOptions) {
    this.#options = options
    this.#hopes = new Backoff({ firstMs: everyMs, random: options.random })
  }

  /**
   * A request was sent, which waits for its answer until this is disposed of.
   *
   * @param patient whether its answer may take long while the platform answers others
   */
  sent(deadline: Deadline, patient: boolean): Disposable {
    this.#unanswered.set(deadline, { at: this.#options.clock.now(), patient })
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
        const began = clock.now()
        const before = began - longMs
        const [oldest] = this.#unanswered.values()
        if (this.#looking || oldest === undefined || oldest.at > before) continue
        if (this.#answeredAt > before || (await look(signal)))
          this.#giveUp(({ at, patient }) => !patient && at <= before)
        else if (!this.#looking) await this.#lookUntilBack(began)
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
      this.#giveUp(({ at }) => darkUntil !== null && at <= darkUntil)
    } finally {
      this.#looking = false
    }
    signal.throwIfAborted()
    onBack(darkSince)
  }

  /** Ends requests whose answers were lost. */
  #giveUp(isLost: (sent: Sent) => boolean): void {
    for (const [deadline, sent] of this.#unanswered) if (isLost(sent)) deadline.lose()
  }
}
