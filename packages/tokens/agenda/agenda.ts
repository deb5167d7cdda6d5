import { backoffDelay } from '@novnc-tokens/api'
import type { VmId } from '../book/book.ts'
import type { Tick } from '../book/tick.ts'
import type { Expectation } from '../events/trigger.ts'
import { DelayedSet } from './delayed-set.ts'
import { type ListJob, ListWants, listCost } from './list-wants.ts'

/** A single read of a VM, or of the VMs of a machine, that is owed. */
export interface ReadWant {
  readonly kind: 'vm' | 'machine'
  /** Id of the VM; path of the machine. */
  readonly id: string
  path: string
  /** The VM's enterprise, where it is known. */
  enterprise: string | null
  /** Newest trigger that asks for it. */
  tick: Tick
  /** What the newest trigger that lets expect anything lets expect, and when that came. */
  expects: Expectation | null
  since: number
  mayBeGone: boolean
  /** When it was last read. */
  startedAt: number
  failures: number
  /** Whether the platform said, at the last failure, how long to wait. */
  told: boolean
}

/** Something to read now. */
export type Job = ListJob | { readonly kind: 'read'; readonly want: Readonly<ReadWant> }

/** A trigger for a single read. */
export interface ReadTrigger {
  readonly kind: 'vm' | 'machine'
  readonly id: VmId
  readonly path: string
  readonly enterprise: string | null
  readonly expects: Expectation | null
  readonly mayBeGone: boolean
}

/** How a single read ended. */
export type ReadOutcome =
  /** It was answered, by what was expected or not. */
  { readonly kind: 'told'; readonly met: boolean } | { readonly kind: 'failed'; readonly retryAfterMs: number | null }

/** Settings of an {@link Agenda}. */
export interface AgendaOptions {
  /** Single reads at once. @default 8 */
  reads?: number
  random?: () => number
  /** How many VMs of an enterprise are known; of all, for null. */
  sizeOf: (enterprise: string | null) => number
}

/** When an answer that differs from what an event lets expect is asked again, in milliseconds after the event. */
const rereadAfterMs = [500, 2000, 8000, 30_000]
/** Where nothing can be read, so many reads that failed before are tried at once. */
const feelers = 2
/** As many reads wait before a list of the enterprise can be cheaper at all. */
const fewestToFold = 50

/**
 * What is to be read, and when: pure, without timers. Triggers for one VM fold into one read; many waiting VMs of one
 * enterprise fold into its list; what was asked for again while it was read is read again.
 */
export class Agenda {
  readonly lists: ListWants
  readonly #options: Required<AgendaOptions>
  readonly #wants = new Map<string, ReadWant>()
  readonly #ready = new Set<ReadWant>()
  /** Those that are due again after a failure. */
  readonly #again = new Set<ReadWant>()
  readonly #delayed = new DelayedSet<ReadWant>()
  readonly #running = new Set<ReadWant>()
  /** How many wants of each enterprise are ready. */
  readonly #waiting = new Map<string | null, number>()
  /** Wants that wait for a list of their enterprise; of everything, for null. */
  readonly #folded = new Map<string | null, Set<ReadWant>>()
  /** How many reads have failed since one was answered. */
  #failures = 0
  /** Whether the last read that was begun had failed before. */
  #retried = false

