import {
  ApiError,
  type ApiErrorCode,
  type ApiErrorDetails,
  basic,
  type Clock,
  Connection,
  type Enterprise,
  enterprisePath,
  Inventory,
  type ListOptions,
  type Verdict,
  type VirtualMachine,
} from '@novnc-tokens/api'

/** A VM of a {@link FakePlatform}. */
export interface FakeVm {
  readonly enterprise: string
  /** Virtual appliance: part of the VM's path. */
  readonly appliance: string
  readonly host: string | null
  readonly port: number | null
  readonly machine: string | null
  /** Null: its entity tells none. */
  readonly datacenter: string | null
}

interface Version {
  /** When the platform came to it, in milliseconds of the clock. */
  readonly at: number
  /** Null: the VM is gone. */
  readonly vm: FakeVm | null
}

const always = Number.NEGATIVE_INFINITY
const complete: Verdict = { complete: true, why: null }

/** Path of a VM. */
export function vmPath(id: string, appliance = '1'): string {
  return `/cloud/virtualdatacenters/1/virtualappliances/${appliance}/virtualmachines/${id}`
}

/** Path of a machine. */
export function machinePath(id: string): string {
  return `/admin/datacenters/1/racks/1/machines/${id}`
}

/** Path of the list of an enterprise's VMs. */
export function vmsPath(enterprise: string): string {
  return `${enterprisePath(enterprise)}/action/virtualmachines`
}

/** An error as the API's client makes it. */
export function apiError(code: ApiErrorCode, path: string, details: Partial<ApiErrorDetails> = {}): ApiError {
  return new ApiError(code, `GET "${path}" failed: ${code}`, { url: path, ...details })
}

/** The platform says that there is no such thing. */
export const gone = (path: string) => apiError('not-found', path, { status: 404, abiquoCode: 'GEN-404' })
/** A proxy says so, for whatever it is asked. */
export const proxy404 = (path: string) => apiError('not-found', path, { status: 404 })
export const forbidden = (path: string) => apiError('forbidden', path, { status: 403, abiquoCode: 'GEN-403' })
export const broken = (path: string) => apiError('status', path, { status: 500 })

/** An Abiquo platform in memory. It answers with what it had when the request was sent, however late. */
export class FakePlatform extends Inventory {
  readonly #clock: Clock
  readonly #vms = new Map<string, Version[]>()
  readonly #enterprises = new Set<string>()
  /** Ids of the VMs that each enterprise has, or had. */
  readonly #owned = new Map<string, Set<string>>()
  readonly #counts = new Map<string, number>()
  readonly #holds: { matches: (path: string) => boolean; until: Promise<void> }[] = []
  /** Paths of the requests so far. */
  readonly requests: string[] = []
  /** How long the answer to a path takes, in milliseconds. */
  latency: (path: string) => number = () => 0
  /** What a request fails with; null where it does not. `count` requests of this path came before. */
  fault: (path: string, count: number) => Error | null = () => null
  /** How long after a change REST shows it, in milliseconds. */
  lagMs = 0
  pageSize = 250
  /** Lists that say that they are not complete, by their paths. */
  readonly verdicts = new Map<string, Verdict>()
  /** VMs, and enterprises, that are missing from lists although they are there. */
  readonly unlisted = new Set<string>()
  readonly unlistedEnterprises = new Set<string>()

  constructor(clock: Clock) {
    super(new Connection({ api: 'http://127.0.0.1:1/api', authorization: basic('nobody', 'nothing') }))
    this.#clock = clock
  }

  /** Adds enterprises. */
  found(...ids: string[]): void {
    for (const id of ids) this.#enterprises.add(id)
  }

  /** Removes an enterprise with all its VMs. */
  dissolve(id: string): void {
    this.#enterprises.delete(id)
    for (const [vm, versions] of this.#vms) if (versions.at(-1)?.vm?.enterprise === id) this.remove(vm)
  }

  /** Adds VMs of an enterprise with these ports, which are their ids too; they have been there for long. */
  fill(enterprise: string, ports: readonly number[], fields: Partial<FakeVm> = {}): void {
    this.found(enterprise)
    for (const port of ports) this.#set(String(port), { enterprise, port, ...fields }, always)
  }

  /** Changes a VM, or adds it. */
  change(id: string, fields: Partial<FakeVm>): void {
    this.#set(id, fields, this.#clock.now())
  }

  /** Undeploys VMs. */
  undeploy(...ids: (string | number)[]): void {
    for (const id of ids) this.change(String(id), { host: null, port: 0, machine: null })
  }

  /** Removes a VM. */
  remove(id: string): void {
    this.#versionsOf(id).push({ at: this.#clock.now(), vm: null })
  }

  /** Makes answers hang from now on until the function that this returns is called. */
  hold(matches: (path: string) => boolean): () => void {
    const { promise, resolve } = Promise.withResolvers<void>()
    const hold = { matches, until: promise }
    this.#holds.push(hold)
    return () => {
      this.#holds.splice(this.#holds.indexOf(hold), 1)
      resolve()
    }
  }

  /** All VMs as REST shows them now. */
  visible(): VirtualMachine[] {
    return [...this.#vms.keys()].map((id) => this.#seen(id)).filter((vm) => vm !== null)
  }

  override async enterprises(options: ListOptions = {}): Promise<Verdict & { enterprises: readonly Enterprise[] }> {
    const path = '/admin/enterprises'
    return await this.#answer(path, options, () => ({
      ...(this.verdicts.get(path) ?? complete),
      enterprises: [...this.#enterprises].filter((id) => !this.unlistedEnterprises.has(id)).map(enterpriseOf),
    }))
  }

