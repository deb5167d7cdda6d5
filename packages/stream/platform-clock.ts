import type { Clock } from '@novnc-tokens/api'

/** A moment of an event this far after the platform's clock, in milliseconds, is a mistake of whoever made the event. */
const mostAheadMs = 60_000
/** As far may our own clock be behind it, in milliseconds, where nothing else tells the time. */
const mostApartMs = 7 * 86_400_000

/** The platform's clock, as its answers tell it (RFC 9110, `Date`), and carried on by ours: ours may be wrong by hours. */
export class PlatformClock {
  readonly #clock: Clock
  #told: { at: number; noted: number } | null = null

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** An answer told its time; a `Date` has whole seconds, so it is up to one second behind. */
  note(at: number | null): void {
    if (at !== null) this.#told = { at, noted: this.#clock.now() }
  }

  /** Milliseconds since 1970; null before any answer told it. */
  now(): number | null {
    return this.#told === null ? null : Math.floor(this.#told.at + this.#clock.now() - this.#told.noted)
  }

  /** Whether an event can have happened at that moment already. */
  allows(moment: number): boolean {
    const now = this.now()
    return moment <= (now === null ? this.#clock.wall() + mostApartMs : now + mostAheadMs)
  }
}
