/** States of a virtual machine. */
export type VmState = 'NOT_ALLOCATED' | 'ALLOCATED' | 'CONFIGURED' | 'ON' | 'PAUSED' | 'OFF' | 'LOCKED' | 'UNKNOWN'

/** The port that stands for "remote access is off": ten more than the highest one. */
export const remoteAccessOffPort = 65_545

/** A virtual machine at one moment; a change makes a new row. */
export interface VirtualMachine {
  readonly id: number
  readonly uuid: string
  readonly name: string
  readonly label: string
  readonly enterprise: number
  readonly datacenter: number
  readonly virtualDatacenter: number
  readonly appliance: number
  /** Null while it is not deployed. */
  readonly host: number | null
  readonly state: VmState
  /** `vdrpIP`; null leaves the field out. */
  readonly ip: string | null
  /** `vdrpPort`; a text only where a test wants nonsense there. */
  readonly port: number | string
  readonly remoteAccess: boolean
  /** Grows with each change, so that a late old row never replaces a newer one. */
  readonly revision: number
}

/** A physical machine. */
export interface Host {
  readonly id: number
  readonly name: string
  readonly datacenter: number
  readonly rack: number
  /** Service address: the `vdrpIP` of its virtual machines. */
  readonly ip: string
}

/** A tenant. */
export interface Enterprise {
  readonly id: number
  readonly name: string
}

/** A tenant's share of a datacenter. */
export interface VirtualDatacenter {
  readonly id: number
  readonly name: string
  readonly enterprise: number
  readonly datacenter: number
}

/** A group of virtual machines inside a virtual datacenter. */
export interface Appliance {
  readonly id: number
  readonly name: string
  readonly enterprise: number
  readonly virtualDatacenter: number
}

/** A rack of hosts. */
export interface Rack {
  readonly id: number
  readonly name: string
  readonly datacenter: number
}

/** Who causes an event. */
export interface Actor {
  readonly id: number
  readonly nick: string
  readonly enterprise: Enterprise
}

/** Path of a virtual machine below the API's context path. */
export function vmPath(vm: Pick<VirtualMachine, 'id' | 'virtualDatacenter' | 'appliance'>): string {
  return `${appliancePath({ id: vm.appliance, virtualDatacenter: vm.virtualDatacenter })}/virtualmachines/${vm.id}`
}

/** Path of an appliance below the API's context path. */
export function appliancePath(appliance: Pick<Appliance, 'id' | 'virtualDatacenter'>): string {
  return `/cloud/virtualdatacenters/${appliance.virtualDatacenter}/virtualappliances/${appliance.id}`
}

/** Path of a host below the API's context path. */
export function hostPath(host: Pick<Host, 'id' | 'rack' | 'datacenter'>): string {
  return `/admin/datacenters/${host.datacenter}/racks/${host.rack}/machines/${host.id}`
}