  constructor(options: AgendaOptions) {
    this.#options = { reads: 8, random: Math.random, ...options }
    this.lists = new ListWants(this.#options.random)
  }

  /** How many single reads are owed. */
  get size(): number {
    return this.#wants.size
  }

  /** Whether this read is owed. */
  owes(read: Pick<ReadTrigger, 'kind' | 'id'>): boolean {
    return this.#wants.has(keyOf(read))
  }

  /** Owes a read, at once. */
  add(trigger: ReadTrigger, tick: Tick, now: number): void {
    const key = keyOf(trigger)
    const { path, expects } = trigger
    const known = this.#wants.get(key)
    if (known === undefined) {
      const want = { ...trigger, tick, since: now, startedAt: now, failures: 0, told: false }
      this.#wants.set(key, want)
      this.#makeReady(want, now)
      return
    }
    Object.assign(known, { path, tick })
    // An event that lets expect nothing takes back nothing of what an earlier one does.
    if (expects !== null) {
      // Deployed anew before its undeploy showed: the address that REST still tells is the old one.
      const again = expects === 'address' && (known.expects === 'none' || known.expects === 'new address')
      Object.assign(known, { expects: again ? 'new address' : expects, since: now })
    }
    known.mayBeGone ||= trigger.mayBeGone
    if (known.enterprise === null && trigger.enterprise !== null) this.#assign(known, trigger.enterprise, now)
    const folded = this.#foldedWith(known)
    if (folded !== undefined) this.#foldInto(folded, known, tick, now)
    // A read that fails keeps its distance: events must not make a storm on a platform that is down.
    else if (known.failures === 0 && this.#delayed.delete(known)) this.#makeReady(known, now)
  }

  /** The next thing to read; null where nothing is due. Single reads go first. */
  next(now: number): Job | null {
    for (const want of this.#delayed.take(now)) this.#makeReady(want, now)
    if (this.#running.size < this.#options.reads) {
      const want = this.#first()
      if (want !== undefined) {
        this.#unready(want)
        this.#running.add(want)
        this.#retried = want.failures > 0
        want.startedAt = now
        return { kind: 'read', want: { ...want } }
      }
    }
    return this.lists.next(now)
  }

  /** A single read has ended; `issued` is the tick of its last request. */
  done(job: { want: Readonly<ReadWant> }, issued: Tick, outcome: ReadOutcome, now: number): void {
    const want = this.#wants.get(keyOf(job.want))
    if (want === undefined || !this.#running.delete(want)) return
    if (outcome.kind === 'failed') {
      this.#failures++
      want.failures++
      want.told = outcome.retryAfterMs !== null
      const delay = backoffDelay(want.failures, { random: this.#options.random })
      this.#delayed.add(want, now + Math.max(delay, outcome.retryAfterMs ?? 0))
      return
    }
    this.#failures = 0
    want.failures = 0
    if (want.tick > issued) this.#makeReady(want, now)
    else this.#judge(want, outcome.met, now)
  }

  /**
   * A list of an enterprise that began at `began` has ended; null for a list of everything. `met` tells of a VM whether
   * it is now as expected, and null where the list did not tell of it.
   */
  listed(enterprise: string | null, began: Tick, met: (want: Readonly<ReadWant>) => boolean | null, now: number): void {
    this.#spareFailing(enterprise, began, met, now)
    const folded = this.#folded.get(enterprise)
    if (folded === undefined) return
    let untold = 0
    for (const want of [...folded]) {
      const as = want.tick > began ? null : met(want)
      // A list that is never complete must not keep single reads from being made: some are made after each one.
      if (as === null && (want.tick > began || ++untold > fewestToFold)) continue
      folded.delete(want)
      if (as === null) this.#makeReady(want, now)
      else this.#judge(want, as, now)
    }
    if (folded.size === 0) this.#folded.delete(enterprise)
    else for (const want of folded) this.#owe(enterprise, want.tick, now)
  }

  /** A list has told of VMs that cannot be read by themselves: no need to try that for ever. */
  #spareFailing(...[enterprise, began, met, now]: Parameters<Agenda['listed']>): void {
    for (const want of this.#wants.values()) {
      if (want.failures === 0 || want.kind !== 'vm' || want.enterprise !== enterprise || want.tick > began) continue
      const waits = this.#again.has(want) || this.#delayed.has(want)
      const as = waits ? met(want) : null
      if (as === null) continue
      if (!this.#delayed.delete(want)) this.#unready(want)
      want.failures = 0
      this.#judge(want, as, now)
    }
  }

  /** Tries at once what failed, since the platform is back; what it told to wait waits on. */
  retryFailed(now: number): void {
    for (const want of this.#wants.values()) {
      if (want.failures > 0 && !want.told && this.#delayed.delete(want)) this.#makeReady(want, now)
    }
    this.lists.retryFailed(now)
  }

  /** When `next` can have something that it has not now. */
  wakeAt(): number {
    const reads = this.#running.size < this.#options.reads && this.#first() !== undefined
    return reads ? Number.NEGATIVE_INFINITY : Math.min(this.#delayed.nextAt, this.lists.wakeAt())
  }

  /**
   * The read to make next: new ones and those that failed take turns. A platform that answers nothing is not asked for
   * all that failed again and again: while that is so, a few feel for it, and what is new has its first try.
   */
  #first(): ReadWant | undefined {
    const [fresh] = this.#ready
    if (this.#again.size === 0 || (fresh !== undefined && this.#retried)) return fresh
    let retries = 0
    for (const { failures } of this.#running) if (failures > 0) retries++
    const [again] = this.#failures < this.#options.reads || retries < feelers ? this.#again : []
    return again ?? fresh
  }

  /** Served, unless the answer differs from what the event lets expect and there is a time left to ask again. */
  #judge(want: ReadWant, met: boolean, now: number): void {
    const after =
      met || want.expects === null ? undefined : rereadAfterMs.find((ms) => want.since + ms > want.startedAt)
    if (after === undefined) this.#wants.delete(keyOf(want))
    else this.#delayed.add(want, Math.max(now, want.since + after))
  }

  #makeReady(want: ReadWant, now: number): void {
    ;(want.failures > 0 ? this.#again : this.#ready).add(want)
    // No list spares the read of a machine.
    if (want.kind !== 'vm') return
    const { enterprise } = want
    const waiting = (this.#waiting.get(enterprise) ?? 0) + 1
    this.#waiting.set(enterprise, waiting)
    if (waiting > fewestToFold && waiting > listCost(this.#options.sizeOf(enterprise))) this.#fold(enterprise, now)
  }

  #unready(want: ReadWant): void {
    this.#ready.delete(want)
    this.#again.delete(want)
    if (want.kind !== 'vm') return
    const waiting = (this.#waiting.get(want.enterprise) ?? 1) - 1
    if (waiting === 0) this.#waiting.delete(want.enterprise)
    else this.#waiting.set(want.enterprise, waiting)
  }

  /** It is known now whose VM it is. */
  #assign(want: ReadWant, enterprise: string, now: number): void {
    const ready = this.#ready.has(want) || this.#again.has(want)
    if (ready) this.#unready(want)
    want.enterprise = enterprise
    if (ready) this.#makeReady(want, now)
  }

  #fold(enterprise: string | null, now: number): void {
    for (const want of [...this.#ready, ...this.#again]) {
      if (want.kind !== 'vm' || want.enterprise !== enterprise) continue
      this.#unready(want)
      this.#foldInto(enterprise, want, want.tick, now)
    }
  }

  #foldInto(enterprise: string | null, want: ReadWant, tick: Tick, now: number): void {
    const folded = this.#folded.get(enterprise) ?? new Set()
    folded.add(want)
    this.#folded.set(enterprise, folded)
    this.#owe(enterprise, tick, now)
  }

  #owe(enterprise: string | null, tick: Tick, now: number): void {
    if (enterprise === null) this.lists.addAll(tick, now)
    else this.lists.addEnterprise(enterprise, tick, now)
  }

  /** The enterprise with whose list a want is folded; undefined where it is not. */
  #foldedWith(want: ReadWant): string | null | undefined {
    for (const enterprise of [want.enterprise, null]) {
      if (this.#folded.get(enterprise)?.has(want)) return enterprise
    }
    return undefined
  }
}

function keyOf({ kind, id }: { kind: string; id: string }): string {
  return `${kind} ${id}`
}
