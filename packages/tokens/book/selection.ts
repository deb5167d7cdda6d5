/** Why a virtual machine is left out: what it, or its list, tells is not chosen, or is not told. */
export type LeftOut = 'other-datacenter' | 'no-datacenter' | 'other-enterprise' | 'no-enterprise'

/** Which virtual machines are chosen. */
export interface SelectionOptions {
  /** Ids of datacenters. @default all */
  datacenters?: readonly string[]
  /** Ids of enterprises. @default all */
  enterprises?: readonly string[]
  /** Ids of enterprises that are left out, chosen or not. @default none */
  excludedEnterprises?: readonly string[]
}

/** Whose something is and where, by their ids; null: that is not told. */
export interface Belonging {
  readonly enterprise: string | null
  readonly datacenter: string | null
}

/**
 * Which virtual machines get tokens, by their datacenters and enterprises. Where nothing is chosen, all do.
 *
 * @example
 * ```ts
 * const selection = new Selection({ datacenters: ['1'], excludedEnterprises: ['7'] })
 * selection.admits({ enterprise: '2', datacenter: '1' }) // true
 * selection.leftOut({ enterprise: '2', datacenter: null }) // 'no-datacenter'
 * ```
 */
export class Selection {
  readonly #datacenters: ReadonlySet<string>
  readonly #enterprises: ReadonlySet<string>
  readonly #excluded: ReadonlySet<string>

  constructor({ datacenters = [], enterprises = [], excludedEnterprises = [] }: SelectionOptions = {}) {
    this.#datacenters = new Set(datacenters)
    this.#excluded = new Set(excludedEnterprises)
    this.#enterprises = new Set(enterprises)
    if (this.#enterprises.size > 0 && this.enterprises.length === 0)
      throw new RangeError('All enterprises that are chosen are excluded too')
  }

  /** Whether datacenters matter. */
  get byDatacenter(): boolean {
    return this.#datacenters.size > 0
  }

  /** The enterprises that are chosen by name; none where all are but those excluded. */
  get enterprises(): readonly string[] {
    return [...this.#enterprises].filter((id) => !this.#excluded.has(id))
  }

  /** Whether an enterprise is chosen, so that its virtual machines are listed. */
  hasEnterprise(id: string): boolean {
    return (this.#enterprises.size === 0 || this.#enterprises.has(id)) && !this.#excluded.has(id)
  }

  /** Whether a virtual machine is chosen. */
  admits(vm: Belonging): boolean {
    return this.leftOut(vm) === null
  }

  /** Why a virtual machine is not chosen; null where it is. What matters and is not told is not chosen. */
  leftOut({ enterprise, datacenter }: Belonging): LeftOut | null {
    if (this.#enterprises.size > 0 || this.#excluded.size > 0) {
      if (enterprise === null) return 'no-enterprise'
      if (!this.hasEnterprise(enterprise)) return 'other-enterprise'
    }
    if (this.#datacenters.size > 0) {
      if (datacenter === null) return 'no-datacenter'
      if (!this.#datacenters.has(datacenter)) return 'other-datacenter'
    }
    return null
  }

  /** Whether what is told, be it little, lets anything be chosen. */
  mayAdmit(told: Belonging): boolean {
    const { enterprise, datacenter } = told
    if (enterprise !== null && !this.hasEnterprise(enterprise)) return false
    return datacenter === null || this.#datacenters.size === 0 || this.#datacenters.has(datacenter)
  }
}

/** Whether a virtual machine told that it is none of ours; what it does not tell yet it may tell later. */
export function isElsewhere(leftOut: LeftOut | null | undefined): boolean {
  return leftOut === 'other-datacenter' || leftOut === 'other-enterprise'
}
