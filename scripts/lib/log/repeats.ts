import type { Clock } from '@novnc-tokens/api'

/** A level of the log. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** How long an outage goes without a line when nothing about it changes. */
const remindMs = 600_000

interface Outage {
  readonly reason: string
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
   * @param what names the thing that fails
   */
  failed(what: string, reason: string, level: LogLevel): LogLevel {
    const now = this.#clock.now()
    const before = this.#outages.get(what)
    const same = before !== undefined && withoutTimes(before.reason) === withoutTimes(reason)
    if (same && now - before.toldAt < remindMs) return 'debug'
    this.#outages.set(what, { reason, toldAt: now })
    return same ? 'warn' : level
  }

  /** Tells that it works again; gives whether it had failed. */
  works(what: string): boolean {
    return this.#outages.delete(what)
  }
}

/** A reason without its times: those that are left or have passed differ each time, and change nothing. */
export function withoutTimes(reason: string): string {
  return reason.replace(/\b\d+(?:\.\d+)? ?(?:ms|s|min|h|d)\b(?: \d+ (?:min|h)\b)?/g, 'some time')
}
