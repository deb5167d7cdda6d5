import type { Clock } from '@novnc-tokens/api'
import type { Agenda, ReadTrigger } from '../agenda/agenda.ts'
import type { Book, Row, VmId } from '../book/book.ts'
import type { Selection } from '../book/selection.ts'
import type { Ticks } from '../book/tick.ts'
import { readTriggerOf } from '../reading/reader.ts'
import type { Announcements } from './announcements.ts'
import type { Sight } from './sight.ts'
import type { Trigger } from './trigger.ts'

/** Settings of a {@link Dispatcher}. */
export interface DispatcherOptions {
  agenda: Agenda
  announcements: Announcements
  book: Book
  /** Which VMs are chosen: what cannot be about one of them is not read. */
  selection: Selection
  sight: Sight
  ticks: Ticks
  clock: Clock
  /** Called when there is something new to do. */
  onWork: () => void
}

/** Puts what a trigger asks for on the agenda, and notes which VMs it announces. */
export class Dispatcher {
  readonly #options: DispatcherOptions
  /** When an event last came that names no VM. */
  #vagueAt = Number.NEGATIVE_INFINITY

  constructor(options: DispatcherOptions) {
    this.#options = options
  }

  /** An event that names no VM may stand for whatever the next list finds: when the last one came, monotonic. */
  get vagueAt(): number {
    return this.#vagueAt
  }

  /** Takes a trigger. */
  trigger({ scope, expects, mayBeGone, datacenter }: Trigger): void {
    const { book, clock, selection } = this.#options
    switch (scope.kind) {
      case 'vm': {
        const target = readTriggerOf(scope.path, scope.enterprise)
        if (target === null) return
        const row = book.row(target.id)
        if (row === null && this.#isElsewhere(target, datacenter)) return
        const enterprise = this.#chosen(target.enterprise) ?? row?.enterprise ?? null
        this.#readVm({ ...target, enterprise, expects, mayBeGone })
        return
      }
      case 'machine': {
        const { path } = scope
        if (!selection.mayAdmit({ enterprise: null, datacenter })) return
        for (const row of book.on(path)) this.#announce(row.id)
        this.#read({ kind: 'machine', id: path, path, enterprise: null, expects, mayBeGone })
        return
      }
      case 'under':
        this.readRows(book.under(scope.path), mayBeGone)
        return
      case 'enterprise':
        if (!selection.hasEnterprise(scope.id)) return
        if (scope.itself) for (const row of book.absent(scope.id, Number.POSITIVE_INFINITY)) this.#announce(row.id)
        else this.#vagueAt = clock.now()
        this.listEnterprise(scope.id)
        return
      case 'all':
        this.#vagueAt = clock.now()
        this.listAll()
    }
  }

  /** Reads VMs that are known, one by one. */
  readRows(rows: readonly Row[], mayBeGone: boolean): void {
    for (const { id, path, enterprise } of rows) {
      this.#readVm({ kind: 'vm', id, path, enterprise, expects: null, mayBeGone })
    }
  }

  /** Lists an enterprise; everything, where it is not known which. */
  listEnterprise(id: string | null): void {
    const { agenda, clock, onWork, ticks } = this.#options
    const chosen = this.#chosen(id)
    if (chosen === null) agenda.lists.addAll(ticks.next(), clock.now())
    else agenda.lists.addEnterprise(chosen, ticks.next(), clock.now())
    onWork()
  }

  /** Lists everything. */
  listAll(): void {
    this.listEnterprise(null)
  }

  /** Whether a VM that is not known is none of ours by what its event tells, so that it need not be read. */
  #isElsewhere(vm: Pick<ReadTrigger, 'kind' | 'id' | 'enterprise'>, datacenter: string | null): boolean {
    const { agenda, book, selection, ticks } = this.#options
    if (selection.mayAdmit({ enterprise: vm.enterprise, datacenter }) || agenda.owes(vm)) return false
    // A list that was begun before may still tell that it was ours.
    book.gone(vm.id, ticks.next(), () => true)
    return true
  }

  /** The enterprise, where it is chosen: of others nothing is listed. */
  #chosen(enterprise: string | null): string | null {
    return enterprise !== null && this.#options.selection.hasEnterprise(enterprise) ? enterprise : null
  }

  #readVm(trigger: ReadTrigger): void {
    this.#announce(trigger.id)
    this.#read(trigger)
  }

  #read(trigger: ReadTrigger): void {
    const { agenda, clock, onWork, ticks } = this.#options
    agenda.add(trigger, ticks.next(), clock.now())
    onWork()
  }

  #announce(id: VmId): void {
    const { announcements, sight, ticks } = this.#options
    announcements.announce(id, ticks.next())
    sight.announced(id)
  }
}
