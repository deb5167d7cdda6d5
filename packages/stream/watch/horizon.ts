import type { PlatformClock } from './platform-clock.ts'

/** How long after an event, in milliseconds, the history may first tell it: events reach its database late. */
export const overlapMs = 60_000
/** What was told so long before the position, in milliseconds, neither way tells again. */
const memoryMs = 2 * overlapMs + 10_000

/** What a {@link Horizon} goes on from: moments of the platform's clock, in milliseconds since 1970. */
export interface HorizonMark {
  /** Up to when all was told. */
  readonly time: number
  /** Since when events are told at all. */
  readonly begun: number
}

/**
 * Up to which moment nothing is missed, and from which one on the history has to be asked for what is. All moments are
 * of the platform's clock, in milliseconds since 1970. Pure but for that clock.
 */
export class Horizon {
  /** Up to where the stream told events that the history has not confirmed yet; null where nothing is to be confirmed. */
  unconfirmed: number | null = null
  readonly #platform: PlatformClock
  #position: number | null = null
  #newest: number | null = null
  /** The same, of those in the far future, too. */
  #latest: number | null = null
  /** Since which moment the history may have late events that were not told; null where the stream told them all. */
  #unswept: number | null = null
  /** Since when events are told at all: what the history has from before is nobody's business. */
  #begun: number | null = null
  /** Before which moment nobody knows any more what was told. */
  #forgotten = Number.NEGATIVE_INFINITY

  constructor(platform: PlatformClock) {
    this.#platform = platform
  }

  /** Up to which moment nothing is missed; null where that is not known. */
  get position(): number | null {
    return this.#position
  }

  /** Newest moment of any event so far, or since when the platform is watched; null where neither is known. */
  get newest(): number | null {
    return this.#newest
  }

  /** From which moment on the history has to be asked, lest a late event be missed. */
  get from(): number {
    return Math.min((this.#position ?? 0) - overlapMs, this.#needed)
  }

  /** Since when events of the history are told. */
  get floor(): number {
    return Math.max(this.#begun ?? Number.NEGATIVE_INFINITY, this.#forgotten)
  }

  /** Begins at a moment: nothing before it is missed. */
  begin(position: number): void {
    this.#position = position
    this.#begun ??= position
    this.#newest = Math.max(this.#newest ?? position, position)
    this.#latest = Math.max(this.#latest ?? position, position)
  }

  /** The stream does not tell all events since `moment`: the history has to tell those that it learns late. */
  doubt(moment: number): void {
    this.#unswept ??= moment - overlapMs
  }

  /** Before a moment nothing is missing any more, not even a late event. */
  settle(moment: number): void {
    // Not further than events show: the clock that answers tell may be ahead of the one that stamps events.
    const shown = Math.min(moment, this.#latest ?? moment)
    if (this.#unswept !== null) this.#unswept = Math.max(this.#unswept, shown)
    this.advance(shown)
  }

  /** The history has told the late events, too. */
  swept(): void {
    this.#unswept = null
  }

  /** There is an event of that moment. Whether it may move the position: not where it is in the far future. */
  see(moment: number | null): moment is number {
    if (moment === null) return false
    this.#latest = Math.max(this.#latest ?? moment, moment)
    if (!this.#platform.allows(moment)) return false
    if (this.#newest === null || moment > this.#newest) this.#newest = moment
    this.#begun ??= moment
    return true
  }

  /** All was told up to a moment. */
  advance(moment: number): void {
    if (this.#position === null || moment > this.#position) this.#position = moment
  }

  /** An event of a moment is missed after all. */
  miss(moment: number): void {
    if (this.#position !== null) this.#position = Math.min(this.#position, moment)
  }

  /**
   * Before which moment it may be forgotten what was told; null where nothing more may be. From then on it is.
   *
   * @param waiting moment of the oldest event that the consumer has yet to take
   */
  forget(waiting: number): number | null {
    if (this.#position === null) return null
    const limit = Math.min(this.#position - memoryMs, this.#needed, waiting - overlapMs)
    if (limit <= this.#forgotten) return null
    this.#forgotten = limit
    return limit
  }

  /**
   * What another horizon needs to go on from here; null where no moment is known.
   *
   * @param waiting moment of the oldest event that the consumer has yet to take
   */
  save(waiting: number): HorizonMark | null {
    if (this.#position === null) return null
    const all = Math.min(this.#position, (this.#unswept ?? Number.POSITIVE_INFINITY) + overlapMs, waiting)
    const time = Math.max(all, this.#forgotten + overlapMs)
    return { time, begun: this.#begun ?? time }
  }

  /** Goes on from what another one saved. */
  restore({ time, begun }: HorizonMark): void {
    this.#begun = begun
    this.#forgotten = time - overlapMs
    this.begin(time)
  }

  /** Since when it may be needed what was told. */
  get #needed(): number {
    const { POSITIVE_INFINITY: never } = Number
    return Math.min(this.#unswept ?? never, this.unconfirmed === null ? never : this.unconfirmed - overlapMs)
  }
}
