import type { Clock } from '@novnc-tokens/api'

/** A moment of an event this far after the platform's clock, in milliseconds, is a mistake of whoever made the event. */
const mostAheadMs = 60_000
/** As far may our own clock be behind it, in milliseconds, where nothing else tells the time. */
const mostApartMs = 7 * 86_400_000

/** So many events tell how far the clock that stamps them is from the one of the answers; the middle one counts. */
const offsetsKept = 15
const offsetsNeeded = 3
/** Apart by less than this, in milliseconds, the two are one clock. */
const apartMs = 5000

/**
 * The platform's clock, as its answers tell it (RFC 9110, `Date`), and carried on by ours: ours may be wrong by hours. A
 * proxy may put its own `Date` into the answers: events of the stream, which have just happened, tell how far that is off.
 */
export class PlatformClock {
  readonly #clock: Clock
  #told: { at: number; noted: number } | null = null
  #offsets: number[] = []

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** An answer told its time; a `Date` has whole seconds, so it is up to one second behind. */
  note(at: number | null): void {
    if (at !== null) this.#told = { at, noted: this.#clock.now() }
  }

  /** Something has just happened, by the clock that stamps events. */
  happened(moment: number): void {
    const date = this.#date()
    if (date === null) return
    this.#offsets.push(moment - date)
    if (this.#offsets.length > offsetsKept) this.#offsets.shift()
  }

  /** Milliseconds since 1970; null before any answer told it. */
  now(): number | null {
    const date = this.#date()
    return date === null ? null : date + this.#offset()
  }

  /** Whether an event can have happened at that moment already. */
  allows(moment: number): boolean {
    const now = this.now()
    return moment <= (now === null ? this.#clock.wall() + mostApartMs : now + mostAheadMs)
  }

  #date(): number | null {
    return this.#told === null ? null : Math.floor(this.#told.at + this.#clock.now() - this.#told.noted)
  }

  #offset(): number {
    if (this.#offsets.length < offsetsNeeded) return 0
    const middle = [...this.#offsets].sort((a, b) => a - b)[Math.floor(this.#offsets.length / 2)] ?? 0
    return Math.abs(middle) < apartMs ? 0 : middle
  }
}
