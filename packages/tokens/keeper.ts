import { type Clock, type Inventory, type LoginStatus, messageOf } from '@novnc-tokens/api'
import type { Update, Watch } from '@novnc-tokens/stream'
import { Agenda, type Job, type ReadTrigger, type ReadWant } from './agenda.ts'
import { Announcements } from './announcements.ts'
import { Book, type Change, type Row } from './book.ts'
import { Coverage } from './coverage.ts'
import type { TakeNote } from './note.ts'
import type { Runner } from './outputs/runner.ts'
import { isMet, Reader, readTriggerOf } from './reader.ts'
import { Sight } from './sight.ts'
import { Sightings } from './sightings.ts'
import type { KeeperStatus } from './status.ts'
import { type EnterpriseResult, Survey } from './survey.ts'
import { type Tick, Ticks } from './tick.ts'
import { type Trigger, triggerOf } from './trigger.ts'
import { Wake } from './wake.ts'

/** Settings of a {@link Keeper}. */
export interface KeeperOptions {
  inventory: Inventory
  /** Null: nothing watches, and lists alone keep the outputs true. */
  watch: Watch | null
  outputs: readonly Runner[]
  /** Milliseconds between lists of everything. */
  resyncMs: number
  /** Enterprises to list at once, and single reads at once. */
  listConcurrency: number
  readConcurrency: number
  login: () => LoginStatus
  clock: Clock
  random: () => number
  note: TakeNote
  /** Called after each page of a list, with the number of its VMs. */
  onPage?: (vms: number) => void
}

/** While nothing can be watched, lists come at least this often. */
const unwatchedMs = 60_000
/** The first list waits so long for the watch to open, so that it need not be repeated once it does. */
const firstListMs = 2000
/** The loop turns at least this often, so that a health check can tell that it does. */
const longestSleepMs = 5000
/** Up to so many enterprises that fail are listed again one by one; when more do, the platform itself is ill. */
const fewFailed = 3

/**
 * Keeps the outputs true: watches first, then lists, and acts on events at once, also during a list. An event is a
 * trigger, never the truth; lists make events unnecessary for correctness.
 */
export class Keeper {
  readonly #options: KeeperOptions
  readonly #book = new Book()
  readonly #coverage = new Coverage()
  readonly #announcements = new Announcements()
  readonly #sight = new Sight()
  readonly #ticks = new Ticks()
  readonly #wake = new Wake()
  readonly #agenda: Agenda
  readonly #survey: Survey
  readonly #reader: Reader
  readonly #sightings: Sightings
  readonly #running = new Map<Promise<void>, Tick>()
  readonly #counts = { reads: 0, failedReads: 0, triggers: 0 }
  readonly #lists = { complete: 0, incomplete: 0 }
  #lastList: { endedAt: number; durationMs: number } | null = null
  #listing = false
  #watchOpen = false
  /** Since when the watch has been open without a gap. */
  #seenSince = Number.POSITIVE_INFINITY
  #lastListBegan = Number.NEGATIVE_INFINITY
  #turnedAt: number
  #readNoteAt = Number.NEGATIVE_INFINITY

