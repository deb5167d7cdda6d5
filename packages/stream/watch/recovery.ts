import { ApiError, Backoff, type Clock, type EventHistory, type PlatformEvent } from '@novnc-tokens/api'
import type { Delivery } from './delivery.ts'
import { overlapMs } from './horizon.ts'
import type { PlatformClock } from './platform-clock.ts'

/** Settings of a {@link Recovery}. */
export interface RecoveryOptions {
  history: EventHistory
  delivery: Delivery
  platform: PlatformClock
  /** Whether events are told in the order of their moments, or as soon as they are known. */
  order: 'time' | 'arrival'
  /** So long after a moment the history has its events, in milliseconds. */
  settleMs: number
  matches: (event: PlatformEvent) => boolean
  clock: Clock
  random: () => number
}

/** One reading of the history. */
export interface Pass {
  /** @default what {@link Horizon.from} says: then all that is missed is told, but for late events */
  from?: number
  /** Moment before which events have to be. @default all of them */
  until?: number
  /** Moment before which they are told as recovered. @default all of them are */
  missedUntil?: number
  signal: AbortSignal
}

/** When events of the stream begin to be told or held back; what is missed, or was passed over, happened before. */
interface Beginning {
  /** By our clock's `now`. */
  readonly at: number
  /** By the platform's clock. */
  readonly moment: number
}

/** How far back the platform remembers, in milliseconds: seven days. */
const memoryMs = 7 * 86_400_000
/** A moment so little older is not called forgotten, in milliseconds: clocks differ, and what is asked for takes time. */
const leniencyMs = 600_000
/** No two clocks of one platform differ by more, in milliseconds. */
const mostApartMs = 86_400_000
/** A history that cannot be asked for so long, in milliseconds, leaves its gap open. */
const giveUpMs = 60_000
/** When it is asked all the same, in milliseconds after that, at first and in the end. */
const firstLaterMs = 30_000
const lastLaterMs = 600_000
/** No more events are remembered for that, lest they be told twice: some 40 MB. */
const mostRemembered = 2_000_000
/** Reads of the history keep this distance, in milliseconds, however often the stream is opened anew. */
const distanceMs = 5000
/** A `Date` has whole seconds. */
const secondMs = 1000
/** How far apart clocks and what they tell may be when a verdict on the history is due, in milliseconds. */
const leewayMs = 5000
const forever = Number.POSITIVE_INFINITY

/** Asks the history for what the stream did not tell. One gap at a time: a new one takes the place of the last. */
export class Recovery {
  readonly #options: RecoveryOptions
  #running = new AbortController()
  /** Whether the history had no event at all when it was asked for its newest one. */
  #wasEmpty = false
  #done: Promise<unknown> = Promise.resolve()
  #lastPassAt = Number.NEGATIVE_INFINITY
  /** The failures in a row without any progress between: since when, the last one, and at which position. */
  #failing: { since: number; last: number; position: number | null } | null = null

  constructor(options: RecoveryOptions) {
    this.#options = options
  }

  /** Begins to recover all since the position. The stream is open by now, so that nothing can be missed in between. */
  start(): void {
    const { delivery, order } = this.#options
    this.stop()
    delivery.recover()
    delivery.live(order === 'time' ? 'held' : 'told')
    this.#go((signal) => this.#run(signal))
  }

