/** What made up for a gap: the history told what was missed, or a complete list that began after it did. */
export type GapHealing = 'history' | 'list'

/** A time in which events may have been missed. Times are milliseconds since 1970. */
export interface Gap {
  /** When it was noticed. */
  readonly at: number
  readonly why: string
  /** What made up for it; null while nothing has. */
  readonly healed: GapHealing | null
  readonly healedAt: number | null
}

/** How the gaps of the watch stand. */
export interface GapsStatus {
  /** Gaps since the start that are made up for, by what did that. */
  readonly healed: Readonly<Record<GapHealing, number>>
  /** The last one; several that are open at once are one. Null where there was none. */
  readonly last: Gap | null
}

/** A moment by both clocks: `now` is monotonic, `wall` milliseconds since 1970. */
export interface Moment {
  readonly now: number
  readonly wall: number
}

interface Open {
  /** When the newest of those that it stands for was noticed, monotonic. */
  readonly newest: number
  readonly count: number
  /** Whether a list alone can make up for it. */
  readonly lost: boolean
}

/** Keeps count of gaps, and tells whether what they hid is known by now. */
export class Gaps {
  readonly #healed = { history: 0, list: 0 }
  #last: Gap | null = null
  #open: Open | null = null

  /** A gap is told. `closing`: the history is being asked for what was missed. */
  told({ why, closing }: { readonly why: string; readonly closing: boolean }, { now, wall }: Moment): void {
    const { count = 0, lost = false } = this.#open ?? {}
    const at = this.#open === null ? wall : (this.#last?.at ?? wall)
    this.#last = { at, why, healed: null, healedAt: null }
    this.#open = { newest: now, count: count + 1, lost: lost || !closing }
  }

  /** The history has told what was missed. */
  caughtUp({ wall }: Moment): void {
    if (this.#open !== null && !this.#open.lost) this.#heal('history', this.#open, wall)
  }

  /** A complete list of everything has ended; tells whether it made up for a gap. */
  listed(began: number, { wall }: Moment): boolean {
    if (this.#open === null || began < this.#open.newest) return false
    this.#heal('list', this.#open, wall)
    return true
  }

  status(): GapsStatus {
    return { healed: { ...this.#healed }, last: this.#last }
  }

  #heal(by: GapHealing, { count }: Open, wall: number): void {
    this.#healed[by] += count
    if (this.#last !== null) this.#last = { ...this.#last, healed: by, healedAt: wall }
    this.#open = null
  }
}
