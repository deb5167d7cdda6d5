import type { Appliance, Enterprise, Host, Rack, VirtualDatacenter, VirtualMachine } from './model.ts'

/** Everything that exists, indexed the ways REST and the actions look it up. */
export class Inventory {
  readonly enterprises = new Map<number, Enterprise>()
  readonly datacenters = new Map<number, string>()
  readonly racks = new Map<number, Rack>()
  readonly hosts = new Map<number, Host>()
  readonly virtualDatacenters = new Map<number, VirtualDatacenter>()
  readonly appliances = new Map<number, Appliance>()
  readonly vms = new Map<number, VirtualMachine>()
  readonly #byHost = new Map<number, Set<number>>()
  readonly #watchers: ((before: VirtualMachine | undefined, after: VirtualMachine | undefined) => void)[] = []

  /** Calls `watcher` after each change of a virtual machine. */
  onVm(watcher: (before: VirtualMachine | undefined, after: VirtualMachine | undefined) => void): void {
    this.#watchers.push(watcher)
  }

  /** Adds a virtual machine or replaces its row. */
  put(vm: VirtualMachine): void {
    const before = this.vms.get(vm.id)
    this.vms.set(vm.id, vm)
    if (before?.host !== vm.host) {
      this.#leaveHost(before)
      if (vm.host !== null) this.#onHost(vm.host).add(vm.id)
    }
    for (const watcher of this.#watchers) watcher(before, vm)
  }

  /** Removes a virtual machine. */
  remove(id: number): void {
    const before = this.vms.get(id)
    if (before === undefined) return
    this.vms.delete(id)
    this.#leaveHost(before)
    for (const watcher of this.#watchers) watcher(before, undefined)
  }

  /** The virtual machines of a host, by id. */
  vmsOfHost(host: number): VirtualMachine[] {
    return [...(this.#byHost.get(host) ?? [])].sort((a, b) => a - b).flatMap((id) => this.vms.get(id) ?? [])
  }

  /** The hosts of a rack, by id. */
  hostsOfRack(rack: number): Host[] {
    return [...this.hosts.values()].filter((host) => host.rack === rack)
  }

  /** A copy with indexes of its own; rows are shared, as they never change. */
  copy(): Inventory {
    const copy = new Inventory()
    for (const [id, row] of this.enterprises) copy.enterprises.set(id, row)
    for (const [id, row] of this.datacenters) copy.datacenters.set(id, row)
    for (const [id, row] of this.racks) copy.racks.set(id, row)
    for (const [id, row] of this.hosts) copy.hosts.set(id, row)
    for (const [id, row] of this.virtualDatacenters) copy.virtualDatacenters.set(id, row)
    for (const [id, row] of this.appliances) copy.appliances.set(id, row)
    for (const vm of this.vms.values()) copy.put(vm)
    return copy
  }

  #onHost(host: number): Set<number> {
    let ids = this.#byHost.get(host)
    if (ids === undefined) {
      ids = new Set()
      this.#byHost.set(host, ids)
    }
    return ids
  }

  #leaveHost(vm: VirtualMachine | undefined): void {
    if (vm !== undefined && vm.host !== null) this.#byHost.get(vm.host)?.delete(vm.id)
  }
}
