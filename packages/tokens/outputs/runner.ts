import type { Clock } from '@novnc-tokens/api'
import type { Change } from '../book/book.ts'
import type { TakeNote } from '../keeper/note.ts'
import { Pulse } from '../keeper/pulse.ts'
import { Wake } from '../keeper/wake.ts'
import type { Address } from '../token/address.ts'
import { SortedLines } from '../token/lines.ts'
import type { Token } from '../token/token.ts'
import { Claims } from './claims.ts'
import { Guard, type GuardOptions } from './guard.ts'
import { BlockedError, type Doubt, type Output, OutputError, type OutputRole, type Written } from './output.ts'
import type { OutputStatus } from './output-status.ts'
import { plan, type Want } from './plan.ts'
import { isReadable } from './readers-view.ts'
import { type Batch, Target } from './target.ts'
import { Trouble } from './trouble.ts'

/** Settings of a {@link Runner}. */
export interface RunnerOptions {
  output: Output
  guard: GuardOptions
  clock: Clock
  random: () => number
  note: TakeNote
  /** Called when somebody else changed the output: only a full list then tells what is right. */
  onChangedByOthers: () => void
}

/** What lists prove when an output is compared with the book. */
export interface Proof {
  readonly want: Want
  readonly agreedSince: number
  readonly provenSince: number
  /** Whether the lists confirm that the output is right now. */
  readonly confirms: boolean
}

/** What is told of a failure. */
const failures = { unreadable: 'load-failed', unwritable: 'write-failed', blocked: 'write-blocked' } as const
/** Changes that only lists found are written together; those that an event announced never wait. */
const gatherMs = 250
/** How often we look whether somebody else changed the output. */
const lookEveryMs = 2000
/** After the signal a long write goes on for so long. */
const finishWithinMs = 1000
/** How often a long write tells how far it is. */
const progressEveryMs = 1000
/** Characters of a line that are told where it is malformed. */
const toldOfLine = 60

/** Keeps one output true: gathers changes while it is busy, backs off while it fails, and holds up nobody else. */
export class Runner {
  readonly #options: RunnerOptions
  readonly #guard: Guard
  readonly #trouble: Trouble
  readonly #wake = new Wake()
  readonly #pulse = new Pulse()
  readonly #claims = new Claims()
  #want: Want | null = null
  readonly #target = new Target()
  #mustWrite = false
  /** Whether something was in the way of some tokens in the last write. */
  #blocked = false
  #dueAt = Number.POSITIVE_INFINITY
  #loading: Promise<void> | null = null
  #loadedAt: number | null = null
  #unreadable = false
  #existed = false
  /** Whether what the output has is, byte for byte, what we would write. */
  #exact = false
  /** What the output told of its time, by the wall clock. */
  #modifiedAt: number | null = null
  /** When a complete list last confirmed it, monotonic as all times of ours. */
  #confirmedAt: number | null = null
  #lastWriteAt: number | null = null
  #confirm = false
  /** Whether all that the output has is to be looked at. */
  #verify = false
  /** Tokens whose lines readers could make no sense of. */
  readonly #malformed = new Set<Token>()
  #counts = { writes: 0, changedByOthers: 0 }
  readonly #cut = new AbortController()
  #toldRole: OutputRole | null = null
  #toldUncarried = false

