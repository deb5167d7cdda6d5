import type { LeftOut } from '../book/selection.ts'

/** How many virtual machines with an address a selection leaves out, by the reason. */
export type LeftOutCounts = Readonly<Record<LeftOut, number>>

interface LastList {
  readonly size: number
  readonly leftOut: LeftOutCounts
}

const reasons: readonly LeftOut[] = ['other-datacenter', 'no-datacenter', 'other-enterprise', 'no-enterprise']

/**
 * What the last complete list of each enterprise showed, those included that a selection leaves out: nothing else is kept
 * of them.
 */
export class LastLists {
  readonly #lists = new Map<string, LastList>()
  #size = 0

  /** How many virtual machines all of them showed. */
  get size(): number {
    return this.#size
  }

  /** How many virtual machines the list of an enterprise showed. */
  sizeOf(enterprise: string): number {
    return this.#lists.get(enterprise)?.size ?? 0
  }

  /** The list of an enterprise showed so many virtual machines, and some are left out, for these reasons. */
  ended(enterprise: string, size: number, leftOut: Iterable<LeftOut>): void {
    this.gone(enterprise)
    const counts = none()
    for (const reason of leftOut) counts[reason]++
    this.#lists.set(enterprise, { size, leftOut: counts })
    this.#size += size
  }

  /** An enterprise is gone. */
  gone(enterprise: string): void {
    this.#size -= this.sizeOf(enterprise)
    this.#lists.delete(enterprise)
  }

  /** How many are left out by all of them. */
  leftOut(): LeftOutCounts {
    const sum = none()
    for (const { leftOut } of this.#lists.values()) {
      for (const reason of reasons) sum[reason] += leftOut[reason]
    }
    return sum
  }
}

function none(): Record<LeftOut, number> {
  return { 'other-datacenter': 0, 'no-datacenter': 0, 'other-enterprise': 0, 'no-enterprise': 0 }
}
