import type { Clock, Inventory, LoginStatus } from '@novnc-tokens/api'
import type { Watch } from '@novnc-tokens/stream'
import { Agenda, type Job, type ReadWant } from '../agenda/agenda.ts'
import { Book, type Change, type VmId } from '../book/book.ts'
import { Selection } from '../book/selection.ts'
import { type Tick, Ticks } from '../book/tick.ts'
import { Announcements } from '../events/announcements.ts'
import { Contact } from '../events/contact.ts'
import { Dispatcher } from '../events/dispatcher.ts'
import { Follower } from '../events/follower.ts'
import { Sight } from '../events/sight.ts'
import type { Runner } from '../outputs/runner.ts'
import { Coverage } from '../reading/coverage.ts'
import { isMet, Reader } from '../reading/reader.ts'
import { Sightings } from '../reading/sightings.ts'
import { type EnterpriseResult, Survey } from '../reading/survey.ts'
import type { Token } from '../token/token.ts'
import type { TakeNote } from './note.ts'
import type { KeeperStatus } from './status.ts'
import { Wake } from './wake.ts'

/** Settings of a {@link Keeper}. */
export interface KeeperOptions {
  inventory: Inventory
  /** Null: nothing watches, and lists alone keep the outputs true. */
  watch: Watch | null
  outputs: readonly Runner[]
  /** Which VMs get tokens. @default all */
  selection?: Selection
  /** Milliseconds between lists of everything. */
  resyncMs: number
  /** Enterprises to list at once, and single reads at once. */
  listConcurrency: number
  readConcurrency: number
  login: () => LoginStatus
  clock: Clock
  random: () => number
  note: TakeNote
  /** Called once it is known what the outputs have, of those that tell it soon: from then on they are kept. */
  onLoaded?: () => void
  /** Called after each page of a list, with the number of its VMs. */
  onPage?: (vms: number) => void
  /** Called when no single read is owed any more: who waits for one by `awaits` waits in vain. */
  onReadsDone?: () => void
}