  constructor(options: KeeperOptions) {
    this.#options = options
    const { inventory, clock, random, note, listConcurrency, readConcurrency } = options
    this.#turnedAt = clock.wall()
    this.#sightings = new Sightings(note)
    const announced = (id: string) => this.#announcements.covers(id, clock.now())
    const shared = { inventory, book: this.#book, sightings: this.#sightings, ticks: this.#ticks, announced }
    this.#reader = new Reader({ ...shared, onChanges: (changes) => this.#push(changes) })
    this.#survey = new Survey({
      ...shared,
      coverage: this.#coverage,
      concurrency: listConcurrency,
      clock,
      random,
      note,
      onChanges: (changes) => {
        this.#sight.found(changes)
        this.#push(changes)
      },
      ...(options.onPage === undefined ? {} : { onPage: options.onPage }),
      onListed: (id, result) => this.#enterpriseListed(id, result),
    })
    this.#agenda = new Agenda({
      reads: readConcurrency,
      random,
      sizeOf: (enterprise) => (enterprise === null ? this.#book.size : this.#book.sizeOf(enterprise)),
    })
  }

  /** Keeps the outputs true until the signal; resolves when nothing is left open. */
  async run(signal: AbortSignal): Promise<void> {
    const { outputs, watch, clock } = this.#options
    await Promise.all(outputs.map((output) => output.load()))
    const runners = outputs.map((output) => output.run(signal))
    const watching = watch === null ? null : this.#follow(watch, signal)
    this.#agenda.lists.periodicAt = clock.now() + (watch === null ? 0 : firstListMs)
    while (!signal.aborted) {
      this.#turn(signal)
      const wakeAt = Math.min(this.#agenda.wakeAt(), this.#sight.judgeAt)
      await this.#wake.wait(clock, Math.min(wakeAt - clock.now(), longestSleepMs), signal)
    }
    await Promise.all([...this.#running.keys(), ...runners, watching])
  }

  /** Lists everything as soon as it may be, whatever failed before. */
  listNow(): void {
    this.#agenda.lists.retryNow()
    this.#listAll()
  }

  /** Somebody changed an output: only a full list tells what is right. */
  outputChanged(): void {
    this.#listAll()
  }

  /** A person agreed to what the guards hold. */
  release(): void {
    for (const output of this.#options.outputs) output.release()
  }

  status(): KeeperStatus {
    const { clock, login, outputs, watch } = this.#options
    const oldest = this.#coverage.agreedSince()
    return {
      turnedAt: this.#turnedAt,
      login: login(),
      vms: this.#book.size,
      tokens: this.#book.tokens,
      refusedAddresses: this.#sightings.refused,
      owed: this.#agenda.size,
      ...this.#counts,
      list: {
        completeSince: Number.isFinite(oldest) ? clock.wall() - (clock.now() - oldest) : null,
        endedAt: this.#lastList?.endedAt ?? null,
        durationMs: this.#lastList?.durationMs ?? null,
        running: this.#listing,
        ...this.#lists,
        why: this.#coverage.why(),
        expectedEveryMs: this.#resyncMs(),
      },
      watch: watch?.status() ?? null,
      sight: this.#sight.status(),
      enterprises: this.#coverage.ids().length,
      refusedEnterprises: this.#coverage.excused(),
      outputs: outputs.map((output) => output.status()),
    }
  }

  #turn(signal: AbortSignal): void {
    const now = this.#options.clock.now()
    this.#turnedAt = this.#options.clock.wall()
    this.#judgeSight(now)
    for (let job = this.#agenda.next(now); job !== null; job = this.#agenda.next(now)) this.#start(job, signal)
  }

  #start(job: Job, signal: AbortSignal): void {
    const running = this.#do(job, signal)
      .catch((error: unknown) => {
        if (!signal.aborted) this.#defect(job, error)
      })
      .finally(() => {
        this.#running.delete(running)
        this.#wake.up()
      })
    this.#running.set(running, this.#ticks.next())
  }

  async #do(job: Job, signal: AbortSignal): Promise<void> {
    if (job.kind === 'read') await this.#read(job, signal)
    else if (job.kind === 'all') await this.#list(signal)
    else {
      await this.#survey.enterprise(job.id, signal)
      this.#reconcile(false)
    }
  }

  /** A job ended as none should: it counts as failed and is tried again, since consoles matter more than a clean end. */
  #defect(job: Job, error: unknown): void {
    const now = this.#options.clock.now()
    const what =
      job.kind === 'read' ? job.want.path : job.kind === 'all' ? 'the list of everything' : `the list of ${job.id}`
    this.#options.note({ kind: 'defect', what, error: error instanceof Error ? error : new Error(String(error)) })
    const outcome = { began: null, durationMs: 0, complete: false, retryAfterMs: null }
    if (job.kind === 'read') this.#agenda.done(job, 0, { kind: 'failed', retryAfterMs: null }, now)
    else if (job.kind === 'enterprise') this.#agenda.lists.enterpriseDone(job.id, outcome, now)
    else {
      this.#listing = false
      this.#agenda.lists.allDone(outcome, now)
    }
  }

  async #read(job: Extract<Job, { kind: 'read' }>, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options
    const { want } = job
    this.#counts.reads++
    const { issued, outcome, lost, lacking, why } = await this.#reader.read(want, signal)
    const now = clock.now()
    this.#agenda.done(job, issued, outcome, now)
    if (outcome.kind === 'failed') this.#readFailed(want.path, why ?? '', now)
    else if (want.kind === 'vm' && !lost) this.#announcements.served(want.id, issued, now)
    if (lost) this.#listEnterprise(want.enterprise ?? this.#book.row(want.id)?.enterprise ?? null)
    this.#readRows(lacking, false)
  }

  async #list(signal: AbortSignal): Promise<void> {
    const { clock, note, resyncMs, watch } = this.#options
    this.#listing = true
    const startedAt = clock.now()
    const earlier = this.#lastListBegan
    const result = await this.#survey.all(signal)
    const now = clock.now()
    this.#listing = false
    this.#lastList = { endedAt: clock.wall(), durationMs: result.durationMs }
    // Enterprises that fail by themselves are listed again by themselves.
    const few = result.failed.length > 0 && result.failed.length <= fewFailed && result.enterprises > fewFailed
    for (const id of few ? result.failed : []) this.#agenda.lists.addEnterprise(id, this.#ticks.next(), now)
    const { began, durationMs, retryAfterMs } = result
    this.#agenda.lists.allDone({ began, durationMs, retryAfterMs, complete: result.complete || few }, now)
    this.#serve(null, result, now)
    if (result.complete && began !== null) this.#allListed(began, now)
    this.#reconcile(result.complete)
    const unannouncedBefore = this.#sight.status().unannounced
    const counts = result.complete && watch !== null && this.#seenSince <= earlier
    this.#sight.listed(now, counts)
    this.#lists[result.complete ? 'complete' : 'incomplete']++
    if (result.complete) {
      this.#lastListBegan = startedAt
      const { enterprises } = result
      const { size: vms, tokens } = this.#book
      note({ kind: 'listed', enterprises, vms, tokens, unannounced: unannouncedBefore, durationMs })
    } else {
      const retryInMs = this.#agenda.lists.allDueIn(now)
      note({ kind: 'list-incomplete', why: result.why ?? 'unknown', retryInMs })
    }
    const every = this.#watchOpen && !this.#sight.status().blind ? resyncMs : this.#resyncMs()
    this.#agenda.lists.periodicAt = now + every * (0.9 + 0.1 * this.#options.random())
  }

  #allListed(began: Tick, now: number): void {
    this.#announcements.prune(began, now)
    this.#book.forget(Math.min(began, ...this.#running.values()))
  }

  #enterpriseListed(id: string, result: EnterpriseResult): void {
    const now = this.#options.clock.now()
    this.#agenda.lists.enterpriseDone(id, result, now)
    this.#serve(id, result, now)
  }

  /** What waited for a list of an enterprise, or of everything (null), has been told; where the list broke, in part. */
  #serve(enterprise: string | null, { began, complete }: EnterpriseResult, now: number): void {
    const asOf = began ?? 0
    const met = (want: Readonly<ReadWant>) => {
      const row = this.#book.row(want.id)
      return complete || (row !== null && row.asOf >= asOf) ? isMet(want, null, row) : null
    }
    this.#agenda.listed(enterprise, asOf, met, now)
  }

  #reconcile(confirms: boolean): void {
    const now = this.#options.clock.now()
    const agreedSince = this.#coverage.agreedSince()
    const provenSince = this.#coverage.provenSince(now)
    for (const output of this.#options.outputs)
      output.reconcile({ want: this.#book, agreedSince, provenSince, confirms })
  }

  #push(changes: readonly Change[]): void {
    if (changes.length > 0) for (const output of this.#options.outputs) output.push(changes)
  }

  async #follow(watch: Watch, signal: AbortSignal): Promise<void> {
    const iterator = watch[Symbol.asyncIterator]()
    const end = () => void iterator.return?.()
    signal.addEventListener('abort', end, { once: true })
    try {
      for (let next = await iterator.next(); !next.done; next = await iterator.next()) {
        this.#take(next.value)
        this.#wake.up()
      }
    } finally {
      signal.removeEventListener('abort', end)
      await iterator.return?.()
    }
  }

  #take(update: Update): void {
    const { clock, note } = this.#options
    const now = clock.now()
    switch (update.kind) {
      case 'open':
        note({ kind: 'watch-open' })
        this.#watchOpen = true
        // What happened before the watch was open is known by a list only; later on, gaps tell what was missed.
        if (this.#seenSince === Number.POSITIVE_INFINITY) this.#listAll()
        this.#seenSince = now
        return
      case 'gap':
        note({ kind: 'gap', why: update.why })
        this.#seenSince = now
        this.#listAll()
        return
      case 'down': {
        note({ kind: 'watch-down', why: messageOf(update.error), retryInMs: Math.max(0, update.retryAt - now) })
        this.#watchOpen = false
        const { lists } = this.#agenda
        const soon = this.#lastList === null ? now : now + Math.min(this.#options.resyncMs, unwatchedMs)
        lists.periodicAt = Math.min(lists.periodicAt, soon)
        return
      }
      case 'event': {
        const { event } = update
        const trigger = triggerOf(event)
        note({ kind: 'event', action: event.action, path: event.entityPath })
        if (trigger !== null) this.#trigger(trigger)
      }
    }
  }

  #trigger(trigger: Trigger): void {
    this.#counts.triggers++
    const { scope, expects, mayBeGone } = trigger
    switch (scope.kind) {
      case 'vm': {
        const target = readTriggerOf(scope.path, scope.enterprise)
        if (target === null) return
        const enterprise = target.enterprise ?? this.#book.row(target.id)?.enterprise ?? null
        this.#readOne({ ...target, enterprise, expects, mayBeGone })
        return
      }
      case 'machine': {
        for (const row of this.#book.on(scope.path)) this.#announce(row.id)
        const { path } = scope
        this.#addRead({ kind: 'machine', id: path, path, enterprise: null, expects, mayBeGone })
        return
      }
      case 'under':
        this.#readRows(this.#book.under(scope.path), mayBeGone)
        return
      case 'enterprise':
        if (scope.itself)
          for (const row of this.#book.absent(scope.id, Number.POSITIVE_INFINITY)) this.#announce(row.id)
        else this.#vague()
        this.#listEnterprise(scope.id)
        return
      case 'all':
        this.#vague()
        this.#listAll()
    }
  }

  #readRows(rows: readonly Row[], mayBeGone: boolean): void {
    for (const { id, path, enterprise } of rows) {
      this.#readOne({ kind: 'vm', id, path, enterprise, expects: null, mayBeGone })
    }
  }

  #readOne(trigger: ReadTrigger): void {
    this.#announce(trigger.id)
    this.#addRead(trigger)
  }

  #addRead(trigger: ReadTrigger): void {
    this.#agenda.add(trigger, this.#ticks.next(), this.#options.clock.now())
    this.#wake.up()
  }

  #announce(id: string): void {
    this.#announcements.announce(id, this.#ticks.next())
    this.#sight.announced(id)
  }

  /** An event that names no VM may stand for whatever the next list finds. */
  #vague(): void {
    this.#seenSince = this.#options.clock.now()
  }

  #listEnterprise(id: string | null): void {
    if (id === null) this.#listAll()
    else this.#agenda.lists.addEnterprise(id, this.#ticks.next(), this.#options.clock.now())
    this.#wake.up()
  }

  #listAll(): void {
    this.#agenda.lists.addAll(this.#ticks.next(), this.#options.clock.now())
    this.#wake.up()
  }

  #judgeSight(now: number): void {
    const { note, watch } = this.#options
    const judgement = this.#sight.judge(now)
    if (judgement === null) return
    const { unannounced, hint } = this.#sight.status()
    if (judgement === 'sighted') note({ kind: 'sighted' })
    else {
      note({ kind: 'blind', unannounced, hint: hint ?? '' })
      // It may be the filter that hides what we must see.
      watch?.widen()
    }
  }

  #resyncMs(): number {
    const { resyncMs } = this.#options
    return this.#watchOpen && !this.#sight.status().blind ? resyncMs : Math.min(resyncMs, unwatchedMs)
  }

  #readFailed(what: string, why: string, now: number): void {
    this.#counts.failedReads++
    // A platform that is down fails thousands of reads alike: one of them a second says enough.
    if (now - this.#readNoteAt < 1000) return
    this.#readNoteAt = now
    this.#options.note({ kind: 'read-failed', what, why, retryInMs: 1000 })
  }
}
