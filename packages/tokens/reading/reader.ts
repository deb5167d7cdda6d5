import { ApiError, type Inventory, lastSegment, messageOf, saysGone } from '@novnc-tokens/api'
import type { ReadOutcome, ReadWant } from '../agenda/agenda.ts'
import type { Announced, Book, Change, Row, VmId } from '../book/book.ts'
import { isElsewhere } from '../book/selection.ts'
import type { Tick, Ticks } from '../book/tick.ts'
import type { Sightings } from './sightings.ts'

/** Settings of a {@link Reader}. */
export interface ReaderOptions {
  inventory: Inventory
  book: Book
  sightings: Sightings
  ticks: Ticks
  announced: Announced
  onChanges: (changes: readonly Change[]) => void
}

/** What a single read came to. */
export interface ReadResult {
  /** Tick of its last request. */
  readonly issued: Tick
  readonly outcome: ReadOutcome
  /** A VM was not found where that proves nothing: its enterprise is to be listed. */
  readonly lost: boolean
  /** VMs that a machine's list lacks: each is to be read. */
  readonly lacking: readonly Row[]
  /** Why it failed. */
  readonly why: string | null
}

/** Reads single VMs, and the VMs of a machine, into the book. */
export class Reader {
  readonly #options: ReaderOptions

  constructor(options: ReaderOptions) {
    this.#options = options
  }

  /** Reads what is wanted; rejects only where the signal ends it or something unexpected happens. */
  async read(want: Readonly<ReadWant>, signal: AbortSignal): Promise<ReadResult> {
    return want.kind === 'vm' ? await this.#vm(want, signal) : await this.#machine(want, signal)
  }

  async #vm(want: Readonly<ReadWant>, signal: AbortSignal): Promise<ReadResult> {
    const { book } = this.#options
    const known = book.row(want.id)
    const first = await this.#vmAt(want, want.path, signal)
    // It may have moved to another appliance since the event: its newer URI has the last word.
    const newer = book.row(want.id)?.path ?? known?.path
    if (!first.gone || newer === undefined || newer === want.path) return this.#settled(want, first)
    return this.#settled(want, await this.#vmAt(want, newer, signal))
  }

  /** A 404 in Abiquo's own words means gone after an event that may end a VM; elsewhere it may have moved. */
  #settled(want: Readonly<ReadWant>, { gone, ...result }: ReadResult & { gone: boolean }): ReadResult {
    if (!gone) return result
    const told: ReadResult = { ...result, outcome: { kind: 'told', met: !wantsAddress(want) } }
    if (!want.mayBeGone) return { ...told, lost: true }
    const { book, sightings, announced, onChanges } = this.#options
    sightings.forget(want.id)
    onChanges(book.gone(want.id, result.issued, announced))
    return told
  }

  async #vmAt(want: Readonly<ReadWant>, path: string, signal: AbortSignal): Promise<ReadResult & { gone: boolean }> {
    const { book, inventory, sightings, ticks, announced, onChanges } = this.#options
    const before = book.row(want.id)
    let issued = 0
    const onIssue = () => {
      issued = ticks.next()
    }
    const told = (met: boolean, gone: boolean, lost: boolean): ReadResult & { gone: boolean } => ({
      issued,
      outcome: { kind: 'told', met },
      lost,
      lacking: [],
      why: null,
      gone,
    })
    try {
      const vm = await inventory.virtualMachine(path, { signal, onIssue })
      // An answer about another VM than was asked for tells nothing of this one.
      if (vm.id !== want.id) return told(true, false, true)
      const sighting = sightings.of(vm, want.enterprise ?? before?.enterprise)
      onChanges(book.found(sighting, issued, announced))
      // Elsewhere a deploy is waited for too: an answer from before it may be one from before the VM came here.
      const elsewhere = isElsewhere(sighting.leftOut) && (!wantsAddress(want) || sighting.address !== null)
      return told(elsewhere || isMet(want, before, book.row(want.id)), false, false)
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      if (saysGone(error)) return told(true, true, false)
      if (error.code === 'not-found') return told(true, false, true)
      return { ...failed(error, issued), gone: false }
    }
  }

  async #machine(want: Readonly<ReadWant>, signal: AbortSignal): Promise<ReadResult> {
    const { book, inventory, sightings, ticks, onChanges } = this.#options
    let began: Tick | null = null
    let issued = 0
    const onIssue = () => {
      issued = ticks.next()
      began ??= issued
    }
    const seen = new Set<VmId>()
    let changed = false
    let ours = 0
    try {
      const pages = inventory.virtualMachinesOn(want.path, { signal, onIssue })
      for await (const page of pages) {
        for (const vm of page) {
          seen.add(vm.id)
          // The event of the machine announced what becomes of its VMs.
          const sighting = sightings.of(vm, book.row(vm.id)?.enterprise)
          const changes = book.found(sighting, issued, () => true)
          if (!isElsewhere(sighting.leftOut)) ours++
          changed ||= changes.length > 0
          onChanges(changes)
        }
      }
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      if (error.code !== 'not-found') return failed(error, issued)
    }
    const lacking = book.on(want.path).filter((row) => !seen.has(row.id) && row.asOf < (began ?? issued))
    // A machine without VMs of ours has nothing to change.
    const met = changed || lacking.length > 0 || ours === 0
    return { issued: began ?? issued, outcome: { kind: 'told', met }, lost: false, lacking, why: null }
  }
}

/** Whether what is known of a VM now is what the event let expect; `before` is what was known before the read. */
export function isMet(want: Pick<ReadWant, 'expects'>, before: Row | null, now: Row | null): boolean {
  switch (want.expects) {
    case 'address':
      return now?.token != null
    case 'none':
      return now?.token == null
    case 'new address':
      // None is what the undeploy before it led to.
      return now?.token != null && before?.token !== now.token
    case 'change':
      return (
        before === null || before.token !== now?.token || before.machine !== now.machine || before.path !== now.path
      )
    default:
      return true
  }
}

function wantsAddress({ expects }: Pick<ReadWant, 'expects'>): boolean {
  return expects === 'address' || expects === 'new address'
}

function failed(error: ApiError, issued: Tick): ReadResult {
  const outcome = { kind: 'failed', retryAfterMs: error.retryAfterMs } as const
  return { issued, outcome, lost: false, lacking: [], why: messageOf(error) }
}

/** The VM that a path names, as a trigger of a read; null where it names none. */
export function readTriggerOf(path: string, enterprise: string | null) {
  const id = lastSegment(path)
  return id === null ? null : ({ kind: 'vm', id, path, enterprise } as const)
}
