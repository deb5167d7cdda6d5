import type { VirtualMachine } from '@novnc-tokens/api'
import { type Address, readAddress } from './address.ts'
import type { Sighting, VmId } from './book.ts'
import type { TakeNote } from './note.ts'

/** Beyond this number the shared names are forgotten. */
const mostHosts = 20_000

/** Turns virtual machines into sightings, and knows which of them have an address that is none. */
export class Sightings {
  readonly #note: TakeNote
  readonly #refused = new Map<VmId, string>()
  /** Hosts by their names: many VMs share one, and each answer brings a copy of its own. */
  readonly #hosts = new Map<string, string>()

  constructor(note: TakeNote) {
    this.#note = note
  }

  /** How many VMs have an address that is none. */
  get refused(): number {
    return this.#refused.size
  }

  of(vm: VirtualMachine): Sighting {
    const reading = readAddress(vm.vdrpIp, vm.vdrpPort)
    if (reading.kind !== 'refused') this.#refused.delete(vm.id)
    else if (this.#refused.get(vm.id) !== reading.why) {
      // Said once, not with each list.
      this.#refused.set(vm.id, reading.why)
      this.#note({ kind: 'address-refused', vm: vm.path, why: reading.why })
    }
    const { id, path, enterprise, machine, datacenter } = vm
    const address = reading.kind === 'address' ? this.#shared(reading.address) : null
    return { id, path, enterprise, machine, datacenter, address }
  }

  #shared({ host, port }: Address): Address {
    const known = this.#hosts.get(host)
    if (known !== undefined) return { host: known, port }
    if (this.#hosts.size >= mostHosts) this.#hosts.clear()
    this.#hosts.set(host, host)
    return { host, port }
  }

  /** A VM is gone. */
  forget(id: VmId): void {
    this.#refused.delete(id)
  }
}
