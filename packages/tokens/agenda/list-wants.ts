import { Backoff, backoffDelay } from '@novnc-tokens/api'
import type { Tick } from '../book/tick.ts'

/** A list to read now. */
export type ListJob = { readonly kind: 'all' } | { readonly kind: 'enterprise'; readonly id: string }

/** How a list ended. Times are monotonic milliseconds. */
export interface ListOutcome {
  /** Tick of its first request; null where none was sent. */
  readonly began: Tick | null
  readonly durationMs: number
  readonly complete: boolean
  /** Whether single enterprises failed in it, which are listed again by themselves. @default false */
  readonly patchy?: boolean
  readonly retryAfterMs: number | null
}

interface Want {
  tick: Tick
  notBefore: number
}

interface Pace {
  failures: number
  /** Whether the platform said how long to wait. */
  told: boolean
  /** No list before this: ten times the duration of the last one after its end. */
  notBefore: number
}

/** What a list costs, in single reads: a page of 250 VMs costs the platform as much as some ten of them. */
export function listCost(vms: number): number {
  return 10 * Math.ceil((vms + 1) / 250)
}

const paceFactor = 10
const fewestMsBetween = 1000
const longestAfterFailureMs = 30_000
/** When so many enterprises are owed a list of their own, a list of everything is the cheaper one. */
const fewestToFold = 4

/**
 * Which lists are owed: of everything, periodically and on demand, and of single enterprises. Pure, without timers. No
 * list starts sooner after the last one of the same than ten times its duration, so that lists never load the platform
 * by more than a tenth; one that fails backs off.
 */
export class ListWants {
  readonly #random: () => number
  readonly #enterprises = new Map<string, Want>()
  readonly #paces = new Map<string, Pace>()
  readonly #running = new Set<string>()
  readonly #backoff: Backoff
  #all: Want | null = null
  #allNotBefore = Number.NEGATIVE_INFINITY
  #allRunning = false
  /** Whether the last list of everything failed without a word of how long to wait. */
  #allFailed = false
  /** While a list of everything runs in place of those of enterprises: the newest tick of what it spares. */
  #spares: Tick = 0
  #periodicAt = Number.POSITIVE_INFINITY

  constructor(random: () => number) {
    this.#random = random
    this.#backoff = new Backoff({ random })
  }

  /** When the next periodic list of everything is due. */
  get periodicAt(): number {
    return this.#periodicAt
  }

  set periodicAt(at: number) {
    this.#periodicAt = at
  }

  /** Owes a list of everything, as soon as it may start. */
  addAll(tick: Tick, now: number): void {
    this.#all = { tick: Math.max(tick, this.#all?.tick ?? 0), notBefore: now }
  }

  /** Owes a list of one enterprise. */
  addEnterprise(id: string, tick: Tick, now: number): void {
    const before = this.#enterprises.get(id)
    this.#enterprises.set(id, { tick: Math.max(tick, before?.tick ?? 0), notBefore: before?.notBefore ?? now })
  }

  next(now: number): ListJob | null {
    if (!this.#allRunning && now >= this.#allDueAt()) {
      // A list that fails is owed until one succeeds; its tick tells which triggers it serves.
      this.#all ??= { tick: 0, notBefore: now }
      this.#allRunning = true
      this.#periodicAt = Number.POSITIVE_INFINITY
      return { kind: 'all' }
    }
    const due = [...this.#enterprises.keys()].filter((id) => now >= this.#dueAt(id))
    const [id] = due
    if (id === undefined) return null
    if (!this.#allRunning && due.length > fewestToFold && now >= this.#allNotBefore) {
      this.#spares = Math.max(...due.map((each) => this.#enterprises.get(each)?.tick ?? 0))
      this.addAll(this.#spares, now)
      return this.next(now)
    }
    this.#running.add(id)
    return { kind: 'enterprise', id }
  }

  /** The list of one enterprise has ended, be it on its own or within one of everything. */
  enterpriseDone(id: string, outcome: ListOutcome, now: number): void {
    this.#running.delete(id)
    const pace = this.#paces.get(id) ?? { failures: 0, told: false, notBefore: now }
    pace.failures = outcome.complete ? 0 : pace.failures + 1
    pace.told = outcome.retryAfterMs !== null
    pace.notBefore = now + Math.max(paceAfter(outcome), this.#delayAfter(outcome, pace.failures))
    this.#paces.set(id, pace)
    const want = this.#enterprises.get(id)
    if (want && outcome.complete && outcome.began !== null && want.tick < outcome.began) this.#enterprises.delete(id)
  }

  /** The list of everything has ended: complete, or to be repeated as a whole. */
  allDone(outcome: ListOutcome, now: number): void {
    this.#allRunning = false
    this.#spares = 0
    if (outcome.complete) this.#backoff.succeed(now)
    const delay = outcome.complete ? 0 : Math.max(this.#backoff.fail(now), outcome.retryAfterMs ?? 0)
    this.#allNotBefore = now + Math.max(paceAfter(outcome), delay)
    this.#allFailed = !outcome.complete && outcome.retryAfterMs === null
    const served = outcome.complete && outcome.began !== null && (this.#all?.tick ?? 0) < outcome.began
    if (served) this.#all = null
    else this.#all ??= { tick: 0, notBefore: now }
  }

  /** Milliseconds from `now` until a list of everything that is owed may start; null where none is owed. */
  allDueIn(now: number): number | null {
    return this.#all === null ? null : Math.max(0, this.#allDueAt() - now)
  }

  /** Tries at once what waits after a failure: what made it fail may be mended. */
  retryNow(): void {
    this.#backoff.reset()
    this.#allNotBefore = Number.NEGATIVE_INFINITY
    this.#paces.clear()
  }

  /** Tries at once what failed, since the platform is back; what it told to wait waits on. */
  retryFailed(now: number): void {
    if (this.#allFailed) this.#allNotBefore = now
    for (const pace of this.#paces.values()) if (pace.failures > 0 && !pace.told) pace.notBefore = now
  }

  wakeAt(): number {
    let at = this.#allRunning ? Number.POSITIVE_INFINITY : this.#allDueAt()
    for (const id of this.#enterprises.keys()) at = Math.min(at, this.#dueAt(id))
    return at
  }

  #allDueAt(): number {
    return Math.max(this.#allNotBefore, Math.min(this.#all?.notBefore ?? Number.POSITIVE_INFINITY, this.#periodicAt))
  }

  #dueAt(id: string): number {
    const want = this.#enterprises.get(id)
    if (want === undefined || this.#running.has(id) || want.tick <= this.#spares) return Number.POSITIVE_INFINITY
    return Math.max(want.notBefore, this.#paces.get(id)?.notBefore ?? 0)
  }

  #delayAfter({ complete, retryAfterMs }: ListOutcome, failures: number): number {
    return complete ? 0 : Math.max(backoffDelay(failures, { random: this.#random }), retryAfterMs ?? 0)
  }
}

/** One that failed may have taken long by waiting alone: it is tried again as soon as the back-off would at the latest. */
function paceAfter({ durationMs, complete, patchy = false }: ListOutcome): number {
  const pace = Math.max(fewestMsBetween, paceFactor * durationMs)
  return complete && !patchy ? pace : Math.min(pace, longestAfterFailureMs)
}
