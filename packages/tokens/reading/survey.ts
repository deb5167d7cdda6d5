import { setMaxListeners } from 'node:events'
import {
  ApiError,
  type Clock,
  type Enterprise,
  enterprisePath,
  type Inventory,
  messageOf,
  saysForbidden,
  saysGone,
  type Verdict,
} from '@novnc-tokens/api'
import type { Announced, Book, Change, Row, VmId } from '../book/book.ts'
import type { LeftOut } from '../book/selection.ts'
import type { Tick, Ticks } from '../book/tick.ts'
import type { TakeNote } from '../keeper/note.ts'
import type { Coverage } from './coverage.ts'
import { inTurn } from './in-turn.ts'
import { LastLists } from './last-lists.ts'
import { sample } from './sample.ts'
import type { Sightings } from './sightings.ts'

/** Settings of a {@link Survey}. */
export interface SurveyOptions {
  inventory: Inventory
  book: Pick<Book, 'found' | 'gone' | 'absent' | 'enterprises'>
  coverage: Coverage
  /** Its selection tells which enterprises are listed. */
  sightings: Sightings
  ticks: Ticks
  /** Enterprises to list at once. */
  concurrency: number
  clock: Clock
  random: () => number
  announced: Announced
  note: TakeNote
  /** Takes the changes of the book as they are found. */
  onChanges: (changes: readonly Change[]) => void
  /** Whether only addresses are wanted, for a book that keeps nothing else. @default false */
  addressesOnly?: boolean
  /** Called after each page, with the number of its VMs. */
  onPage?: (vms: number) => void
  /** Called when the list of an enterprise has ended. */
  onListed?: (enterprise: string, result: EnterpriseResult) => void
}

/** How the list of one enterprise ended. */
export interface EnterpriseResult extends Verdict {
  /** Tick of its first request; null where none was sent. */
  readonly began: Tick | null
  readonly durationMs: number
  readonly retryAfterMs: number | null
}

/** How a list of everything ended. */
export interface SurveyResult extends EnterpriseResult {
  /** What made it incomplete, where that was one request. */
  readonly error: ApiError | null
  readonly enterprises: number
  /** Enterprises whose list failed. */
  readonly failed: readonly string[]
}

/** Up to so many VMs that a list lacks are all asked for; of more, so many at random. */
const askAll = 50
const askSome = 20

interface Began {
  /** When its first request was sent: waiting for a log-in is no part of a list. */
  at: number
  tick: Tick | null
  last: Tick
}

/**
 * Lists the platform into the book. Additions apply page by page; a VM that a complete list lacks leaves the book only
 * when its own URI, asked then, says that it is gone or has no address.
 */
export class Survey {
  /** What the last complete lists showed. */
  readonly lists = new LastLists()
  readonly #options: SurveyOptions
  readonly #enterprises = new Map<string, Enterprise>()
  /** Enterprises that asked not to be asked again before a time. */
  readonly #notBefore = new Map<string, number>()
  /** Enterprises that are chosen by name, and that the platform does not have. */
  readonly #unknown = new Set<string>()

  constructor(options: SurveyOptions) {
    this.#options = options
  }

