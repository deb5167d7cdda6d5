import type { VirtualMachine } from '@novnc-tokens/api'
import type { Sighting, VmId } from '../book/book.ts'
import { Selection } from '../book/selection.ts'
import type { TakeNote } from '../keeper/note.ts'
import { type Address, readAddress } from '../token/address.ts'

/** Beyond this number the shared names are forgotten. */
const mostHosts = 20_000

/** Turns virtual machines into sightings, and knows which of them are chosen, and which have an address that is none. */
export class Sightings {
  /** Which virtual machines are chosen. */
  readonly selection: Selection
  readonly #note: TakeNote
  readonly #refused = new Map<VmId, string>()
  /** Hosts by their names: many VMs share one, and each answer brings a copy of its own. */
  readonly #hosts = new Map<string, string>()

  /** @param selection which virtual machines are chosen; all unless given */
  constructor(note: TakeNote, selection = new Selection()) {
    this.#note = note
    this.selection = selection
  }

  /** How many VMs have an address that is none. */
  get refused(): number {
    return this.#refused.size
  }

  /**
   * What an answer tells of a VM.
   * @param toldBy the enterprise whose list, row or event told of it, for a VM that does not tell its own
   */
  of(vm: VirtualMachine, toldBy: string | null = null): Sighting {
    const { id, path, machine, datacenter } = vm
    const enterprise = vm.enterprise ?? toldBy
    const leftOut = this.selection.leftOut({ enterprise, datacenter })
    const reading = readAddress(vm.vdrpIp, vm.vdrpPort)
    if (reading.kind !== 'refused' || leftOut !== null) this.#refused.delete(vm.id)
    else if (this.#refused.get(vm.id) !== reading.why) {
      // Said once, not with each list.
      this.#refused.set(vm.id, reading.why)
      this.#note({ kind: 'address-refused', vm: vm.path, why: reading.why })
    }
    const address = reading.kind === 'address' ? this.#shared(reading.address) : null
    return { id, path, enterprise, machine, datacenter, address, leftOut }
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
