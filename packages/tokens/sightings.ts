import type { VirtualMachine } from '@novnc-tokens/api'
import { readAddress } from './address.ts'
import type { Sighting, VmId } from './book.ts'
import type { TakeNote } from './note.ts'

/** Turns virtual machines into sightings, and knows which of them have an address that is none. */
export class Sightings {
  readonly #note: TakeNote
  readonly #refused = new Map<VmId, string>()

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
    return { id, path, enterprise, machine, datacenter, address: reading.kind === 'address' ? reading.address : null }
  }

  /** A VM is gone. */
  forget(id: VmId): void {
    this.#refused.delete(id)
  }
}
