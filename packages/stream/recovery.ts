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
  /** @default what {@link Delivery.from} says: then all that is missed is told, but for late events */
  from?: number
  /** Moment before which events have to be. @default all of them */
  until?: number
  /** How they are told. */
  recovered: boolean
  signal: AbortSignal
}

/** How far back the platform remembers, in milliseconds: seven days. */
const memoryMs = 7 * 86_400_000
/** A history that cannot be asked for so long, in milliseconds, leaves its gap open. */
const giveUpMs = 60_000
/** Reads of the history keep this distance, in milliseconds, however often the stream is opened anew. */
const distanceMs = 5000
/** A `Date` has whole seconds. */
const secondMs = 1000

/** Asks the history for what the stream did not tell. One gap at a time: a new one takes the place of the last. */
export class Recovery {
  readonly #options: RecoveryOptions
  #running = new AbortController()
  #done: Promise<unknown> = Promise.resolve()
  #lastPassAt = Number.NEGATIVE_INFINITY
  /** The failures in a row without any progress between: since when, the last one, and at which position. */
  #failing: { since: number; last: number; position: number | null } | null = null
  /** Up to where the stream told events that the history has not confirmed yet; null where nothing is to be confirmed. */
  #unconfirmed: number | null = null

  constructor(options: RecoveryOptions) {
    this.#options = options
  }

  /** Begins to recover all since the position. The stream is open by now, so that nothing can be missed in between. */
  start(): void {
    this.stop()
    const { delivery, order } = this.#options
    delivery.recover()
    delivery.live(order === 'time' ? 'passed over' : 'told')
    this.#go((signal) => this.#run(signal))
  }

  /** Finds out the platform's time, where the stream does not tell it. */
  locate(): void {
    this.stop()
    this.#go((signal) => this.begin(signal).catch(() => undefined))
  }

  /** Leaves off; what is missed stays missed until the next start. */
  stop(): void {
    this.#unconfirmed = null
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
    if (delivery.horizon.position === null) delivery.horizon.begin(at ?? (newest === null ? 0 : newest + 1))
  }

