import type { PlatformEvent } from '@novnc-tokens/api'
import type { Cursor } from './cursor.ts'
import { Horizon, overlapMs } from './horizon.ts'
import { Ledger } from './ledger.ts'
import type { PlatformClock } from './platform-clock.ts'
import { Queue } from './queue.ts'
import type { Update } from './update.ts'
import { weightOf } from './weight.ts'

/** Settings of a {@link Delivery}. */
export interface DeliveryOptions {
  /** How many updates may wait for their consumer. */
  limit: number
  platform: PlatformClock
  /** Whether what is dropped can be told later, by the history. */
  recovers: boolean
  /** Called when updates are dropped that can be told later, since their consumer stands still. */
  onStalled: () => void
  /** Called when that consumer takes updates again. */
  onResumed: () => void
}

/**
 * What happens to an event of the stream: it is told at once; held back until the history has told what came before it;
 * or passed over, since there is no room for it: the history will come to it.
 */
export type LiveMode = 'told' | 'held' | 'passed over'

/** Events that wait for their consumer, or are held back, take no more than so many characters each way. */
const mostWeight = 32 * 2 ** 20
/** So many events are told before old ones are forgotten; more, where more wait. */
const leastForgotten = 256

/** Between the ways of watching and the consumer: tells each event once, and keeps what waits bounded. */
export class Delivery {
  readonly queue: Queue<Update>
  readonly horizon: Horizon
  /** Whether the stream was only silent, so that nothing need be told of its being opened anew. */
  quiet = false
  readonly counts = { events: 0, recovered: 0, gaps: 0 }
  readonly #options: DeliveryOptions
  readonly #ledger = new Ledger()
  #mode: LiveMode = 'told'
  #held: PlatformEvent[] = []
  #heldWeight = 0
  /** How often events that were held back were left to the history. */
  #left = 0
  /** Events told since old ones were forgotten. */
  #told = 0
  #recovering = false
  /** Whether a gap was told that is to be closed. */
  #gaping = false
  /** Events that the history told since then. */
  #recovered = 0
  #state: Update | null = null
  /** The gap that tells what was dropped, until the consumer takes it. */
  #marker: Update | null = null
  /** Events that were dropped, and that the history cannot tell. */
  #lost = 0