  constructor(options: RunnerOptions) {
    this.#options = options
    this.#guard = new Guard(options.guard)
    this.#trouble = new Trouble(options.random)
    options.output.listen?.(() => this.#heard())
  }

  status(): OutputStatus {
    const { clock, output } = this.#options
    const { name, role, uncarried = 0 } = output
    const { since } = this.#guard
    const moment = (at: number) => clock.wall() - (clock.now() - at)
    return {
      name,
      ...(role === undefined ? {} : { role }),
      loaded: this.#loadedAt !== null,
      existed: this.#existed,
      tokens: this.#tokens,
      uncarried,
      malformed: this.#malformed.size,
      unclaimed: this.#claims.unclaimed,
      pending: this.#target.pending,
      ...this.#counts,
      failures: this.#trouble.failures,
      lastWriteAt: this.#lastWriteAt === null ? null : moment(this.#lastWriteAt),
      modifiedAt: this.#confirmedAt === null ? this.#modifiedAt : moment(this.#confirmedAt),
      held: this.#guard.held.size,
      heldWhy: this.#guard.why,
      heldSince: since === null ? null : moment(since),
      error: this.#trouble.error,
      errorCode: this.#trouble.code,
      retryAt: this.#trouble.error === null ? null : this.#trouble.retryAt,
      overdueMs: this.#pulse.overdueMs(clock.now()),
    }
  }

  /** Takes changes of the book. Removals that no event announced wait for the next proof. */
  push(changes: readonly Change[]): void {
    const { clock } = this.#options
    const heldBefore = this.#guard.held.size
    for (const { token, address, announced } of changes) {
      if (address === null && !announced) continue
      this.#claims.settle(token)
      this.#guard.forget(token)
      if (address === null) {
        this.#claims.remove(token, clock.now())
        this.#malformed.delete(token)
      }
      this.#target.set(token, address)
      this.#schedule(clock.now() + (announced ? 0 : gatherMs))
    }
    this.#tellHeldNoMore(heldBefore)
  }

  /** Compares the output with the book, after lists have ended. */
  reconcile(proof: Proof): void {
    const now = this.#options.clock.now()
    const { want, agreedSince, provenSince, confirms } = proof
    const { unproven, foreign } = this.#claims.sift(want, provenSince)
    for (const token of foreign) this.#target.set(token, null)
    // What the output never had need not be held back from leaving it.
    for (const token of this.#target.unwritten) if (!want.holds(token)) this.#target.set(token, null)
    this.#want = want
    for (const token of this.#malformed) if (!want.holds(token)) this.#malformed.delete(token)
    const heldBefore = this.#guard.held.size
    const ground = { want, unproven, agreedSince, now }
    const { put, drop } = plan(this.#target.lines, ground, this.#guard)
    this.#replace(put, drop)
    const held = this.#guard.held.size
    if (held > 0 && held !== heldBefore) {
      this.#options.note({ kind: 'held', output: this.#options.output.name, tokens: held, why: this.#guard.why ?? '' })
    }
    this.#tellHeldNoMore(heldBefore)
    if (confirms) this.#verify = true
    if (confirms && held === 0) {
      this.#confirm = true
      // What is there cannot be read, or has other lines than tokens, or nothing is there at all: now that everything
      // is known, that is put right even where no token changes.
      const blocked = this.#unreadable && provenSince === Number.NEGATIVE_INFINITY
      if (!this.#exact && !blocked) this.#mustWrite = true
    }
    this.#schedule(now)
  }

  /** Whether the platform is seen: false where this process is blind, null where that is unclear. */
  sees(sees: boolean | null): void {
    this.#options.output.sees?.(sees)
  }

  /** All that the output has is compared, as soon as it may be. */
  compare(): void {
    this.#options.output.mistrust?.()
    this.#wake.up()
  }

  /** A person agreed to what the guard holds. */
  release(): void {
    const tokens = this.#guard.release().filter((token) => !this.#want?.holds(token))
    if (tokens.length === 0) return
    this.#replace(new Map(), new Set(tokens))
    this.#options.note({ kind: 'let-go', output: this.#options.output.name, tokens: tokens.length })
    this.#schedule(this.#options.clock.now())
  }

  /** Loads the output, then writes whatever is due until the signal; a write that has begun is finished, if soon. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options
    const ended = new AbortController()
    const cutSoon = () =>
      void clock.sleep(finishWithinMs, ended.signal).then(
        () => this.#cut.abort(),
        () => undefined,
      )
    if (signal.aborted) cutSoon()
    else signal.addEventListener('abort', cutSoon, { once: true })
    try {
      await this.load()
      while (!signal.aborted) {
        const now = clock.now()
        if (now >= this.#trouble.heldUntil) await this.#turn(now)
        const next = this.#nextTurn()
        this.#pulse.sleeps(next)
        await this.#wake.wait(clock, next - clock.now(), signal)
        this.#pulse.awake()
      }
      // What was received before the end is written, unless the output fails anyway, or takes too long.
      const works = this.#trouble.error === null || this.#trouble.code === 'blocked'
      if (works && this.#loadedAt !== null && this.#target.changed && !this.#cut.signal.aborted)
        await this.#attempt(() => this.#write())
    } finally {
      signal.removeEventListener('abort', cutSoon)
      ended.abort()
    }
  }

  /** Loads the output once, before anything is watched or listed, so that what it has is known at start. */
  load(): Promise<void> {
    this.#loading ??= this.#attempt(() => this.#load())
    return this.#loading
  }

  #nextTurn(): number {
    const now = this.#options.clock.now()
    return Math.max(this.#trouble.heldUntil, Math.min(this.#dueAt, now + lookEveryMs))
  }

  async #turn(now: number): Promise<void> {
    await this.#attempt(async () => {
      if (this.#loadedAt === null) await this.#loadAgain()
      const doubt = this.#loadedAt === null ? null : await this.#options.output.changed()
      if (doubt === 'unsure') this.#mustWrite = true
      else if (doubt !== null) await this.#takeOver(doubt)
      if (doubt !== null) this.#schedule(now)
      if (now < this.#dueAt) return
      this.#dueAt = Number.POSITIVE_INFINITY
      const confirmed = this.#confirm
      if (this.#target.changed || this.#mustWrite || this.#blocked) await this.#write()
      if (confirmed) {
        // After a write, too: what somebody else took away, and the write did not put back, shows then.
        await this.#touch()
        this.#confirm = false
        if (this.#options.output.role !== 'standby') this.#confirmedAt = this.#options.clock.now()
      }
      // What is not written yet comes first: only then can the whole be compared.
      if (this.#verify && this.#loadedAt !== null && !this.#target.changed) await this.#verifyAll(now)
    })
  }

  /** Lists have told what is right: the output has to be just that, as its readers see it. */
  async #verifyAll(now: number): Promise<void> {
    const { note, output } = this.#options
    this.#verify = false
    if (output.verify === undefined) return
    const same = await output.verify(this.#target.lines)
    note({ kind: 'compared', output: output.name, tokens: this.#tokens })
    if (same) return
    await this.#takeOver('others')
    this.#schedule(now)
  }

  /** One line that readers cannot make sense of could harm all others, so it is never written. */
  #leaveOutMalformed(): void {
    const { note, output } = this.#options
    for (const [token, line] of this.#target.sift(isReadable)) {
      if (this.#malformed.has(token)) continue
      this.#malformed.add(token)
      const hostPort = line.slice(token.length).replace(/^: /, '').slice(0, toldOfLine)
      note({ kind: 'malformed-line', output: output.name, hostPort })
    }
  }

  /** The output tells that it is worth a look: what failed may work again, so the wait is over. */
  #heard(): void {
    this.#tellRole()
    this.#trouble.retryNow()
    this.#schedule(this.#options.clock.now())
  }

  #tellRole(): void {
    const { note, output } = this.#options
    const { name, role = null, yielded = false } = output
    if (role !== null && role !== this.#toldRole) note({ kind: 'role', output: name, role, yielded })
    this.#toldRole = role ?? this.#toldRole
  }

  /** Tells readers of its age that the content is right; where that may not be set, writing it again does. */
  async #touch(): Promise<void> {
    try {
      await this.#options.output.confirm()
    } catch {
      this.#mustWrite = true
      await this.#write()
    }
  }

  async #attempt(step: () => Promise<void>): Promise<void> {
    const { clock, note, output } = this.#options
    try {
      await step()
      // What is in the way is so until a write proves otherwise.
      if (!this.#blocked) this.#trouble.succeed(clock.now())
    } catch (error) {
      const { why, code, retryInMs } = this.#trouble.fail(error, clock.now())
      this.#dueAt = Math.min(this.#dueAt, this.#trouble.retryAt)
      note({ kind: failures[code], output: output.name, why, retryInMs })
    }
  }

  async #load(): Promise<void> {
    const { clock, note, output } = this.#options
    try {
      const { lines, refused, exact, existed, modifiedAt } = await output.load()
      this.#existed = existed
      this.#exact = exact
      this.#modifiedAt = modifiedAt
      this.#confirmedAt = null
      this.#loadedAt = clock.now()
      this.#unreadable = false
      note({ kind: 'loaded', output: output.name, tokens: lines.size, refused })
      for (const token of lines.tokens()) this.#claims.found(token, this.#loadedAt, false)
      for (const token of this.#target.load(lines)) this.#claims.settle(token)
      for (const token of this.#claims.removed()) if (this.#claims.settle(token)) this.#target.set(token, null)
    } catch (error) {
      this.#unreadable = error instanceof OutputError && error.code === 'unreadable'
      this.#existed = this.#unreadable
      throw error
    }
  }

  /** What still cannot be read is written over as soon as everything is known; what can be read after all counts. */
  async #loadAgain(): Promise<void> {
    try {
      await this.#load()
    } catch (error) {
      if (!this.#unreadable || !this.#mustWrite) throw error
    }
  }

  /** Somebody else wrote the output: what it has now stays, beside ours, until a full list tells what is right. */
  async #takeOver(doubt: Exclude<Doubt, 'unsure'>): Promise<void> {
    const { clock, note, output, onChangedByOthers } = this.#options
    const foreign = doubt === 'others'
    const { lines, exact } = foreign ? await this.#whatOthersWrote() : await output.load()
    const now = clock.now()
    this.#exact = exact
    if (foreign) {
      this.#counts.changedByOthers++
      note({ kind: 'changed-by-others', output: output.name })
    }
    let kept = 0
    for (const token of lines.tokens()) {
      const line = lines.line(token)
      if (line === null || this.#target.lines.has(token) || this.#claims.wasRemoved(token)) continue
      this.#claims.found(token, now, foreign)
      this.#target.keep(token, line)
      kept++
    }
    this.#target.found(lines)
    if (!exact) this.#mustWrite = true
    if (foreign || kept > 0) onChangedByOthers()
  }

  async #whatOthersWrote(): Promise<{ lines: SortedLines; exact: boolean }> {
    try {
      return await this.#options.output.load()
    } catch (error) {
      // Ours replaces what nobody can read.
      if (error instanceof OutputError && error.code === 'unreadable') return { lines: new SortedLines(), exact: false }
      throw error
    }
  }

  /** Writes what changed. */
  async #write(): Promise<void> {
    const { clock, note, output } = this.#options
    const began = clock.now()
    this.#leaveOutMalformed()
    if (!this.#target.changed && !this.#mustWrite && !this.#blocked) return
    const batch = this.#target.begin()
    const { outcome, done, blocked } = await this.#writeBatch(batch)
    // A leader compares all when it becomes one: nothing is owed to an output that another process writes.
    if (outcome !== 'written') return
    this.#blocked = blocked !== null
    this.#exact = !this.#blocked
    this.#unreadable = false
    this.#loadedAt ??= began
    this.#tellUncarried()
    const { added, removed } = done ?? batch
    if (done === null || added + removed > 0) {
      this.#counts.writes++
      this.#lastWriteAt = clock.now()
      const durationMs = clock.now() - began
      note({ kind: 'written', output: output.name, added, removed, tokens: this.#tokens, durationMs })
    } else note({ kind: 'compared', output: output.name, tokens: this.#tokens })
    if (blocked !== null) throw blocked
  }

  async #writeBatch(batch: Batch): Promise<Written & { readonly blocked: BlockedError | null }> {
    const { clock, note, output } = this.#options
    const changed = this.#mustWrite ? null : new Set(batch.pending.keys())
    this.#mustWrite = false
    let toldAt = clock.now()
    const onProgress = (done: number, total: number) => {
      if (clock.now() - toldAt < progressEveryMs) return
      toldAt = clock.now()
      note({ kind: 'progress', output: output.name, done, total })
    }
    let failed = true
    try {
      const written = await output.write(this.#target.lines, changed, { signal: this.#cut.signal, onProgress })
      failed = written.outcome === 'interrupted'
      return { ...written, blocked: null }
    } catch (error) {
      if (!(error instanceof BlockedError)) throw error
      failed = false
      this.#target.endBut(error.left, batch)
      return { outcome: 'written', done: error.done, blocked: error }
    } finally {
      this.#target.end(batch, failed)
      if (failed) this.#mustWrite = true
    }
  }

  get #tokens(): number {
    return this.#target.lines.size - (this.#options.output.uncarried ?? 0)
  }

  #tellUncarried(): void {
    const { note, output } = this.#options
    const { name, uncarried = 0 } = output
    if (uncarried > 0 && !this.#toldUncarried) note({ kind: 'uncarried', output: name, tokens: uncarried })
    this.#toldUncarried ||= uncarried > 0
  }

  #replace(put: ReadonlyMap<Token, Address>, drop: ReadonlySet<Token>): void {
    this.#target.replace(put, drop)
    for (const token of [...put.keys(), ...drop]) this.#claims.settle(token)
  }

  #tellHeldNoMore(before: number): void {
    if (before === 0 || this.#guard.held.size > 0) return
    this.#options.note({ kind: 'held-no-more', output: this.#options.output.name })
  }

  #schedule(at: number): void {
    this.#dueAt = Math.min(this.#dueAt, at)
    this.#wake.up()
  }
}
