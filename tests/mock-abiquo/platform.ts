import type { Enterprise, Host, VirtualMachine } from './model.ts'
import { appliancePath } from './model.ts'
import { uuidOf } from './random.ts'
import type { Address } from './truth.ts'
import { VmActions } from './vm-actions.ts'
import { type ChangeOptions, type HostRef, idOf } from './world.ts'

/** A VM that appears. */
export interface NewVm extends ChangeOptions {
  /** Whose it is. @default 1 */
  readonly enterprise?: number
  readonly name?: string
  /** Where it runs; only for VMs that appear running. @default the first host of its datacenter */
  readonly host?: HostRef
  /** Its console; only for VMs that appear running. @default the host's address and the rack's next port */
  readonly address?: Address
}

/** Everything that can happen to the platform: VMs that appear, hosts, appliances, enterprises. */
export class Platform extends VmActions {
  /** Creates a VM that is not deployed. */
  create(options: NewVm = {}): VirtualMachine {
    return this.#appear('CREATE', false, options)
  }

  /** Captures a running VM from a hypervisor. */
  capture(options: NewVm = {}): VirtualMachine {
    return this.#appear('CAPTURE', true, options)
  }

  /** Imports a running VM. */
  import(options: NewVm = {}): VirtualMachine {
    return this.#appear('IMPORT', true, options)
  }

  /** Finds a running VM when a provider is synchronised. */
  syncCreate(options: NewVm = {}): VirtualMachine {
    return this.#appear('SYNC_CREATE', true, options)
  }

  /** Adds a host to a rack. */
  createHost(ip: string, rack = 1, options: ChangeOptions = {}): Host {
    const row = this.truthful.racks.get(rack)
    if (row === undefined) throw new Error(`There is no rack ${rack}`)
    const id = this.newId()
    const host = { id, name: `host-${id}.example`, datacenter: row.datacenter, rack, ip }
    this.truthful.hosts.set(id, host)
    this.later(null, options, () => this.shown.hosts.set(id, host))
    this.tellHost(host, 'CREATE', options)
    return host
  }

  /** Edits a host's service address: all its VMs get it, and only the host's event tells it. */
  setHostAddress(ref: HostRef, ip: string, options: ChangeOptions = {}): VirtualMachine[] {
    const host = { ...this.host(ref), ip }
    this.truthful.hosts.set(host.id, host)
    this.later(null, options, () => this.shown.hosts.set(host.id, host))
    const vms = this.truthful.vmsOfHost(host.id).map((vm) => this.change(vm, { ip }, options))
    this.tellHost(host, 'MODIFY', options)
    return vms
  }

  /** Removes a host and the VMs on it; only the host's event tells it. */
  deleteHost(ref: HostRef, options: ChangeOptions = {}): void {
    const host = this.host(ref)
    for (const vm of this.truthful.vmsOfHost(host.id)) this.drop(vm, options)
    this.truthful.hosts.delete(host.id)
    this.later(null, options, () => this.shown.hosts.delete(host.id))
    this.tellHost(host, 'DELETE', options)
  }

  /** Deletes an appliance and the VMs in it; only the appliance's event tells it. */
  deleteAppliance(id: number, options: ChangeOptions = {}): void {
    const appliance = this.truthful.appliances.get(id)
    if (appliance === undefined) throw new Error(`There is no appliance ${id}`)
    this.#dropAll((vm) => vm.appliance === id, options)
    this.truthful.appliances.delete(id)
    this.later(null, options, () => this.shown.appliances.delete(id))
    const path = appliancePath(appliance)
    this.#tellDelete('VIRTUAL_APPLIANCE', appliance.name, path, appliance.enterprise, options)
  }

  /** Deletes a virtual datacenter and the VMs in it; only its own event tells it. */
  deleteVirtualDatacenter(id: number, options: ChangeOptions = {}): void {
    const share = this.truthful.virtualDatacenters.get(id)
    if (share === undefined) throw new Error(`There is no virtual datacenter ${id}`)
    this.#dropAll((vm) => vm.virtualDatacenter === id, options)
    this.truthful.virtualDatacenters.delete(id)
    this.later(null, options, () => this.shown.virtualDatacenters.delete(id))
    const path = `/cloud/virtualdatacenters/${id}`
    this.#tellDelete('VIRTUAL_DATACENTER', share.name, path, share.enterprise, options)
  }