  /** Enterprises that are chosen by name, and that the platform does not have. */
  get unknownEnterprises(): readonly string[] {
    return [...this.#unknown]
  }

  /** Lists every enterprise that is chosen. */
  async all(signal: AbortSignal): Promise<SurveyResult> {
    // Each request listens to it: on Node more than ten look like a leak.
    setMaxListeners(0, signal)
    const { clock, coverage, inventory, concurrency, sightings } = this.#options
    const began = this.#begin()
    const failed: string[] = []
    try {
      const all = await inventory.enterprises({ signal, onIssue: () => this.#issue(began) })
      const { enterprises, ...verdict } = all
      const chosen = enterprises.filter(({ id }) => sightings.selection.hasEnterprise(id))
      const ids = chosen.map(({ id }) => id)
      for (const enterprise of chosen) {
        this.#enterprises.set(enterprise.id, enterprise)
        this.#unknown.delete(enterprise.id)
      }
      coverage.enterprisesListed(began.at, ids, verdict)
      const listed = new Set(ids)
      const missing = verdict.complete ? this.#known().filter((id) => !listed.has(id)) : []
      let retryAfterMs: number | null = null
      let error: ApiError | null = null
      await inTurn([...ids, ...missing], concurrency, signal, async (id) => {
        const result = listed.has(id) ? await this.#list(id, signal) : await this.#missing(id, signal)
        if (result.complete) return
        failed.push(id)
        error ??= result.error
        retryAfterMs = maxOf(retryAfterMs, result.retryAfterMs)
      })
      const complete = verdict.complete && failed.length === 0 && (await this.#removeStray(began, signal))
      const why = complete ? null : coverage.why()
      const { tick } = began
      const durationMs = clock.now() - began.at
      return { complete, why, error, began: tick, durationMs, retryAfterMs, enterprises: ids.length, failed }
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      const why = `Cannot list enterprises: ${messageOf(error)}`
      coverage.failed(why)
      const { tick } = began
      const { retryAfterMs } = error
      const durationMs = clock.now() - began.at
      return { complete: false, why, error, began: tick, durationMs, retryAfterMs, enterprises: 0, failed }
    }
  }

  /** Asks again at once where an answer said to wait: what made it say so may be mended. */
  retryNow(): void {
    this.#notBefore.clear()
  }

  /** Lists one enterprise. */
  async enterprise(id: string, signal: AbortSignal): Promise<EnterpriseResult> {
    return await this.#list(id, signal)
  }

  async #list(id: string, signal: AbortSignal): Promise<EnterpriseResult & { error: ApiError | null }> {
    const began = this.#begin()
    const wait = (this.#notBefore.get(id) ?? began.at) - began.at
    if (wait > 0) return { ...this.#stillWaiting(id, wait), error: null }
    let verdict: Verdict
    let error: ApiError | null = null
    try {
      verdict = await this.#pages(id, began, signal)
      if (verdict.complete && began.tick !== null) verdict = await this.#removeAbsent(id, began.tick, signal)
      this.#options.coverage.listed(id, began.at, verdict)
    } catch (thrown) {
      if (!(thrown instanceof ApiError)) throw thrown
      error = thrown
      verdict = await this.#failed(id, thrown, began, signal)
    }
    const durationMs = this.#options.clock.now() - began.at
    const retryAfterMs = error?.retryAfterMs ?? null
    if (retryAfterMs !== null) this.#notBefore.set(id, this.#options.clock.now() + retryAfterMs)
    const result = { ...verdict, began: began.tick, durationMs, retryAfterMs }
    this.#options.onListed?.(id, result)
    return { ...result, error }
  }

  #stillWaiting(id: string, wait: number): EnterpriseResult {
    const why = `enterprise ${id} asked not to be asked again for ${Math.ceil(wait / 1000)} s`
    const result = { complete: false, why, began: null, durationMs: 0, retryAfterMs: wait }
    this.#options.onListed?.(id, result)
    return result
  }

  async #pages(id: string, began: Began, signal: AbortSignal): Promise<Verdict> {
    const { book, inventory, sightings, addressesOnly = false, announced, onChanges, onPage } = this.#options
    const leftOut = new Map<VmId, LeftOut>()
    let size = 0
    const enterprise = this.#enterprises.get(id) ?? {
      id,
      name: null,
      virtualMachines: `${enterprisePath(id)}/action/virtualmachines`,
    }
    const pages = inventory.virtualMachinesOf(enterprise, {
      signal,
      onIssue: () => this.#issue(began),
      addressesOnly: addressesOnly && !sightings.selection.byDatacenter,
    })
    for (;;) {
      const { done, value } = await pages.next()
      if (done) {
        if (value.complete) this.lists.ended(id, size, leftOut.values())
        return value
      }
      size += value.length
      const changes: Change[] = []
      for (const vm of value) {
        const sighting = sightings.of(vm, id)
        if (sighting.leftOut && sighting.address !== null) leftOut.set(vm.id, sighting.leftOut)
        changes.push(...book.found(sighting, began.last, announced))
      }
      if (changes.length > 0) onChanges(changes)
      onPage?.(value.length)
    }
  }

  /** VMs whose enterprise nothing told, which no list has shown: they are asked for once all lists are complete. */
  async #removeStray(began: Began, signal: AbortSignal): Promise<boolean> {
    if (began.tick === null) return true
    const { complete, why } = await this.#removeAbsent(null, began.tick, signal)
    if (!complete) this.#options.coverage.failed(`VMs without a known enterprise: ${why}`)
    return complete
  }

  /** A complete list lacks some VMs: those that say so themselves leave the book. */
  async #removeAbsent(id: string | null, began: Tick, signal: AbortSignal): Promise<Verdict> {
    const absent = this.#options.book.absent(id, began)
    const served = absent.filter((row) => row.token !== null)
    // A VM without a token has nothing to lose.
    for (const row of absent) if (row.token === null) this.#remove(row, began)
    const all = served.length <= askAll
    const asked = all ? served : sample(served, askSome, this.#options.random)
    let alive = 0
    let unclear: string | null = null
    await inTurn(asked, this.#options.concurrency, signal, async (row) => {
      const answer = await this.#ask(row, signal)
      if (answer.kind === 'alive') alive++
      if (answer.kind === 'unclear') unclear = answer.why
    })
    if (unclear !== null) return { complete: false, why: `VMs that it lacks cannot be asked for: ${unclear}` }
    if (all) return { complete: true, why: null }
    if (alive > 0) {
      return {
        complete: false,
        why: `it lacks ${served.length} VMs, and ${alive} of ${asked.length} asked are still there`,
      }
    }
    for (const row of served) this.#remove(row, began)
    return { complete: true, why: null }
  }