  /** Tells the events of the history that were not told yet. */
  async pass({ from, until = Number.POSITIVE_INFINITY, recovered, signal }: Pass): Promise<void> {
    const { history, delivery, platform, matches, clock } = this.#options
    const startedAt = clock.now()
    this.#lastPassAt = startedAt
    for await (const { events, at } of history.since(from ?? delivery.horizon.from, { signal })) {
      signal.throwIfAborted()
      platform.note(at)
      this.#tellForgotten()
      const wanted = events.filter((event) => {
        const { timestamp } = event
        if (timestamp === null || timestamp < delivery.horizon.floor || !matches(event)) return false
        // What has a moment in the far future is told when it is seen: its time never comes.
        return timestamp < until || !platform.allows(timestamp)
      })
      await delivery.page(wanted, recovered, signal)
      if (this.#unconfirmed !== null && delivery.confirmed(this.#unconfirmed) !== false) this.#unconfirmed = null
      const newest = events.at(-1)?.timestamp ?? Number.NEGATIVE_INFINITY
      delivery.reached(Math.min(newest, until) - 1)
      if (newest > until + overlapMs && platform.allows(newest)) break
    }
    signal.throwIfAborted()
    if (from !== undefined) return
    const now = platform.now()
    const asked = now === null ? delivery.horizon.newest : now - (clock.now() - startedAt)
    if (asked === null) return
    if (this.#unconfirmed === null) delivery.horizon.asked(asked)
    // It may be late; but not for ever.
    else if (asked - this.#unconfirmed > overlapMs) throw new UnknownEvents()
  }

  #go(run: (signal: AbortSignal) => Promise<void>): void {
    this.#running = new AbortController()
    this.#done = Promise.all([this.#done, run(this.#running.signal)])
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { clock, delivery, platform, random } = this.#options
    const openedAt = clock.now()
    const { position, newest } = delivery.horizon
    const opened = platform.now() ?? newest
    if (opened !== null) delivery.horizon.doubt(opened)
    if (position !== null && delivery.confirmed(position) === false) {
      this.#unconfirmed = position
      delivery.horizon.doubt(position)
    }
    const backoff = new Backoff({ random })
    for (;;) {
      try {
        const seenAt = await this.#closeGap(openedAt, signal)
        this.#failing = null
        await this.#sweep(seenAt, signal)
        return
      } catch (error) {
        if (signal.aborted) return
        const delay = this.#delayAfter(error, backoff)
        if (delay === null) {
          delivery.gap(`What was missed cannot be recovered: ${reasonOf(error)}`, false)
          delivery.horizon.swept()
          delivery.recovered()
          return
        }
        if (!(await slept(clock, delay, signal))) return
      }
    }
  }

  /** Tells all that was missed; returns since when live events are told or held back, by our clock. */
  async #closeGap(openedAt: number, signal: AbortSignal): Promise<number> {
    const { clock, delivery, platform, order, settleMs } = this.#options
    await this.#approach(openedAt, signal)
    const inTime = order === 'time'
    const seenAt = inTime ? clock.now() : openedAt
    const passedOver = Math.max(delivery.horizon.newest ?? 0, (platform.now() ?? 0) + secondMs)
    if (inTime) delivery.live('held')
    await clock.sleep(Math.max(0, seenAt + settleMs - clock.now()), signal)
    // After the first event that is held back the stream tells them all, but for those that were passed over before it.
    const { firstHeld } = delivery
    const until = firstHeld === null ? Number.POSITIVE_INFINITY : Math.max(firstHeld, passedOver) + 1
    await this.pass({ until, recovered: true, signal })
    delivery.recovered()
    if (this.#unconfirmed === null) delivery.caughtUp()
    return seenAt
  }

  /** Tells what is long past at once, so that only the newest events have to wait. */
  async #approach(openedAt: number, signal: AbortSignal): Promise<void> {
    const { clock, delivery, order, platform, settleMs } = this.#options
    if (order === 'arrival') {
      const now = clock.now()
      // The one after the wait tells it all, where it is due already.
      if (now >= openedAt + settleMs || now < this.#lastPassAt + distanceMs) return
      await this.pass({ recovered: true, signal })
      return
    }
    for (;;) {
      const now = platform.now()
      if (now === null || now - settleMs - (delivery.horizon.position ?? 0) < distanceMs) return
      await this.pass({ until: now - settleMs, recovered: true, signal })
      delivery.reached(now - settleMs - 1)
    }
  }

  /** What is older than the platform's memory is lost. */
  #tellForgotten(): void {
    const { delivery, platform } = this.#options
    const now = platform.now()
    const { position } = delivery.horizon
    if (now === null || position === null || position >= now - memoryMs) return
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

  /** Some events reach the history late: it is asked once more when all of them must be there. */
  async #sweep(seenAt: number, signal: AbortSignal): Promise<void> {
    const { clock, delivery, platform, settleMs } = this.#options
    const due = seenAt + overlapMs
    const isCaughtUp = this.#unconfirmed === null
    for (let wait = due - clock.now(); await slept(clock, wait, signal); wait = overlapMs / 2) {
      try {
        const now = platform.now()
        // What the stream is about to tell is not taken out of its mouth.
        await this.pass({ ...(now === null ? {} : { until: now - settleMs }), recovered: true, signal })
        delivery.horizon.swept()
        if (!isCaughtUp) delivery.caughtUp()
        return
      } catch (error) {
        if (signal.aborted) return
        if (!isFinal(error) && clock.now() - due < giveUpMs) continue
        const what = isCaughtUp ? 'Events that the platform learned late' : 'What was missed'
        delivery.gap(`${what} cannot be recovered: ${reasonOf(error)}`, false)
        delivery.horizon.swept()
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
