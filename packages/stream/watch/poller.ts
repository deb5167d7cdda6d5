import { ApiError, Backoff, type Clock } from '@novnc-tokens/api'
import type { Delivery } from './delivery.ts'
import { overlapMs } from './horizon.ts'
import type { PlatformClock } from './platform-clock.ts'
import type { Recovery } from './recovery.ts'
import { Wait } from './wait.ts'

/** Settings of a {@link Poller}. */
export interface PollerOptions {
  recovery: Recovery
  delivery: Delivery
  platform: PlatformClock
  order: 'time' | 'arrival'
  settleMs: number
  /** Milliseconds between two polls. */
  intervalMs: number
  clock: Clock
  random: () => number
  /** A poll was answered. */
  onPolled: () => void
  /** A poll failed; the next one is in `retryInMs` milliseconds. */
  onDown: (error: Error, retryInMs: number) => void
}

/** A refused log-in is tried slowly, in milliseconds: three bad ones within 60 s lock the account. */
const refusedMs = 300_000

/** Watches by asking the history again and again: for platforms without a stream. */
export class Poller {
  readonly #options: PollerOptions
  readonly #backoff: Backoff
  #running: AbortController | null = null
  #done: Promise<unknown> = Promise.resolve()
  readonly #wait: Wait
  #sweptAt = Number.NEGATIVE_INFINITY
  /** Moment before which events happened while nobody looked; null where that is to be found out. */
  #missedUntil: number | null = null

  constructor(options: PollerOptions) {
    this.#options = options
    this.#backoff = new Backoff({ random: options.random })
    this.#wait = new Wait(options.clock)
  }

  /** Whether it polls. */
  get running(): boolean {
    return this.#running !== null
  }

  /** Begins to poll. */
  start(): void {
    if (this.#running !== null) return
    this.#running = new AbortController()
    this.#missedUntil = null
    // Without its results, in which those of all earlier ones would live on.
    this.#done = Promise.all([this.#done, this.#run(this.#running.signal)]).then(() => undefined)
  }

  /** Ends polling; the position stays. */
  stop(): void {
    this.#running?.abort(new Error('The polling is over'))
    this.#running = null
  }

  /** Resolves once nothing of it runs any more. */
  async stopped(): Promise<void> {
    this.stop()
    await this.#done
  }

  /** Polls at once. */
  pollNow(): void {
    this.#wait.end()
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { clock, intervalMs, onPolled, onDown } = this.#options
    while (!signal.aborted) {
      let wait = intervalMs
      try {
        const caughtUp = await this.#poll(signal)
        signal.throwIfAborted()
        this.#backoff.succeed(clock.now())
        onPolled()
        if (caughtUp) this.#options.delivery.polled()
      } catch (error) {
        if (signal.aborted) return
        this.#missedUntil = null
        wait = this.#delayAfter(error)
        onDown(error instanceof Error ? error : new Error(String(error)), wait)
      }
      await this.#wait.sleep(wait, signal)
    }
  }

  /** Whether all was told that happened while nobody looked. */
  async #poll(signal: AbortSignal): Promise<boolean> {
    const { recovery, platform, order, settleMs, clock } = this.#options
    const { horizon } = this.#options.delivery
    const begins = horizon.position === null
    if (begins || (order === 'time' && platform.now() === null)) await recovery.begin(signal)
    const now = platform.now()
    const opened = now ?? horizon.newest
    if (opened !== null) horizon.doubt(opened)
    const behind = this.#missedUntil === null
    const missedUntil = this.#missedUntil ?? opened ?? Number.POSITIVE_INFINITY
    if (opened !== null) this.#missedUntil = missedUntil
    if (begins) return true
    // Most events are there within seconds; once a minute those are looked for that came later.
    const sweep = behind || clock.now() - this.#sweptAt >= overlapMs
    if (sweep) this.#sweptAt = clock.now()
    const until = order === 'time' && now !== null ? now - settleMs : Number.POSITIVE_INFINITY
    const from = sweep ? {} : { from: (horizon.position ?? 0) - settleMs * 2 }
    await recovery.pass({ ...from, until, missedUntil, signal })
    return until >= missedUntil
  }

  #delayAfter(error: unknown): number {
    const { clock, random } = this.#options
    const delay = this.#backoff.fail(clock.now())
    if (!(error instanceof ApiError)) return delay
    if (error.status === 401 || error.status === 403) return refusedMs
    const { retryAfterMs } = error
    return retryAfterMs === null ? delay : Math.max(delay, retryAfterMs) + random() * 1000
  }
}
