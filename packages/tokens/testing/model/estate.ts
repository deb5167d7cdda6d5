import { createHash } from 'node:crypto'

/** A VM as the platform has it. */
export interface EstateVm {
  readonly enterprise: string
  /** Virtual appliance: part of the VM's path. */
  readonly appliance: string
  /** Id of the host that it runs on; null while it runs nowhere. */
  readonly machine: string | null
  readonly ip: string | null
  readonly port: number
  /** What a token file has of it; null for a VM without a screen. */
  readonly line: string | null
}

/** A VM as it is put there. */
export type Placed = Omit<EstateVm, 'line'>

interface Version<T> {
  /** When it came, and when REST shows it. */
  readonly at: number
  readonly seenAt: number
  readonly value: T
}

/** What a token file has of a VM, made without the code that is tested; null for a VM without a screen. */
export function lineOf(vm: Pick<EstateVm, 'ip' | 'port'>): string | null {
  if (vm.ip === null || vm.port < 1 || vm.port > 65_535) return null
  const address = `${vm.ip}:${vm.port}`
  return `${createHash('md5').update(address).digest('hex')}: ${address}`
}

/** Path of a VM below the API. */
export function pathOf(id: string, appliance: string): string {
  return `/cloud/virtualdatacenters/1/virtualappliances/${appliance}/virtualmachines/${id}`
}

/** Path of a host below the API. */
export function hostPath(id: string): string {
  return `/admin/datacenters/1/racks/1/machines/${id}`
}

/** What a platform has and had: its enterprises, their VMs, and the addresses of its hosts. */
export class Estate {
  readonly #now: () => number
  readonly #vms = new Map<string, Version<EstateVm | null>[]>()
  readonly #enterprises = new Map<string, Version<boolean>[]>()
  /** Address of each host. */
  readonly hosts = new Map<string, string>()
  /** How long REST takes to show what changes from now on, in milliseconds. */
  lagMs = 0

  /** @param now monotonic time in milliseconds */
  constructor(now: () => number) {
    this.#now = now
  }

  /** Ids of all VMs that there ever were. */
  get ids(): string[] {
    return [...this.#vms.keys()]
  }

  /** Enterprises that there are. */
  get enterprises(): string[] {
    return [...this.#enterprises].filter(([, versions]) => versions.at(-1)?.value).map(([id]) => id)
  }

  /** Enterprises as REST shows them. */
  get shownEnterprises(): string[] {
    return [...this.#enterprises.keys()].filter((id) => this.showsEnterprise(id))
  }

  /** A VM as it is. */
  vm(id: string): EstateVm | null {
    return this.#vms.get(id)?.at(-1)?.value ?? null
  }

  /** Whether there ever was a VM of this id. */
  had(id: string): boolean {
    return this.#vms.has(id)
  }

  /** A VM as REST shows it now. */
  shown(id: string): EstateVm | null {
    return seen(this.#vms.get(id), this.#now()) ?? null
  }

  showsEnterprise(id: string): boolean {
    return seen(this.#enterprises.get(id), this.#now()) ?? false
  }

  /** When REST will have shown all that has happened so far. */
  get shownAt(): number {
    const all = [...this.#vms.values(), ...this.#enterprises.values()]
    return Math.max(...all.map((versions) => versions.at(-1)?.seenAt ?? 0))
  }

  /** Whether REST has shown an enterprise all the time since then. */
  showedEnterprise(id: string, since: number): boolean {
    return this.showsEnterprise(id) && (seen(this.#enterprises.get(id), since) ?? false)
  }

  /** Puts a VM there, or null where it is gone. `long` ago: REST has shown it ever since. */
  put(id: string, placed: Placed | null, long = false): void {
    const value = placed === null ? null : { ...placed, line: lineOf(placed) }
    push(this.#vms, id, this.#version<EstateVm | null>(value, long))
  }

  /** Founds an enterprise, or dissolves it. */
  found(id: string, value: boolean, long = false): void {
    push(this.#enterprises, id, this.#version(value, long))
  }

  /** The lines of all VMs, sorted, each once. */
  lines(): string[] {
    const lines = this.ids.map((id) => this.vm(id)?.line ?? null).filter((line) => line !== null)
    return [...new Set(lines)].sort()
  }

  /** VMs of which something ever held. */
  ever(holds: (vm: EstateVm) => boolean): string[] {
    return this.ids.filter((id) => this.#vms.get(id)?.some(({ value }) => value !== null && holds(value)))
  }

  /** Whether the list of the enterprise of a VM became shorter since then: who pages through it may miss the VM. */
  shrank(id: string, since: number): boolean {
    const enterprise = this.vm(id)?.enterprise
    return [...this.#vms.values()].some(
      (versions) =>
        versions.some(({ value, seenAt }) => value === null && seenAt >= since) &&
        versions.some(({ value }) => value?.enterprise === enterprise),
    )
  }

  /** Whether REST may have shown, at some moment since `from`, that no VM has this line. */
  wasFree(line: string, from: number): boolean {
    const now = this.#now()
    const moments = [...this.#vms.values()].flatMap((versions) => versions.map(({ seenAt }) => seenAt))
    return [from, ...moments.filter((at) => at > from && at <= now)].some((at) => this.#isFreeAt(line, at))
  }

  /** Since when, at the latest, no VM has this line; Infinity where one has it. */
  freeSince(line: string): number {
    let since = Number.NEGATIVE_INFINITY
    for (const versions of this.#vms.values()) {
      for (const [index, { value }] of versions.entries()) {
        if (value?.line === line) since = Math.max(since, versions[index + 1]?.seenAt ?? Number.POSITIVE_INFINITY)
      }
    }
    return since
  }

  #version<T>(value: T, long: boolean): Version<T> {
    const at = long ? Number.NEGATIVE_INFINITY : this.#now()
    return { at, seenAt: at + this.lagMs, value }
  }

  #isFreeAt(line: string, at: number): boolean {
    return [...this.#vms.values()].every((versions) => seen(versions, at)?.line !== line)
  }
}

function seen<T>(versions: readonly Version<T>[] | undefined, at: number): T | undefined {
  return versions?.findLast((version) => version.seenAt <= at)?.value
}

function push<T>(map: Map<string, Version<T>[]>, id: string, version: Version<T>): void {
  const versions = map.get(id) ?? []
  map.set(id, versions)
  // What came later is not shown sooner.
  versions.push({ ...version, seenAt: Math.max(version.seenAt, versions.at(-1)?.seenAt ?? version.seenAt) })
}
