import { type BurstOptions, burst } from './burst.ts'
import { buildEstate, type Estate, type EstateOptions } from './estate.ts'
import type { EmitOptions, EventLog } from './event-log.ts'
import type { EventDraft, PlatformEvent } from './events.ts'
import type { Inventory } from './inventory.ts'
import { type Actor, type Enterprise, type Host, type VirtualMachine, vmPath } from './model.ts'
import type { Ports } from './ports.ts'
import type { Timers } from './timers.ts'
import { type Address, addressOf, tokenLinesOf } from './truth.ts'

/** A virtual machine, or its id. */
export type VmRef = number | Pick<VirtualMachine, 'id'>

/** A host, or its id. */
export type HostRef = number | Pick<Host, 'id'>

/** What every change can be told. */
export interface ChangeOptions {
  /** False: the change happens and no event tells it. @default true */
  readonly events?: boolean
  /** Who does it. @default the user of the enterprise concerned */
  readonly actor?: Actor
  /** Milliseconds for which REST hides it. @default the platform's or the VM's lag */
  readonly lagMs?: number
}

/** The two views of the platform: what is true, and what REST shows, which may lag behind. */
export class World {
  /** What is true now. */
  readonly truthful: Inventory
  /** What REST answers from. */
  readonly shown: Inventory
  readonly events: EventLog
  /** Milliseconds for which REST still shows what was true before a change. */
  restLagMs = 0
  protected readonly ports: Ports
  protected readonly timers: Timers
  readonly #lagOfVm = new Map<number, number>()
  readonly #shownRevisions = new Map<number, number>()
  #revision = 0
  #nextId: number

  constructor(options: EstateOptions & { readonly restLagMs: number }, events: EventLog, timers: Timers) {
    this.events = events
    const estate: Estate = buildEstate(options)
    this.truthful = estate.inventory
    this.shown = estate.inventory.copy()
    this.ports = estate.ports
    this.timers = timers
    this.restLagMs = options.restLagMs
    const { vms, hosts, appliances, virtualDatacenters } = this.truthful
    this.#nextId = Math.max(vms.size, hosts.size, appliances.size, virtualDatacenters.size) + 1
  }

  /** The virtual machines as they are now, by id. */
  get vms(): VirtualMachine[] {
    return [...this.truthful.vms.values()]
  }

  /** One virtual machine as it is now; throws when there is none. */
  vm(ref: VmRef): VirtualMachine {
    return found(this.truthful.vms.get(idOf(ref)), 'virtual machine', idOf(ref))
  }

  /** One host as it is now; throws when there is none. */
  host(ref: HostRef): Host {
    return found(this.truthful.hosts.get(idOf(ref)), 'host', idOf(ref))
  }

  /** The hosts of a datacenter, or all. */
  hosts(datacenter?: number): Host[] {
    const all = [...this.truthful.hosts.values()]
    return datacenter === undefined ? all : all.filter((host) => host.datacenter === datacenter)
  }

  /** One enterprise; throws when there is none. */
  enterprise(id: number): Enterprise {
    return found(this.truthful.enterprises.get(id), 'enterprise', id)
  }

  /** The ordinary user of an enterprise, who acts unless a test names someone else. */
  userOf(enterprise: number): Actor {
    return { id: 1000 + enterprise, nick: `user-${enterprise}`, enterprise: this.enterprise(enterprise) }
  }

  /** Addresses that a right token file has, in the order of the VMs' ids; one may appear twice. */
  truth(): Address[] {
    return this.vms.flatMap((vm) => addressOf(vm) ?? [])
  }

  /** The lines of a right token file, without line ends. */
  tokenLines(): string[] {
    return tokenLinesOf(this.truth())
  }

  /** Path of a virtual machine as it is now, below the API's context path. */
  pathOf(ref: VmRef): string {
    return vmPath(this.vm(ref))
  }

  /** Sets how long REST hides changes of one VM; null goes back to the platform's lag. */
  lagVm(ref: VmRef, ms: number | null): void {
    if (ms === null) this.#lagOfVm.delete(idOf(ref))
    else this.#lagOfVm.set(idOf(ref), ms)
  }

  /** Sends any event. */
  emit(draft: EventDraft, options: EmitOptions = {}): PlatformEvent {
    return this.events.emit(draft, options)
  }

  /** Sends many events quickly, told apart by their messages, which are the answer once all are out. */
  burst(count: number, options: BurstOptions = {}): Promise<string[]> {
    return burst(this.events, count, options, this.timers)
  }

  /** The next id for anything new. */
  protected newId(): number {
    return this.#nextId++
  }

  /** Makes a change of one VM true at once, and shown when its lag is over. */
  protected change(ref: VmRef, fields: Partial<VirtualMachine>, options: ChangeOptions): VirtualMachine {
    return this.put({ ...this.vm(ref), ...fields }, options)
  }

  /** Makes a row true at once, and shown when its lag is over. */
  protected put(row: VirtualMachine, options: ChangeOptions): VirtualMachine {
    const vm = { ...row, revision: ++this.#revision }
    this.truthful.put(vm)
    this.later(vm.id, options, () => {
      if (this.#isNews(vm.id, vm.revision)) this.shown.put(vm)
    })
    return vm
  }

  /** Removes a VM at once, and from what is shown when its lag is over. */
  protected drop(vm: VirtualMachine, options: ChangeOptions): void {
    const revision = ++this.#revision
    this.truthful.remove(vm.id)
    this.later(vm.id, options, () => {
      if (this.#isNews(vm.id, revision)) this.shown.remove(vm.id)
    })
  }

  /** Runs `show` when the lag of a change is over: at once where there is none. */
  protected later(vm: number | null, options: ChangeOptions, show: () => void): void {
    const ms = options.lagMs ?? (vm === null ? undefined : this.#lagOfVm.get(vm)) ?? this.restLagMs
    if (ms <= 0) show()
    else this.timers.after(ms, show)
  }

  #isNews(vm: number, revision: number): boolean {
    if ((this.#shownRevisions.get(vm) ?? 0) > revision) return false
    this.#shownRevisions.set(vm, revision)
    return true
  }
}

/** The id behind a reference. */
export function idOf(ref: number | { readonly id: number }): number {
  return typeof ref === 'number' ? ref : ref.id
}

function found<T>(row: T | undefined, what: string, id: number): T {
  if (row === undefined) throw new Error(`There is no ${what} ${id}`)
  return row
}
