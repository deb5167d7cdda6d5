import { type Format, kinds, write } from './representations.ts'
import { type VmContext, vmEntity } from './vm-representation.ts'
import { VmSequence } from './vm-sequence.ts'

/** The written lists of virtual machines, kept in step with what REST shows. */
export class VmLists {
  readonly #context: VmContext
  readonly #sequences = new Map<number, VmSequence>()

  constructor(context: VmContext) {
    this.#context = context
    for (const vm of context.inventory.vms.values()) this.of(vm.enterprise).add(vm.id)
    context.inventory.onVm((before, after) => {
      if (before === undefined && after !== undefined) this.of(after.enterprise).add(after.id)
      else if (before !== undefined && after === undefined) this.of(before.enterprise).delete(before.id)
      else if (after !== undefined) this.of(after.enterprise).touch(after.id)
    })
  }

  /** The virtual machines of an enterprise. */
  of(enterprise: number): VmSequence {
    let sequence = this.#sequences.get(enterprise)
    if (sequence === undefined) {
      sequence = new VmSequence((id, format) => this.write(id, format))
      this.#sequences.set(enterprise, sequence)
    }
    return sequence
  }

  /** Writes every list now, so that the first client waits no longer than the second. */
  render(format: Format): void {
    for (const sequence of this.#sequences.values()) sequence.render(format)
  }

  /** One virtual machine, written from its row. */
  write(id: number, format: Format): string {
    const vm = this.#context.inventory.vms.get(id)
    return vm === undefined ? '' : write(vmEntity(vm, this.#context), kinds.virtualMachine, format)
  }
}