  constructor(options: DeliveryOptions) {
    this.#options = options
    this.horizon = new Horizon(options.platform)
    this.queue = new Queue<Update>({
      limit: options.limit,
      heaviest: mostWeight,
      weigh: (update) => (update.kind === 'event' ? weightOf(update.event) : 0),
      onOverflow: (dropped) => this.#overflow(dropped),
      onTaken: (update) => {
        if (update === this.#marker) this.#resume()
      },
    })
  }

  get recovering(): boolean {
    return this.#recovering
  }

  /** Whether updates were dropped and the consumer does not know it yet. */
  get stalled(): boolean {
    return this.#marker !== null
  }

  /** How many different events are remembered, lest they be told twice. */
  get remembered(): number {
    return this.#ledger.size
  }

  /** What happens to events of the stream now. */
  get mode(): LiveMode {
    return this.#mode
  }

  /** Moment of the first event that is held back; null where none is. */
  get firstHeld(): number | null {
    return this.#held[0]?.timestamp ?? null
  }

  /** What is missed is being asked for: from now on the history alone moves the position. */
  recover(): void {
    this.#recovering = true
  }

  /** Nothing is missed any more, or what is missed is told to be lost: live events go to the consumer again. */
  recovered(): void {
    this.#recovering = false
    const { newest } = this.horizon
    if (newest !== null) this.#advance(newest)
    this.live('told')
  }

  /** Tells that nothing is missed any more. */
  caughtUp(): void {
    this.#recovering = false
    // Of a stream that was opened anew without a gap there is nothing to tell.
    if (this.#gaping || this.#recovered > 0 || !this.quiet) {
      this.queue.push({ kind: 'caught-up', recovered: this.#recovered })
    }
    this.#gaping = false
    this.#recovered = 0
  }

  /** Polling has told all that was missed; tells so, where anything was. */
  polled(): void {
    this.#recovering = false
    if (this.#gaping && !this.stalled) this.caughtUp()
  }

  /** Sets what happens to events of the stream from now on. */
  live(mode: LiveMode): void {
    if (this.#marker !== null) return
    this.#mode = mode
    if (mode === 'held') return
    const held = this.#held
    this.#held = []
    this.#heldWeight = 0
    if (mode === 'passed over') {
      if (held.length > 0) this.#left++
      this.#leave(held)
    } else for (const event of held) this.#tell(event, false)
  }

  /** The stream tells an event. */
  arrived(event: PlatformEvent): void {
    // The history is asked by moments, and not for just any: then the stream alone can tell an event.
    const own = event.timestamp === null || event.timestamp < Math.max(this.horizon.floor, this.horizon.from)
    if (this.#mode === 'passed over' && !own) {
      this.horizon.see(event.timestamp)
      return
    }
    if (this.#marker !== null && this.#options.recovers) {
      this.#lost++
      return
    }
    if (!this.#ledger.arrived(event)) return
    this.#note(event)
    if (this.#mode !== 'held' || own) {
      this.#tell(event, false)
      return
    }
    this.#held.push(event)
    this.#heldWeight += weightOf(event)
    if (this.#held.length > this.#options.limit / 2 || this.#heldWeight > mostWeight) this.live('passed over')
  }

  /**
   * The history tells a page of events, the oldest first; tells those that are new, as quickly as the consumer takes
   * them, and before each of them those that are held back and older.
   *
   * @param missedUntil moment before which they are told as recovered
   * @returns whether all of them were told, not only those before others that had to be left to the history meanwhile
   */
  async page(events: readonly PlatformEvent[], missedUntil: number, signal: AbortSignal): Promise<boolean> {
    const isNew = this.#ledger.page()
    const left = this.#left
    for (const event of events) {
      await this.#releaseBefore(event.timestamp ?? 0, signal)
      if (this.#left !== left) return false
      if (!isNew(event)) {
        // Among those of one moment, too: this may be the one that is held back, and the next one missed.
        if (this.firstHeld === event.timestamp) this.#releaseFirst()
        continue
      }
      this.#note(event)
      this.#tell(event, (event.timestamp ?? 0) < missedUntil)
    }
    signal.throwIfAborted()
    return true
  }

  /**
   * Tells the events that are held back, and those that come meanwhile, as quickly as the consumer takes them.
   *
   * @param before moment before which they have to be. @default all of them
   */
  async release(signal: AbortSignal, before = Number.POSITIVE_INFINITY): Promise<void> {
    await this.#releaseBefore(before, signal)
  }

  /** The history has told all up to a moment. */
  reached(moment: number): void {
    if (this.#options.platform.allows(moment)) this.#advance(moment)
  }

  /** Whether the history knows what the stream told up to a moment: false where it has none of that. */
  confirmed(moment: number): boolean | null {
    return this.#ledger.confirmed(moment - overlapMs, moment + 1000)
  }

  /** Tells how the watch stands. */
  state(update: Update): void {
    this.#state = update
    this.queue.push(update)
  }

  /** Tells a gap. */
  gap(why: string, closing: boolean): void {
    this.counts.gaps++
    if (closing) {
      this.#gaping = true
      this.#recovered = 0
    }
    this.queue.push({ kind: 'gap', from: this.horizon.position, why, closing })
  }

  /** What a later watch needs to go on from what the consumer has taken; null where no moment is known. */
  save(): Cursor | null {
    const untold = this.#untold()
    const mark = this.horizon.save(oldestOf(untold))
    return mark === null ? null : { ...mark, told: this.#ledger.save(mark.time - overlapMs, untold) }
  }

  /** Goes on from what another watch saved. */
  restore(saved: Cursor): void {
    this.horizon.restore(saved)
    this.#ledger.restore(saved.told)
  }

  #tell(event: PlatformEvent, recovered: boolean): void {
    this.counts.events++
    if (recovered) {
      this.counts.recovered++
      this.#recovered++
    }
    this.queue.push({ kind: 'event', event, recovered })
  }

  /** Waits until there is room to tell more, and tells the events that are held back from before a moment. */
  async #releaseBefore(moment: number, signal: AbortSignal): Promise<void> {
    for (;;) {
      if (!this.queue.isRoomy) await this.queue.room(signal)
      signal.throwIfAborted()
      const [first] = this.#held
      if (first === undefined || (first.timestamp ?? 0) >= moment) return
      this.#releaseFirst()
    }
  }

  #releaseFirst(): void {
    const first = this.#held.shift()
    if (first === undefined) return
    this.#heldWeight -= weightOf(first)
    this.#tell(first, false)
  }

  #note({ timestamp }: PlatformEvent): void {
    this.#told++
    const moves = this.horizon.see(timestamp)
    if (this.#recovering) return
    const now = this.#options.platform.now()
    if (moves) this.#advance(timestamp)
    // Where all events are ahead of the clock that answers tell, the position goes with that, or it would never move.
    else if (now !== null) this.#advance(now - overlapMs)
  }

  #advance(moment: number): void {
    this.horizon.advance(moment)
    // Looking at all that waits each time would take longer than telling it.
    if (this.#told < Math.max(leastForgotten, this.queue.length + this.#held.length)) return
    this.#told = 0
    const limit = this.horizon.forget(oldestOf(this.#untold()))
    if (limit !== null) this.#ledger.forgetBefore(limit)
  }

  /** Events that are still to be told to the consumer. */
  #untold(): readonly PlatformEvent[] {
    return [...eventsOf(this.queue.waiting()), ...this.#held]
  }

  /** Leaves events that were to be told to the history; returns how many of them it cannot tell. */
  #leave(events: readonly PlatformEvent[]): number {
    let lost = 0
    for (const event of events) {
      this.#ledger.dropped(event)
      if (event.timestamp === null || event.timestamp < this.horizon.floor) lost++
      // Events need not come in order: what is missed begins with the oldest of them.
      else this.horizon.miss(event.timestamp)
    }
    return lost
  }

  /** Too much waits: all of it is dropped, and the history asked for it once the consumer takes updates again. */
  #overflow(dropped: readonly Update[]): readonly Update[] {
    const { recovers } = this.#options
    const events = [...eventsOf(dropped), ...this.#held]
    const open = lasting(dropped.filter((update) => update !== this.#marker))
    this.#held = []
    this.#heldWeight = 0
    const lost = this.#leave(events)
    this.#lost += recovers ? lost : events.length
    this.counts.gaps++
    this.#gaping = recovers
    this.#recovered = 0
    const why = tooSlow(recovers ? events.length : this.#lost)
    this.#marker = { kind: 'gap', from: this.horizon.position, why, closing: recovers }
    if (recovers) {
      this.#mode = 'passed over'
      this.#options.onStalled()
    }
    return [...open, this.#marker, ...(this.#state === null ? [] : [this.#state])]
  }

  #resume(): void {
    const lost = this.#lost
    this.#marker = null
    this.#lost = 0
    if (!this.#options.recovers) return
    if (lost > 0) this.gap(tooSlow(lost, ' that the history cannot tell'), false)
    this.#options.onResumed()
  }
}

function tooSlow(count: number, which = ''): string {
  return `The consumer was too slow: ${count} events were dropped${which}`
}

/** The gap that stays open among updates: one stands for all, from the earliest on. */
function lasting(updates: readonly Update[]): readonly Update[] {
  const gaps = updates.flatMap((update) => (update.kind === 'gap' && !update.closing ? [update] : []))
  const froms = gaps.flatMap(({ from }) => from ?? [])
  const from = froms.length < gaps.length ? null : Math.min(...froms)
  return gaps.slice(-1).map((gap) => ({ ...gap, from }))
}

function eventsOf(updates: readonly Update[]): readonly PlatformEvent[] {
  return updates.flatMap((update) => (update.kind === 'event' ? [update.event] : []))
}

/** Moment of the oldest event; Infinity where none has one. */
function oldestOf(events: readonly PlatformEvent[]): number {
  return events.reduce((least, { timestamp }) => Math.min(least, timestamp ?? least), Number.POSITIVE_INFINITY)
}