/** While nothing can be watched, lists come at least this often. */
const unwatchedMs = 60_000
/** Outputs that are not loaded after so many milliseconds are not waited for. */
const loadWithinMs = 2000
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
  readonly #contact: Contact
  readonly #ticks = new Ticks()
  readonly #wake = new Wake()
  readonly #agenda: Agenda
  readonly #survey: Survey
  readonly #reader: Reader
  readonly #sightings: Sightings
  readonly #running = new Map<Promise<void>, Tick>()
  /** Tokens that only lists took from these VMs: an event that comes late may still announce that. */
  readonly #unheard = new Map<VmId, Token>()
  readonly #dispatcher: Dispatcher
  readonly #follower: Follower
  readonly #counts = { reads: 0, failedReads: 0 }
  readonly #lists = { complete: 0, incomplete: 0 }
  #lastList: { endedAt: number; durationMs: number } | null = null
  #listing = false
  #lastListBegan = Number.NEGATIVE_INFINITY
  /** When the next list is due as long as the watch sees all. */
  #resyncAt = Number.NEGATIVE_INFINITY
  #turnedAt: number
  #readNoteAt = Number.NEGATIVE_INFINITY
  /** Whether the platform is seen, as the outputs were told. */
  #toldSees: boolean | null = null

  constructor(options: KeeperOptions) {
    this.#options = options
    const { inventory, clock, random, note, listConcurrency, readConcurrency, selection = new Selection() } = options
    this.#turnedAt = clock.now()
    this.#contact = new Contact({ watched: options.watch !== null, now: clock.now() })
    this.#sightings = new Sightings(note, selection)
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
        for (const { id, token, address, announced } of changes) {
          if (address === null && !announced) this.#unheard.set(id, token)
        }
        this.#push(changes)
      },
      onPage: (vms) => {
        this.#contact.answered(clock.now())
        options.onPage?.(vms)
      },
      onListed: (id, result) => this.#enterpriseListed(id, result),
    })
    this.#agenda = new Agenda({
      reads: readConcurrency,
      random,
      sizeOf: (enterprise) => this.#sizeOf(enterprise),
    })
    this.#dispatcher = new Dispatcher({
      agenda: this.#agenda,
      announcements: this.#announcements,
      book: this.#book,
      selection,
      sight: this.#sight,
      ticks: this.#ticks,
      clock,
      onWork: () => this.#wake.up(),
    })
    this.#follower = new Follower({
      dispatcher: this.#dispatcher,
      clock,
      note,
      onDown: () => this.#watchDown(),
      onSeen: () => this.#watchSees(),
    })
  }

  /** Keeps the outputs true until the signal; resolves when nothing is left open. */
  async run(signal: AbortSignal): Promise<void> {
    const { outputs, watch, clock } = this.#options
    const runners = outputs.map((output) => output.run(signal))
    await this.#loaded()
    this.#options.onLoaded?.()
    const watching = watch === null ? null : this.#follower.follow(watch, signal)
    this.#agenda.lists.periodicAt = clock.now() + (watch === null ? 0 : firstListMs)
    while (!signal.aborted) {
      this.#turn(signal)
      const wakeAt = Math.min(this.#agenda.wakeAt(), this.#sight.judgeAt, this.#contact.nextAt(clock.now()))
      await this.#wake.wait(clock, Math.min(wakeAt - clock.now(), longestSleepMs), signal)
    }
    await Promise.all([...this.#running.keys(), ...runners, watching])
  }

  /** Resolves once all outputs are loaded; one that hangs, as on a lost network disk, holds up nobody for long. */
  async #loaded(): Promise<void> {
    const { clock, outputs } = this.#options
    const enough = new AbortController()
    const loading = Promise.all(outputs.map((output) => output.load())).then(() => enough.abort())
    await Promise.race([loading, clock.sleep(loadWithinMs, enough.signal).catch(() => undefined)])
  }

  /** Lists everything and compares the outputs as soon as it may be, whatever failed before. */
  listNow(): void {
    for (const output of this.#options.outputs) output.compare()
    this.#agenda.lists.retryNow()
    this.#survey.retryNow()
    this.#dispatcher.listAll()
  }

  /** The platform is back after an outage: what failed need not wait any longer. */
  platformBack(): void {
    this.#agenda.retryFailed(this.#options.clock.now())
    this.#wake.up()
  }

  /** Somebody changed an output: only a full list tells what is right. */
  outputChanged(): void {
    this.#dispatcher.listAll()
  }

  /**
   * Whether an output that lacks a token may have it in a moment: a single read is owed, of whatever VM, or the book has
   * the token already.
   */
  awaits(token: Token): boolean {
    return this.#agenda.size > 0 || this.#book.holds(token)
  }

  /** A person agreed to what the guards hold. */
  release(): void {
    for (const output of this.#options.outputs) output.release()
  }

  status(): KeeperStatus {
    const { clock, login, outputs, watch } = this.#options
    // An enterprise that is new and cannot be listed makes what was complete no older than it is.
    const oldest = Math.max(this.#coverage.agreedSince(), this.#lastListBegan)
    return {
      turnedAt: clock.wall() - (clock.now() - this.#turnedAt),
      login: login(),
      vms: this.#book.size,
      tokens: this.#book.tokens,
      refusedAddresses: this.#sightings.refused,
      leftOut: this.#survey.lists.leftOut(),
      owed: this.#agenda.size,
      ...this.#counts,
      triggers: this.#follower.triggers,
      list: {
        completeSince: Number.isFinite(oldest) ? clock.wall() - (clock.now() - oldest) : null,
        endedAt: this.#lastList === null ? null : clock.wall() - (clock.now() - this.#lastList.endedAt),
        durationMs: this.#lastList?.durationMs ?? null,
        running: this.#listing,
        ...this.#lists,
        why: this.#coverage.why(),
        expectedEveryMs: this.#resyncMs(),
      },
      watch: watch?.status() ?? null,
      gaps: this.#follower.gaps.status(),
      sight: this.#sight.status(),
      enterprises: this.#coverage.ids().length,
      refusedEnterprises: this.#coverage.excused(),
      unknownEnterprises: this.#survey.unknownEnterprises,
      outputs: outputs.map((output) => output.status()),
    }
  }

  /** How many VMs a list of an enterprise, or of everything (null), has: the book lacks those that are left out. */
  #sizeOf(enterprise: string | null): number {
    const { lists } = this.#survey
    if (enterprise === null) return Math.max(this.#book.size, lists.size)
    return Math.max(this.#book.sizeOf(enterprise), lists.sizeOf(enterprise))
  }

  #turn(signal: AbortSignal): void {
    const now = this.#options.clock.now()
    this.#turnedAt = now
    this.#judgeSight(now)
    this.#judgeContact(now)
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
    const startedAt = clock.now()
    this.#counts.reads++
    const { issued, outcome, lost, lacking, why } = await this.#reader.read(want, signal)
    const now = clock.now()
    this.#agenda.done(job, issued, outcome, now)
    this.#asked(startedAt, outcome.kind === 'told', now)
    if (outcome.kind === 'failed') this.#readFailed(want.path, why ?? '', now)
    else if (want.kind === 'vm' && !lost) {
      this.#announcements.served(want.id, issued, now)
      this.#heardOf(want.id)
    }
    if (lost) this.#dispatcher.listEnterprise(want.enterprise ?? this.#book.row(want.id)?.enterprise ?? null)
    this.#dispatcher.readRows(lacking, false)
    this.#tellReadsDone()
  }

  async #list(signal: AbortSignal): Promise<void> {
    const { clock, note, watch } = this.#options
    this.#listing = true
    const startedAt = clock.now()
    const earlier = this.#lastListBegan
    const result = await this.#survey.all(signal)
    const now = clock.now()
    this.#listing = false
    this.#asked(startedAt, result.complete, now)
    this.#lastList = { endedAt: now, durationMs: result.durationMs }
    // Enterprises that fail by themselves are listed again by themselves.
    const few = result.failed.length > 0 && result.failed.length <= fewFailed && result.enterprises > fewFailed
    for (const id of few ? result.failed : []) this.#agenda.lists.addEnterprise(id, this.#ticks.next(), now)
    const { began, durationMs, retryAfterMs } = result
    const complete = result.complete || few
    this.#agenda.lists.allDone({ began, durationMs, retryAfterMs, complete, patchy: few }, now)
    this.#serve(null, result, now)
    this.#announcements.prune(result.complete ? (began ?? 0) : 0, now)
    this.#book.forget(Math.min(...this.#running.values()))
    this.#reconcile(result.complete)
    const unannouncedBefore = this.#sight.status().unannounced
    const counts = result.complete && watch !== null && this.#sawAllSince(earlier)
    this.#sight.listed(now, counts)
    this.#lists[result.complete ? 'complete' : 'incomplete']++
    if (result.complete) {
      this.#lastListBegan = startedAt
      const { enterprises } = result
      const { size: vms, tokens } = this.#book
      if (this.#follower.gaps.listed(startedAt, { now, wall: clock.wall() })) note({ kind: 'gap-made-up' })
      const leftOut = this.#survey.lists.leftOut()
      note({ kind: 'listed', enterprises, vms, tokens, leftOut, unannounced: unannouncedBefore, durationMs })
    } else {
      const retryInMs = this.#agenda.lists.allDueIn(now)
      note({ kind: 'list-incomplete', why: result.why ?? 'unknown', retryInMs })
    }
    // Jittered upwards: what a guard holds passes by a list that begins at least one resync later.
    const jitter = 1 + 0.1 * this.#options.random()
    this.#agenda.lists.periodicAt = clock.now() + this.#resyncMs() * jitter
    this.#resyncAt = clock.now() + this.#options.resyncMs * jitter
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
      if (!complete && (row === null || row.asOf < asOf)) return null
      this.#heardOf(want.id)
      return isMet(want, null, row)
    }
    this.#agenda.listed(enterprise, asOf, met, now)
    this.#tellReadsDone()
  }

  #tellReadsDone(): void {
    if (this.#agenda.size === 0) this.#options.onReadsDone?.()
  }

  #reconcile(confirms: boolean): void {
    const now = this.#options.clock.now()
    const agreedSince = this.#coverage.agreedSince()
    const provenSince = this.#coverage.provenSince(now)
    for (const output of this.#options.outputs)
      output.reconcile({ want: this.#book, agreedSince, provenSince, confirms })
    // What no guard holds is gone already.
    if (this.#options.outputs.every((output) => output.status().held === 0)) this.#unheard.clear()
  }

  /** A VM was read after its event: what a list took from it before is announced too. */
  #heardOf(id: VmId): void {
    const token = this.#unheard.get(id)
    if (token === undefined) return
    this.#unheard.delete(id)
    if (!this.#book.holds(token)) this.#push([{ token, address: null, id, announced: true }])
  }

  #push(changes: readonly Change[]): void {
    if (changes.length > 0) for (const output of this.#options.outputs) output.push(changes)
  }

  /** Nothing is seen from now on: a list comes soon, and at once where there has been none yet. */
  #watchDown(): void {
    const { lists } = this.#agenda
    const now = this.#options.clock.now()
    lists.periodicAt = Math.min(lists.periodicAt, this.#lastList === null ? now : now + this.#resyncMs())
    this.#wake.up()
  }

  /** What was missed has been told: no list is needed for it. */
  #watchSees(): void {
    const { lists } = this.#agenda
    if (!this.#sight.status().blind) lists.periodicAt = Math.max(lists.periodicAt, this.#resyncAt)
    this.#wake.up()
  }

  /** A list or a read has ended. */
  #asked(startedAt: number, answered: boolean, now: number): void {
    if (answered) this.#contact.answered(now)
    else this.#contact.failed(startedAt)
  }

  #judgeContact(now: number): void {
    this.#contact.watch(this.#follower.open, now)
    const sees = this.#contact.sees(now)
    if (sees === this.#toldSees) return
    this.#toldSees = sees
    for (const output of this.#options.outputs) output.sees(sees)
  }

  #judgeSight(now: number): void {
    const { note, watch } = this.#options
    const before = this.#sight.status().unannounced
    const judgement = this.#sight.judge(now)
    const { unannounced, hint } = this.#sight.status()
    if (unannounced > before) note({ kind: 'unannounced', vms: unannounced - before })
    if (judgement === null) return
    if (judgement === 'sighted') note({ kind: 'sighted' })
    else {
      note({ kind: 'blind', unannounced, hint: hint ?? '' })
      // It may be the filter that hides what we must see.
      watch?.widen()
      this.#watchDown()
    }
  }

  /** Whether every change since then had an event that was seen. */
  #sawAllSince(at: number): boolean {
    return this.#follower.open && this.#follower.seenSince <= at && this.#dispatcher.vagueAt <= at
  }

  #resyncMs(): number {
    const { resyncMs } = this.#options
    return this.#follower.open && !this.#sight.status().blind ? resyncMs : Math.min(resyncMs, unwatchedMs)
  }

  #readFailed(what: string, why: string, now: number): void {
    this.#counts.failedReads++
    // A platform that is down fails thousands of reads alike: one of them a second says enough.
    if (now - this.#readNoteAt < 1000) return
    this.#readNoteAt = now
    this.#options.note({ kind: 'read-failed', what, why, retryInMs: 1000 })
  }
}
