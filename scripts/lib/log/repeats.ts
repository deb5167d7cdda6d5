import type { Clock } from '@novnc-tokens/api'

/** A level of the log. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** How long an outage goes without a line when nothing about it changes. */
const remindMs = 600_000

interface Outage {
  readonly reason: string
  /** How far its back-off had come. */
  readonly step: number
  readonly toldAt: number
}

/** Tells of a failure that repeats at each step of a back-off: that it began, its reason changed, it still lasts, it ended. */
export class Repeats {
  readonly #clock: Pick<Clock, 'now'>
  readonly #outages = new Map<string, Outage>()

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock
  }

  /**
   * The level to log one failure at: `level` for the first and for one with a new reason, `debug` for repeats, and `warn`
   * for one repeat in ten minutes.
   *
   * @param what names the thing that fails
   * @param retryInMs the wait of a back-off, where each of its steps (1, 2, 4 ... 30 s) is worth a line at `level`
   */
  failed(what: string, reason: string, level: LogLevel, retryInMs?: number): LogLevel {
    const now = this.#clock.now()
    const before = this.#outages.get(what)
    const same = before !== undefined && withoutTimes(before.reason) === withoutTimes(reason)
    const step = retryInMs === undefined ? 0 : stepOf(retryInMs)
    const further = same && step > before.step
    if (same && !further && now - before.toldAt < remindMs) return 'debug'
    this.#outages.set(what, { reason, step: same ? Math.max(step, before.step) : step, toldAt: now })
    return same && !further ? 'warn' : level
  }

  /** Tells that it works again; gives whether it had failed. */
  works(what: string): boolean {
    return this.#outages.delete(what)
  }
}

/** Which step a wait is of, 0 for a second: each is up to twice as long as the one before, and chance shortens it. */
function stepOf(retryInMs: number): number {
  return Math.max(0, Math.ceil(Math.log2(retryInMs / 1000)))
}

/** A reason without its times: those that are left or have passed differ each time, and change nothing. */
export function withoutTimes(reason: string): string {
  return reason.replace(/\b\d+(?:\.\d+)? ?(?:ms|s|min|h|d)\b(?: \d+ (?:min|h)\b)?/g, 'some time')
}