  /** Adds an enterprise without VMs. */
  createEnterprise(name?: string, options: ChangeOptions = {}): Enterprise {
    const id = this.newId()
    const enterprise = { id, name: name ?? `Enterprise ${id}` }
    this.truthful.enterprises.set(id, enterprise)
    this.later(null, options, () => this.shown.enterprises.set(id, enterprise))
    for (const datacenter of this.truthful.datacenters.keys()) {
      const share = { id: this.newId(), name: `VDC of ${enterprise.name}`, enterprise: id, datacenter }
      const appliance = { id: this.newId(), name: 'Appliance', enterprise: id, virtualDatacenter: share.id }
      for (const view of [this.truthful, this.shown]) {
        view.virtualDatacenters.set(share.id, share)
        view.appliances.set(appliance.id, appliance)
      }
    }
    if (options.events !== false) {
      const user = options.actor ?? this.userOf(1)
      const entityPath = `/admin/enterprises/${id}`
      this.emit({
        entity: 'ENTERPRISE',
        action: 'CREATE',
        scope: 'PLATFORM',
        entityName: enterprise.name,
        entityPath,
        user,
      })
    }
    return enterprise
  }

  /** Deletes an enterprise and its VMs; only the enterprise's event tells it. */
  deleteEnterprise(id: number, options: ChangeOptions = {}): void {
    const enterprise = this.enterprise(id)
    const user = options.actor ?? this.userOf(1)
    this.#dropAll((vm) => vm.enterprise === id, options)
    this.#tellDelete('ENTERPRISE', enterprise.name, `/admin/enterprises/${id}`, id, { ...options, actor: user })
    this.truthful.enterprises.delete(id)
    this.later(null, options, () => this.shown.enterprises.delete(id))
  }

  #appear(action: string, running: boolean, options: NewVm): VirtualMachine {
    const enterprise = options.enterprise ?? 1
    const appliance = [...this.truthful.appliances.values()].find((row) => row.enterprise === enterprise)
    const share = this.truthful.virtualDatacenters.get(appliance?.virtualDatacenter ?? 0)
    if (appliance === undefined || share === undefined) throw new Error(`Enterprise ${enterprise} has no appliance`)
    const host = options.host === undefined ? this.hosts(share.datacenter)[0] : this.host(idOf(options.host))
    if (host === undefined) throw new Error(`Datacenter ${share.datacenter} has no host`)
    const address = options.address ?? (running ? { ip: host.ip, port: this.ports.next(host.rack) } : undefined)
    const id = this.newId()
    const vm = this.put(
      {
        id,
        uuid: uuidOf(() => Math.random()),
        name: `ABQ_${id.toString(16).padStart(8, '0')}`,
        label: options.name ?? `vm-${id}`,
        enterprise,
        datacenter: share.datacenter,
        virtualDatacenter: share.id,
        appliance: appliance.id,
        host: running ? host.id : null,
        state: running ? 'ON' : 'NOT_ALLOCATED',
        ip: address?.ip ?? null,
        port: address?.port ?? 0,
        remoteAccess: true,
        revision: 0,
      },
      options,
    )
    this.tellVm(vm, action, options)
    return vm
  }

  #dropAll(which: (vm: VirtualMachine) => boolean, options: ChangeOptions): void {
    for (const vm of this.vms) if (which(vm)) this.drop(vm, options)
  }

  #tellDelete(entity: string, name: string, path: string, enterprise: number, options: ChangeOptions): void {
    if (options.events === false) return
    this.emit({
      entity,
      action: 'DELETE',
      scope: entity === 'ENTERPRISE' ? 'PLATFORM' : 'VIRTUALDATACENTER',
      entityName: name,
      entityPath: path,
      entityEnterprise: this.truthful.enterprises.get(enterprise) ?? null,
      user: options.actor ?? this.userOf(enterprise),
    })
  }
}
