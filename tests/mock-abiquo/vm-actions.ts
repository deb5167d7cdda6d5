import type { Severity } from './events.ts'
import { type Host, remoteAccessOffPort, type VirtualMachine, type VmState } from './model.ts'
import { Telling } from './telling.ts'
import type { Address } from './truth.ts'
import type { ChangeOptions, HostRef, VmRef } from './world.ts'

/** How a deploy differs from the usual one. */
export interface DeployOptions extends ChangeOptions {
  /** The console's address. @default the host's, and the next port of its rack */
  readonly address?: Address
  /** Where it runs. @default a host of the VM's datacenter */
  readonly host?: HostRef
  /** Milliseconds between the events that begin it and those that end it, the VM being LOCKED. @default 0 */
  readonly taskMs?: number
}

/** How an undeploy differs from the usual one. */
export interface UndeployOptions extends ChangeOptions {
  /** Ends with DEPLOY_FINISH, as some old versions do. @default false */
  readonly asDeployFinish?: boolean
  /** Severity of the last event. @default 'INFO' */
  readonly severity?: Severity
  /** Milliseconds between the events that begin it and those that end it, the VM being LOCKED. @default 0 */
  readonly taskMs?: number
}

/** What happens to one virtual machine: each action changes the state and sends the events of the real platform. */
export class VmActions extends Telling {
  /** Gives a VM a console. */
  deploy(ref: VmRef, options: DeployOptions = {}): VirtualMachine {
    const before = this.vm(ref)
    const host = options.host === undefined ? this.#hostFor(before, options.address) : this.host(options.host)
    const address = options.address ?? { ip: host.ip, port: this.ports.next(host.rack) }
    const fields = { host: host.id, ip: address.ip, port: before.remoteAccess ? address.port : remoteAccessOffPort }
    this.tellAppliance(before, 'DEPLOY', options)
    this.tellVm(before, 'DEPLOY', options)
    return this.#task(before, options, { ...fields, state: 'ON' }, (vm) => {
      this.tellVm(vm, 'ALLOCATE_VIRTUAL_MACHINE', options)
      this.tellVm(vm, 'DEPLOY_FINISH', options)
      this.tellState(vm, options)
    })
  }

  /** Takes a VM's console away. */
  undeploy(ref: VmRef, options: UndeployOptions = {}): VirtualMachine {
    const before = this.vm(ref)
    this.tellAppliance(before, 'UNDEPLOY', options)
    this.tellVm(before, 'UNDEPLOY', options)
    return this.#task(before, options, { host: null, ip: null, port: 0, state: 'NOT_ALLOCATED' }, (vm) => {
      const severity = options.severity ?? 'INFO'
      this.tellVm(vm, options.asDeployFinish ? 'DEPLOY_FINISH' : 'UNDEPLOY_FINISH', options, { severity })
      this.tellState(vm, options)
    })
  }

  /** The hypervisor moves a VM: another host's address, the same port, and nobody's event. */
  move(ref: VmRef, to?: HostRef, options: ChangeOptions = {}): VirtualMachine {
    return this.#moved(ref, to, 'VSM_VM_MOVED', options)
  }

  /** High availability moves a VM. */
  moveByHa(ref: VmRef, to?: HostRef, options: ChangeOptions = {}): VirtualMachine {
    return this.#moved(ref, to, 'MOVE_BY_HA', options)
  }

  /** Moves a VM to another appliance of its virtual datacenter, a new one unless named: its URI changes. */
  moveToAppliance(ref: VmRef, options: ChangeOptions & { readonly appliance?: number } = {}): VirtualMachine {
    const before = this.vm(ref)
    const appliance = options.appliance ?? this.#newAppliance(before)
    const vm = this.change(before, { appliance }, options)
    this.tellVm(vm, 'MOVE_TO_VAPP', options)
    return vm
  }

  /** Switches a VM's remote access on or off. */
  reconfigure(ref: VmRef, remoteAccess: 'on' | 'off', options: ChangeOptions = {}): VirtualMachine {
    const before = this.vm(ref)
    const on = remoteAccess === 'on'
    const host = before.host === null ? null : this.host(before.host)
    const port = host === null ? 0 : on ? this.ports.next(host.rack) : remoteAccessOffPort
    const vm = this.change(before, { remoteAccess: on, port, ip: before.ip ?? host?.ip ?? null }, options)
    this.tellVm(vm, 'RECONFIGURE', options)
    return vm
  }

  /** Puts anything into `vdrpIP` and `vdrpPort`, without an event unless asked for. */
  setRawVdrp(ref: VmRef, ip: string | null, port: number | string, options: ChangeOptions = {}): VirtualMachine {
    const vm = this.change(ref, { ip, port }, options)
    if (options.events === true) this.tellVm(vm, 'RECONFIGURE', options)
    return vm
  }

  /** Changes the power state: the console stays. */
  power(ref: VmRef, state: VmState, options: ChangeOptions = {}): VirtualMachine {
    const vm = this.change(ref, { state }, options)
    this.tellVm(vm, 'STATE', options)
    this.tellState(vm, options)
    return vm
  }

  /** Switches a VM on. */
  powerOn(ref: VmRef, options: ChangeOptions = {}): VirtualMachine {
    return this.power(ref, 'ON', options)
  }

  /** Switches a VM off. */
  powerOff(ref: VmRef, options: ChangeOptions = {}): VirtualMachine {
    return this.power(ref, 'OFF', options)
  }

  /** A user opens the console: nothing changes. */
  requestAccess(ref: VmRef, options: ChangeOptions = {}): void {
    this.tellVm(this.vm(ref), 'REQUEST_ACCESS', options)
  }

  /** Deletes a VM. */
  delete(ref: VmRef, options: ChangeOptions = {}): void {
    this.gone(ref, 'DELETE', options)
  }

  /** Hands a VM back to its hypervisor: the platform no longer knows it. */
  release(ref: VmRef, options: ChangeOptions = {}): void {
    this.gone(ref, 'RELEASE', options)
  }

  /** Someone destroys a VM on its hypervisor. */
  destroy(ref: VmRef, options: ChangeOptions = {}): void {
    this.gone(ref, 'VSM_VM_DESTROYED', options, true)
  }

  /** Removes a VM and tells it. */
  protected gone(ref: VmRef, action: string, options: ChangeOptions, bySystem = false): void {
    const vm = this.vm(ref)
    this.drop(vm, options)
    this.tellVm(vm, action, options, bySystem ? { user: null } : {})
  }

  #moved(ref: VmRef, to: HostRef | undefined, action: string, options: ChangeOptions): VirtualMachine {
    const before = this.vm(ref)
    const host = to === undefined ? this.#otherHost(before) : this.host(to)
    const vm = this.change(before, { host: host.id, ip: host.ip }, options)
    this.tellVm(vm, action, options, { user: options.actor ?? null })
    return vm
  }

  #task(
    before: VirtualMachine,
    options: DeployOptions | UndeployOptions,
    fields: Partial<VirtualMachine>,
    tell: (vm: VirtualMachine) => void,
  ): VirtualMachine {
    const taskMs = options.taskMs ?? 0
    const finish = () => {
      const vm = this.change(before, fields, options)
      tell(vm)
      return vm
    }
    if (taskMs === 0) return finish()
    this.timers.after(taskMs, () => {
      if (this.truthful.vms.has(before.id)) finish()
    })
    return this.change(before, { state: 'LOCKED' }, options)
  }

  #newAppliance(vm: VirtualMachine): number {
    const id = this.newId()
    const row = { id, name: `Appliance ${id}`, enterprise: vm.enterprise, virtualDatacenter: vm.virtualDatacenter }
    this.truthful.appliances.set(id, row)
    this.shown.appliances.set(id, row)
    return id
  }

  #hostFor(vm: VirtualMachine, address: Address | undefined): Host {
    const pool = this.hosts(vm.datacenter)
    const host = pool.find((candidate) => candidate.ip === address?.ip) ?? pool[vm.id % pool.length]
    if (host === undefined) throw new Error(`Datacenter ${vm.datacenter} has no host`)
    return host
  }

  #otherHost(vm: VirtualMachine): Host {
    const pool = this.hosts(vm.datacenter)
    const host = pool[(pool.findIndex((candidate) => candidate.id === vm.host) + 1) % pool.length]
    if (host === undefined) throw new Error(`Datacenter ${vm.datacenter} has no host`)
    return host
  }
}
