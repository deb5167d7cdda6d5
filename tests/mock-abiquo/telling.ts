import type { EventDraft } from './events.ts'
import { appliancePath, type Host, hostPath, type VirtualMachine, vmPath } from './model.ts'
import { type ChangeOptions, World } from './world.ts'

/** Turns changes into the events of the real platform. */
export class Telling extends World {
  /** Sends one event of a VM, unless the change is silent. */
  protected tellVm(
    vm: VirtualMachine,
    action: string,
    options: ChangeOptions,
    more: Partial<Omit<EventDraft, 'entity' | 'action'>> = {},
  ): void {
    if (options.events === false) return
    const host = vm.host === null ? undefined : this.truthful.hosts.get(vm.host)
    this.events.emit({
      entity: 'VIRTUAL_MACHINE',
      action,
      entityName: vm.label,
      entityPath: vmPath(vm),
      entityEnterprise: this.truthful.enterprises.get(vm.enterprise) ?? null,
      user: options.actor ?? this.userOf(vm.enterprise),
      datacenter: vm.datacenter,
      details: {
        VIRTUAL_MACHINE_NAME: vm.name,
        VIRTUAL_MACHINE_STATE: vm.state,
        ...(host === undefined ? {} : { MACHINE_NAME: host.name, HYPERVISOR_IP: host.ip }),
      },
      ...more,
    })
  }

  /** Sends one event of a host, unless the change is silent. */
  protected tellHost(host: Host, action: string, options: ChangeOptions): void {
    if (options.events === false) return
    this.events.emit({
      entity: 'MACHINE',
      action,
      scope: 'DATACENTER',
      entityName: host.name,
      entityPath: hostPath(host),
      user: options.actor ?? this.userOf(1),
      datacenter: host.datacenter,
      details: { MACHINE_NAME: host.name, HYPERVISOR_IP: host.ip },
    })
  }

  /** Sends one event of a VM's appliance, unless the change is silent. */
  protected tellAppliance(vm: VirtualMachine, action: string, options: ChangeOptions): void {
    if (options.events === false) return
    const appliance = this.truthful.appliances.get(vm.appliance)
    this.events.emit({
      entity: 'VIRTUAL_APPLIANCE',
      action,
      entityName: appliance?.name ?? null,
      entityPath: appliancePath({ id: vm.appliance, virtualDatacenter: vm.virtualDatacenter }),
      entityEnterprise: this.truthful.enterprises.get(vm.enterprise) ?? null,
      user: options.actor ?? this.userOf(vm.enterprise),
      datacenter: vm.datacenter,
    })
  }

  /** Sends what the monitoring sees after a change of state. */
  protected tellState(vm: VirtualMachine, options: ChangeOptions): void {
    this.tellVm(vm, 'VSM_CHANGE_STATE', options, { user: null })
  }
}