  /** Finds out the platform's time, where the stream does not tell it. */
  locate(at: number | null): void {
    this.stop()
    const { horizon } = this.#options.delivery
    this.#go((signal) =>
      this.begin(signal).catch(() => {
        // The first event tells it, too.
        if (!signal.aborted && at !== null && horizon.position === null) horizon.begin(at)
      }),
    )
  }

  /** Leaves off; what is missed stays missed until the next start. */
  stop(): void {
    this.#options.delivery.horizon.unconfirmed = null
    this.#running.abort(new Error('The recovery is left off'))
  }

  /** Resolves once nothing of it runs any more. */
  async stopped(): Promise<void> {
    this.stop()
    await this.#done
  }

  /** Asks for the platform's time, and begins there unless it has begun: what happened before is none of its business. */
  async begin(signal: AbortSignal): Promise<void> {
    const { history, delivery, platform } = this.#options
    const { at, newest } = await history.now({ signal })
    signal.throwIfAborted()
    platform.note(at)
    const wasEmpty = this.#wasEmpty
    this.#wasEmpty = newest === null
    if (delivery.horizon.position !== null) return
    // Right behind the newest event, whatever clock the answers tell: a day is more than any two differ.
    const begun = newest === null ? null : wasEmpty ? newest : newest + 1
    const moment = at === null ? begun : Math.max(at - mostApartMs, begun ?? 0)
    if (moment !== null) delivery.horizon.begin(moment)
  }

  /**
   * Tells the events of the history that were not told yet.
   *
   * @returns whether all of them were told, not only those before others that had to be left to the history meanwhile
   */
  async pass({ from, until = forever, missedUntil = forever, signal }: Pass): Promise<boolean> {
    const { history, delivery, platform, matches, clock } = this.#options
    const { horizon } = delivery
    const startedAt = clock.now()
    this.#lastPassAt = startedAt
    /** What happened before the pass began, and so long before, is there. */
    const settled = () => {
      const now = platform.now()
      return (now === null ? (horizon.newest ?? 0) : now - (clock.now() - startedAt)) - overlapMs
    }
    for await (const { events, at } of history.since(from ?? horizon.from, { signal })) {
      signal.throwIfAborted()
      platform.note(at)
      this.#tellForgotten()
      const wanted = events.filter((event) => {
        const { timestamp } = event
        if (timestamp === null || timestamp < horizon.floor || !matches(event)) return false
        // What has a moment in the far future is told when it is seen: its time never comes.
        return timestamp < until || !platform.allows(timestamp)
      })
      if (!(await delivery.page(wanted, missedUntil, signal))) return false
      const { unconfirmed } = horizon
      if (unconfirmed !== null && delivery.confirmed(unconfirmed) !== false) horizon.unconfirmed = null
      const newest = events.at(-1)?.timestamp ?? Number.NEGATIVE_INFINITY
      if (from === undefined) horizon.settle(Math.min(newest - 1, until, settled()))
    }
    signal.throwIfAborted()
    if (from !== undefined) return true
    horizon.settle(Math.min(until, settled()))
    // The history may be late; but not for ever.
    const { unconfirmed } = horizon
    if (unconfirmed !== null && settled() > unconfirmed - leewayMs) throw new UnknownEvents()
    return true
  }

  #go(run: (signal: AbortSignal) => Promise<void>): void {
    this.#running = new AbortController()
    const { signal } = this.#running
    const done = run(signal).catch((error: unknown) => {
      if (!signal.aborted) throw error
    })
    // Without its results, in which those of all earlier ones would live on.
    this.#done = Promise.all([this.#done, done]).then(() => undefined)
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { clock, delivery, platform, random } = this.#options
    const opening = this.#begin()
    const { position, newest } = delivery.horizon
    const opened = platform.now() ?? newest
    if (opened !== null) delivery.horizon.doubt(opened)
    if (position !== null && delivery.confirmed(position) === false) delivery.horizon.unconfirmed = position
    const backoff = new Backoff({ random })
    for (;;) {
      try {
        const seenAt = await this.#closeGap(opening, signal)
        this.#failing = null
        await this.#sweep(seenAt, signal)
        return
      } catch (error) {
        if (signal.aborted) return
        const delay = this.#delayAfter(error, backoff)
        if (delay === null) {
          delivery.gap(`What was missed cannot be recovered: ${reasonOf(error)}`, false)
          delivery.horizon.unconfirmed = null
          await delivery.release(signal)
          if (isFinal(error) || !(await this.#tryLater(signal))) {
            this.#giveUp()
            delivery.recovered()
          }
          return
        }
        await clock.sleep(delay, signal)
      }
    }
  }

  /** The consumer goes on with what the stream tells; what was missed may follow later. Whether it did. */
  async #tryLater(signal: AbortSignal): Promise<boolean> {
    const { clock, delivery } = this.#options
    delivery.live('told')
    for (let wait = firstLaterMs; delivery.remembered < mostRemembered; wait = Math.min(2 * wait, lastLaterMs)) {
      await clock.sleep(wait, signal)
      try {
        await this.pass({ signal })
        delivery.recovered()
        delivery.caughtUp()
        await this.#sweep(clock.now(), signal)
        return true
      } catch (error) {
        if (signal.aborted) throw error
        if (isFinal(error)) return false
      }
    }
    return false
  }

  /** Tells all that was missed; returns since when live events are told or held back, by our clock. */
  async #closeGap(opening: Beginning, signal: AbortSignal): Promise<number> {
    const { clock, delivery, order, platform, settleMs } = this.#options
    const inTime = order === 'time'
    for (let beginning = opening; ; beginning = this.#begin()) {
      // Events were passed over since, too.
      if (delivery.mode === 'passed over') beginning = this.#begin()
      if (inTime) delivery.live('held')
      await this.#approach(opening.at, signal)
      await clock.sleep(Math.max(0, beginning.at + settleMs - clock.now()), signal)
      // What came since the stream tells, and from the first event that is held back on its order is right.
      // Where the platform does not tell its time, it is not known when that was.
      const isTimed = inTime && platform.now() !== null
      const until = isTimed ? Math.max(delivery.firstHeld ?? 0, beginning.moment) + 1 : forever
      // Else there was no room for events that came meanwhile.
      if (!(await this.pass({ until, signal }))) continue
      await delivery.release(signal)
      if (delivery.mode === 'passed over') continue
      delivery.recovered()
      if (delivery.horizon.unconfirmed === null) delivery.caughtUp()
      return beginning.at
    }
  }

  #begin(): Beginning {
    const { clock, delivery, platform } = this.#options
    return { at: clock.now(), moment: Math.max(delivery.horizon.newest ?? 0, (platform.now() ?? 0) + secondMs) }
  }

  /** Tells what is long past at once, so that only the newest events have to wait. */
  async #approach(openedAt: number, signal: AbortSignal): Promise<void> {
    const { clock, delivery, order, platform, settleMs } = this.#options
    if (order === 'arrival') {
      const now = clock.now()
      // The one after the wait tells it all, where it is due already.
      if (now >= openedAt + settleMs || now < this.#lastPassAt + distanceMs) return
      await this.pass({ signal })
      return
    }
    for (;;) {
      const now = platform.now()
      if (now === null || now - settleMs - (delivery.horizon.position ?? 0) < distanceMs) return
      const startedAt = clock.now()
      const isComplete = await this.pass({ until: now - settleMs, signal })
      // A stream that is opened anew all the time must not hold them back for ever.
      if (isComplete) await delivery.release(signal, now - settleMs)
      // Where it took long, much has happened meanwhile.
      if (clock.now() - startedAt < distanceMs) return
    }
  }

  /** What is older than the platform's memory is lost. */
  #tellForgotten(): void {
    const { delivery, platform } = this.#options
    const now = platform.now()
    const { position } = delivery.horizon
    if (now === null || position === null || position >= now - memoryMs - leniencyMs) return
    delivery.gap('The platform remembers its events for seven days only', false)
    // A little after it: told once is enough, though time goes on.
    delivery.reached(now - memoryMs + overlapMs)
  }

  /** Milliseconds until the history is asked again after a failure; null where that is given up. */
  #delayAfter(error: unknown, backoff: Backoff): number | null {
    if (isFinal(error)) return null
    const { clock, delivery } = this.#options
    const { position } = delivery.horizon
    const now = clock.now()
    const last = this.#failing
    const isNew = last === null || last.position !== position || now - last.last > giveUpMs
    const since = isNew ? now : last.since
    this.#failing = { since, last: now, position }
    const delay = Math.max(backoff.fail(now), error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0)
    return now + delay - since > giveUpMs ? null : delay
  }

  #giveUp(): void {
    const { horizon } = this.#options.delivery
    horizon.unconfirmed = null
    horizon.swept()
  }

  /** Some events reach the history late: it is asked once more when all of them must be there. */
  async #sweep(seenAt: number, signal: AbortSignal): Promise<void> {
    const { clock, delivery, platform, settleMs } = this.#options
    const due = seenAt + overlapMs
    const isCaughtUp = delivery.horizon.unconfirmed === null
    for (let wait = due - clock.now(); await slept(clock, wait, signal); wait = overlapMs / 2) {
      try {
        const now = platform.now()
        // What the stream is about to tell is not taken out of its mouth.
        await this.pass({ ...(now === null ? {} : { until: now - settleMs }), signal })
        if (delivery.horizon.unconfirmed !== null) throw new UnknownEvents()
        delivery.horizon.swept()
        if (!isCaughtUp) delivery.caughtUp()
        return
      } catch (error) {
        if (signal.aborted) return
        if (!isFinal(error) && clock.now() - due < giveUpMs) continue
        const what = isCaughtUp ? 'Events that the platform learned late' : 'What was missed'
        delivery.gap(`${what} cannot be recovered: ${reasonOf(error)}`, false)
        this.#giveUp()
        return
      }
    }
  }
}

/** Thrown for a history that has none of the events that the stream told. */
class UnknownEvents extends Error {
  override readonly message = "the platform's history has none of the events that its stream told before"
}

/** Whether asking again cannot help: the history is not there, or not for this user. */
function isFinal(error: unknown): boolean {
  if (error instanceof UnknownEvents) return true
  if (!(error instanceof ApiError)) return false
  const { code, status, abiquoCode } = error
  if (code === 'unauthorized' || code === 'login-refused') return false
  // A proxy says 404 for everything while the API restarts.
  return status !== null && status >= 400 && status < 500 && status !== 429 && abiquoCode !== null
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** Sleeps; false where the signal ended it. */
function slept(clock: Clock, ms: number, signal: AbortSignal): Promise<boolean> {
  return clock.sleep(ms, signal).then(
    () => true,
    () => false,
  )
}