  override async readEnterprise(id: string, options: ListOptions = {}): Promise<Enterprise> {
    const path = enterprisePath(id)
    return await this.#answer(path, options, () => {
      if (!this.#enterprises.has(id)) throw gone(path)
      return enterpriseOf(id)
    })
  }

  override virtualMachinesOf(
    enterprise: Enterprise,
    options: ListOptions = {},
  ): AsyncGenerator<readonly VirtualMachine[], Verdict> {
    const path = vmsPath(enterprise.id)
    return this.#pages(path, options, () => {
      if (!this.#enterprises.has(enterprise.id)) throw gone(path)
      const ids = [...(this.#owned.get(enterprise.id) ?? [])].filter((id) => !this.unlisted.has(id))
      return ids.map((id) => this.#seen(id)).filter((vm) => vm !== null)
    })
  }

  override virtualMachinesOn(
    machine: string,
    options: ListOptions = {},
  ): AsyncGenerator<readonly VirtualMachine[], Verdict> {
    return this.#pages(`${machine}/virtualmachines`, options, () =>
      this.visible().filter((vm) => vm.machine === machine),
    )
  }

  override async virtualMachine(path: string, options: ListOptions = {}): Promise<VirtualMachine> {
    return await this.#answer(path, options, () => {
      const id = path.slice(path.lastIndexOf('/') + 1)
      const vm = this.#seen(id)
      if (vm?.path !== path) throw gone(path)
      return vm
    })
  }

  async *#pages(
    path: string,
    options: ListOptions,
    all: () => readonly VirtualMachine[],
  ): AsyncGenerator<readonly VirtualMachine[], Verdict> {
    for (let from = 0; ; from += this.pageSize) {
      const page = await this.#answer(from === 0 ? path : `${path}?startwith=${from}`, options, () =>
        all().slice(from, from + this.pageSize),
      )
      if (page.length > 0) yield page
      if (page.length < this.pageSize) return this.verdicts.get(path) ?? complete
    }
  }

  async #answer<T>(path: string, { signal, onIssue }: ListOptions, make: () => T): Promise<T> {
    signal?.throwIfAborted()
    onIssue?.()
    const count = this.#counts.get(path) ?? 0
    this.#counts.set(path, count + 1)
    this.requests.push(path)
    const fault = this.fault(path, count)
    const answer = attempt(make)
    for (const hold of this.#holds) if (hold.matches(path)) await until(hold.until, signal)
    const ms = this.latency(path)
    if (ms > 0) await this.#clock.sleep(ms, signal)
    await null
    if (fault !== null) throw fault
    return answer()
  }

  /** A VM as REST shows it now. */
  #seen(id: string): VirtualMachine | null {
    const at = this.#clock.now() - this.lagMs
    const vm = this.#vms.get(id)?.findLast((version) => version.at <= at)?.vm
    if (!vm) return null
    const { enterprise, appliance, host, port, machine, datacenter } = vm
    const path = vmPath(id, appliance)
    return { id, path, name: id, uuid: null, enterprise, machine, datacenter, vdrpIp: host, vdrpPort: port }
  }

  #set(id: string, fields: Partial<FakeVm>, at: number): void {
    const versions = this.#versionsOf(id)
    const before = versions.at(-1)?.vm ?? fresh
    const { host = fields.port ? (before.host ?? '10.0.0.1') : before.host } = fields
    const vm = { ...before, ...fields, host }
    versions.push({ at, vm })
    const owned = this.#owned.get(vm.enterprise) ?? new Set()
    this.#owned.set(vm.enterprise, owned.add(id))
  }

  #versionsOf(id: string): Version[] {
    const versions = this.#vms.get(id) ?? []
    this.#vms.set(id, versions)
    return versions
  }
}

const fresh: FakeVm = { enterprise: '1', appliance: '1', host: null, port: 0, machine: null, datacenter: '1' }

function enterpriseOf(id: string): Enterprise {
  return { id, name: `Enterprise ${id}`, virtualMachines: vmsPath(id) }
}

/** Makes an answer now, and hands it over, or throws what it failed with, later. */
function attempt<T>(make: () => T): () => T {
  try {
    const value = make()
    return () => value
  } catch (error) {
    return () => {
      throw error
    }
  }
}

async function until(promise: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return await promise
  const { promise: ended, reject } = Promise.withResolvers<never>()
  const onAbort = () => reject(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  await Promise.race([promise, ended]).finally(() => signal.removeEventListener('abort', onAbort))
}
