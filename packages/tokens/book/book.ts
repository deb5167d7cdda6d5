import type { Address } from '../token/address.ts'
import { type Token, tokenOf } from '../token/token.ts'
import type { LeftOut } from './selection.ts'
import type { Tick } from './tick.ts'

/** Identity of a VM: its id, which survives a move to another appliance. */
export type VmId = string

/** What one answer of the platform tells of a VM. */
export interface Sighting {
  readonly id: VmId
  readonly path: string
  readonly enterprise: string | null
  readonly machine: string | null
  readonly datacenter: string | null
  readonly address: Address | null
  /** Why it is none of ours; null or missing where it is. */
  readonly leftOut?: LeftOut | null
}

/** A VM as it was last told of. */
export interface Row extends Omit<Sighting, 'leftOut'> {
  readonly token: Token | null
  /** Tick of the request that told it. */
  readonly asOf: Tick
}

/** One token that became right (with its address) or wrong (null). */
export interface Change {
  readonly token: Token
  readonly address: Address | null
  readonly id: VmId
  /** Whether an event announced it; what only a list found may be a fault of the list. */
  readonly announced: boolean
}

/** Whether an event announced what is now found of a VM. */
export type Announced = (id: VmId) => boolean

/**
 * Who holds which token. It is told what answers said, with the tick of their request, and tells which tokens change:
 * news older than what a row knows is dropped, and a token goes with its last holder only.
 */
export class Book {
  readonly #rows = new Map<VmId, Row>()
  readonly #gone = new Map<VmId, Tick>()
  readonly #byEnterprise = new Map<string | null, Set<VmId>>()
  /** A set only where several VMs hold one address: with 100,000 tokens sets would take most of the memory. */
  readonly #holders = new Map<Token, VmId | Set<VmId>>()

  /** How many VMs are known. */
  get size(): number {
    return this.#rows.size
  }

  /** How many tokens are right. */
  get tokens(): number {
    return this.#holders.size
  }

  row(id: VmId): Row | null {
    return this.#rows.get(id) ?? null
  }

  holds(token: Token): boolean {
    return this.#holders.has(token)
  }

  /** How many VMs of an enterprise are known. */
  sizeOf(enterprise: string): number {
    return this.#byEnterprise.get(enterprise)?.size ?? 0
  }

  enterprises(): string[] {
    return [...this.#byEnterprise.keys()].filter((id) => id !== null)
  }

  /** All right tokens with their addresses. */
  *lines(): Generator<[Token, Address]> {
    for (const [token, holders] of this.#holders) {
      const [id] = typeof holders === 'string' ? [holders] : holders
      const address = id === undefined ? null : this.#rows.get(id)?.address
      if (address) yield [token, address]
    }
  }

  /** A request sent at `asOf` showed this VM; one that is left out leaves the book. */
  found(sighting: Sighting, asOf: Tick, announced: Announced): readonly Change[] {
    const { id } = sighting
    // Nothing of it is kept, but that what was told earlier holds no more.
    if (sighting.leftOut) return this.gone(id, asOf, announced)
    const before = this.#rows.get(id)
    if (asOf < (before?.asOf ?? this.#gone.get(id) ?? 0)) return []
    this.#gone.delete(id)
    const same = before?.address?.host === sighting.address?.host && before?.address?.port === sighting.address?.port
    const token = same ? (before?.token ?? null) : sighting.address === null ? null : tokenOf(sighting.address)
    const { path, machine, datacenter } = sighting
    // Most lists answer without telling the enterprise of each VM anew, and a VM never changes it.
    const enterprise = sighting.enterprise ?? before?.enterprise ?? null
    const address = same ? (before?.address ?? null) : sighting.address
    this.#rows.set(id, { id, path, machine, datacenter, enterprise, address, token, asOf })
    this.#index(id, before?.enterprise, enterprise)
    return same ? [] : this.#rehold(id, before?.token ?? null, token, sighting.address, announced)
  }

  /** What was told at `asOf` proved that this VM is gone, or none of ours. */
  gone(id: VmId, asOf: Tick, announced: Announced): readonly Change[] {
    const before = this.#rows.get(id)
    if (asOf < (before?.asOf ?? this.#gone.get(id) ?? 0)) return []
    this.#gone.set(id, asOf)
    this.#rows.delete(id)
    this.#index(id, before?.enterprise, undefined)
    return before ? this.#rehold(id, before.token, null, null, announced) : []
  }

  /** Rows of an enterprise (null: of those that nothing told the enterprise of) that are older than a list of it that was begun at `began`, and so lacks them. */
  absent(enterprise: string | null, began: Tick): readonly Row[] {
    const rows: Row[] = []
    for (const id of this.#byEnterprise.get(enterprise) ?? []) {
      const row = this.#rows.get(id)
      if (row && row.asOf < began) rows.push(row)
    }
    return rows
  }

  /** The VMs known on a machine (host), given its path. */
  on(machine: string): readonly Row[] {
    return [...this.#rows.values()].filter((row) => row.machine === machine)
  }

  /** The VMs known under the path of an appliance or a virtual datacenter. */
  under(path: string): readonly Row[] {
    return [...this.#rows.values()].filter((row) => row.path.startsWith(`${path}/`))
  }

  /** Forgets which VMs are gone or none of ours, where no answer to a request sent before `tick` can arrive any more. */
  forget(tick: Tick): void {
    for (const [id, asOf] of this.#gone) if (asOf < tick) this.#gone.delete(id)
  }

  #rehold(
    id: VmId,
    before: Token | null,
    after: Token | null,
    address: Address | null,
    announced: Announced,
  ): readonly Change[] {
    const changes: Change[] = []
    if (after !== null && this.#hold(after, id)) changes.push({ token: after, address, id, announced: announced(id) })
    if (before !== null && this.#release(before, id)) {
      changes.push({ token: before, address: null, id, announced: announced(id) })
    }
    return changes
  }

  /** Whether the token was held by nobody before. */
  #hold(token: Token, id: VmId): boolean {
    const holders = this.#holders.get(token)
    if (holders === undefined) this.#holders.set(token, id)
    else if (typeof holders === 'string') this.#holders.set(token, new Set([holders, id]))
    else holders.add(id)
    return holders === undefined
  }

  /** Whether the token is held by nobody any more. */
  #release(token: Token, id: VmId): boolean {
    const holders = this.#holders.get(token)
    if (holders === undefined) return false
    if (typeof holders !== 'string') {
      holders.delete(id)
      const [last] = holders
      if (holders.size === 1 && last !== undefined) this.#holders.set(token, last)
      return false
    }
    return holders === id && this.#holders.delete(token)
  }

  #index(id: VmId, before: string | null | undefined, after: string | null | undefined): void {
    if (before === after) return
    if (before !== undefined) this.#byEnterprise.get(before)?.delete(id)
    if (before !== undefined && this.#byEnterprise.get(before)?.size === 0) this.#byEnterprise.delete(before)
    if (after === undefined) return
    const ids = this.#byEnterprise.get(after)
    if (ids) ids.add(id)
    else this.#byEnterprise.set(after, new Set([id]))
  }
}
