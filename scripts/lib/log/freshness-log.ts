import type { Clock } from '@novnc-tokens/api'
import type { KeeperStatus } from '@novnc-tokens/tokens'
import { oldList, openGap, slowWatch } from '../health/degradations.ts'
import { standingStill } from '../health/liveness.ts'
import { describeSpan } from '../health/spans.ts'
import type { Logger } from './log.ts'
import { type LogLevel, Repeats } from './repeats.ts'

/** How often it is to be looked: what is judged takes half a minute or more to become worth a line. */
export const lookEveryMs = 5000
/** A look that is so late tells of a process that was stopped, or of a machine that slept or is overloaded. */
const lateMs = 30_000

/**
 * Logs what only the passing of time tells, and no note: that lists are too old, that the watch does not get to open,
 * that nothing makes up for a gap, that a loop stands still; each when it begins, each ten minutes, and when it is over.
 */
export class FreshnessLog {
  readonly #logger: Pick<Logger, LogLevel>
  readonly #clock: Pick<Clock, 'now' | 'wall'>
  readonly #repeats: Repeats
  #lookedAt: number | null = null

  constructor(logger: Pick<Logger, LogLevel>, clock: Pick<Clock, 'now' | 'wall'>) {
    this.#logger = logger
    this.#clock = clock
    this.#repeats = new Repeats(clock)
  }

  /** Looks at a status that is current. */
  look(status: KeeperStatus): void {
    const wall = this.#clock.wall()
    this.#lookAtClock()
    const still = standingStill(status, wall)
    this.#tell('error', still && `${still.what} has not turned for ${describeSpan(still.ms)}`, 'All loops turn again')
    this.#tell('warn', oldList(status, wall), 'Lists are young enough again')
    this.#tell('warn', slowWatch(status, wall), 'The event stream is not late any more')
    this.#tell('warn', openGap(status, wall), 'What may have been missed is made up for')
  }

  #lookAtClock(): void {
    const now = this.#clock.now()
    const late = this.#lookedAt === null ? 0 : now - this.#lookedAt - lookEveryMs
    this.#lookedAt = now
    if (late > lateMs) this.#logger.warn({ seconds: Math.round(late / 1000) }, 'The program stood still')
  }

  /** @param over what is logged once it is over, by which it is known too */
  #tell(level: LogLevel, trouble: string | null, over: string): void {
    if (trouble !== null) this.#logger[this.#repeats.failed(over, trouble, level)](trouble)
    else if (this.#repeats.works(over)) this.#logger.info(over)
  }
}
