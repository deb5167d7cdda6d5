import type { Verdict } from '@novnc-tokens/api'

/** How the lists of one enterprise went. Times are monotonic milliseconds. */
interface Covered {
  /** When the last complete list of it began; null before there was one. */
  began: number | null
  /** Since when it is refused with 403. */
  refusedSince: number | null
  /** Why its last list was not complete. */
  why: string | null
}

/** An enterprise that refuses us keeps its tokens, but not those of an earlier run for longer than this. */
const excusedForMs = 24 * 3_600_000

/** Which lists were complete, and since when: completeness is judged for each enterprise by itself. */
export class Coverage {
  readonly #enterprises = new Map<string, Covered>()
  #known: { began: number } | null = null
  #why: string | null = 'no list has ended yet'

  /** The list of enterprises that began at `began` has ended. */
  enterprisesListed(began: number, ids: readonly string[], verdict: Verdict): void {
    for (const id of ids)
      if (!this.#enterprises.has(id)) this.#enterprises.set(id, { began: null, refusedSince: null, why: null })
    this.#why = verdict.complete ? null : `The list of enterprises is not complete: ${verdict.why}`
    if (verdict.complete) this.#known = { began }
  }

  /** The list of enterprises, or what belongs to none of them, could not be had. */
  failed(why: string): void {
    this.#why = why
  }

  /** The list of one enterprise that began at `began` has ended. */
  listed(id: string, began: number, verdict: Verdict): void {
    const before = this.#enterprises.get(id)
    this.#enterprises.set(id, {
      began: verdict.complete ? began : (before?.began ?? null),
      refusedSince: null,
      why: verdict.why,
    })
  }

  /** An enterprise answered 403 in Abiquo's own words. */
  refused(id: string, now: number, why: string): void {
    const before = this.#enterprises.get(id)
    this.#enterprises.set(id, { began: before?.began ?? null, refusedSince: before?.refusedSince ?? now, why })
  }

  /** An enterprise is gone. */
  gone(id: string): void {
    this.#enterprises.delete(id)
  }

  /** Enterprises that are known. */
  ids(): string[] {
    return [...this.#enterprises.keys()]
  }

  /** Enterprises that refuse us. */
  excused(): { id: string; why: string }[] {
    return [...this.#enterprises].flatMap(([id, { refusedSince, why }]) =>
      refusedSince === null ? [] : [{ id, why: why ?? '' }],
    )
  }

  /** Since when everything was listed completely, but for enterprises that refuse us; -Infinity before. */
  agreedSince(): number {
    return this.#oldest((covered) => covered.refusedSince !== null)
  }

  /** The same, where an enterprise that refuses us counts as not listed until it has done so for a day. */
  provenSince(now: number): number {
    return this.#oldest(({ refusedSince }) => refusedSince !== null && now - refusedSince >= excusedForMs)
  }

  /** Why the last lists were not all complete; null where they were. */
  why(): string | null {
    if (this.#why !== null) return this.#why
    const failing = [...this.#enterprises].filter(([, { refusedSince, why }]) => refusedSince === null && why !== null)
    const [first] = failing
    if (first === undefined) return null
    const others = failing.length > 1 ? ` (and ${failing.length - 1} other enterprises)` : ''
    return `Enterprise ${first[0]}: ${first[1].why}${others}`
  }

  #oldest(skip: (covered: Covered) => boolean): number {
    let oldest = this.#known?.began ?? Number.NEGATIVE_INFINITY
    for (const covered of this.#enterprises.values()) {
      if (!skip(covered)) oldest = Math.min(oldest, covered.began ?? Number.NEGATIVE_INFINITY)
    }
    return oldest
  }
}