  /** Asks for one VM that a list lacks, and tells the book what it answers. */
  async #ask(row: Row, signal: AbortSignal): Promise<{ kind: 'alive' | 'gone' } | { kind: 'unclear'; why: string }> {
    const { book, inventory, sightings, announced, onChanges } = this.#options
    const issued = this.#begin()
    try {
      const vm = await inventory.virtualMachine(row.path, { signal, lane: 'list', onIssue: () => this.#issue(issued) })
      if (vm.id !== row.id) return { kind: 'unclear', why: `"${row.path}" answers with another VM` }
      const sighting = sightings.of(vm, row.enterprise)
      onChanges(book.found(sighting, issued.last, announced))
      return { kind: sighting.address === null || sighting.leftOut ? 'gone' : 'alive' }
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      if (!saysGone(error)) return { kind: 'unclear', why: messageOf(error) }
      this.#remove(row, issued.last)
      return { kind: 'gone' }
    }
  }

  #remove(row: Row, asOf: Tick): void {
    const { book, sightings, announced, onChanges } = this.#options
    const changes = book.gone(row.id, asOf, announced)
    sightings.forget(row.id)
    if (changes.length > 0) onChanges(changes)
  }

  async #failed(id: string, error: ApiError, began: Began, signal: AbortSignal): Promise<Verdict> {
    return saysGone(error) ? await this.#missing(id, signal) : this.#unlisted(id, error, began)
  }

  /** An enterprise could not be listed: it is excused where it refuses us itself. */
  #unlisted(id: string, error: ApiError, began: Began): Verdict {
    const { clock, coverage, note } = this.#options
    const why = messageOf(error)
    if (!saysForbidden(error)) {
      coverage.listed(id, began.at, { complete: false, why })
      return { complete: false, why }
    }
    if (!coverage.excused().some((excused) => excused.id === id))
      note({ kind: 'enterprise-refused', enterprise: id, why })
    coverage.refused(id, clock.now(), why)
    return { complete: true, why }
  }

  /** The list of enterprises lacks this one, or its VMs cannot be found: it is gone when it says so itself. */
  async #missing(id: string, signal: AbortSignal): Promise<EnterpriseResult & { error: ApiError | null }> {
    const { clock, coverage, inventory } = this.#options
    const began = this.#begin()
    const result = (verdict: Verdict, error: ApiError | null) => {
      const durationMs = clock.now() - began.at
      return { ...verdict, error, began: began.tick, durationMs, retryAfterMs: error?.retryAfterMs ?? null }
    }
    try {
      await inventory.readEnterprise(id, { signal, lane: 'list', onIssue: () => this.#issue(began) })
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      if (!saysGone(error)) return result(this.#unlisted(id, error, began), error)
      this.#gone(id, began.last)
      return result({ complete: true, why: null }, null)
    }
    const verdict = { complete: false, why: 'it exists, but is not listed' }
    coverage.listed(id, began.at, verdict)
    return result(verdict, null)
  }

  /** An enterprise says itself that it is not there. */
  #gone(id: string, asOf: Tick): void {
    const { book, coverage, note, sightings } = this.#options
    const wanted = sightings.selection.enterprises.includes(id)
    const wasThere = this.#enterprises.has(id) || book.enterprises().includes(id)
    for (const row of book.absent(id, asOf)) this.#remove(row, asOf)
    coverage.gone(id)
    this.#enterprises.delete(id)
    this.lists.gone(id)
    if (wasThere || !wanted) note({ kind: 'enterprise-gone', enterprise: id })
    else if (!this.#unknown.has(id)) note({ kind: 'enterprise-unknown', enterprise: id })
    if (wanted) this.#unknown.add(id)
  }

  /** Enterprises that should be listed, as they were, have VMs or are chosen by name. */
  #known(): string[] {
    const { book, coverage, sightings } = this.#options
    return [...new Set([...coverage.ids(), ...book.enterprises(), ...sightings.selection.enterprises])]
  }

  #begin(): Began {
    return { at: this.#options.clock.now(), tick: null, last: 0 }
  }

  #issue(began: Began): void {
    began.last = this.#options.ticks.next()
    if (began.tick !== null) return
    began.tick = began.last
    began.at = this.#options.clock.now()
  }
}

function maxOf(a: number | null, b: number | null): number | null {
  return a === null ? b : b === null ? a : Math.max(a, b)
}
