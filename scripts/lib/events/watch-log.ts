import { type Clock, messageOf } from '@novnc-tokens/api'
import { SseError, type Update, type WatchStatus } from '@novnc-tokens/stream'
import type { Logger } from '../log/log.ts'
import { Reopening } from '../log/reopening.ts'
import { Repeats } from '../log/repeats.ts'

/** What {@link watchLog} needs. */
export interface WatchLogOptions {
  logger: Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>
  clock: Pick<Clock, 'now'>
  /** How the watch stands. */
  status: () => Pick<WatchStatus, 'kind' | 'instead'>
}

type Told = Exclude<Update, { kind: 'event' }>

/**
 * Makes what logs what becomes of a watch, a line each; a failure that only repeats is told again after ten minutes, and
 * a stream that is only silent is opened anew without a word.
 */
export function watchLog(options: WatchLogOptions): (update: Told) => void {
  const { logger, clock, status } = options
  const repeats = new Repeats(clock)
  const reopening = new Reopening()
  let lost = false
  return (update) => {
    switch (update.kind) {
      case 'open':
        repeats.works('watch')
        tellOpen(options, reopening.opened(status().kind))
        return
      case 'gap': {
        const { why, closing } = update
        const since = update.from === null ? {} : { since: new Date(update.from).toISOString() }
        lost = !closing
        if (closing) {
          const level = reopening.routine ? 'debug' : 'info'
          logger[level]({ ...since, why }, 'Events may have been missed; the history is asked for them')
          return
        }
        // What cannot be asked for its past is silent again and again.
        const level = reopening.routine ? repeats.failed('gap', why, 'warn') : 'warn'
        reopening.over()
        logger[level]({ ...since, why }, 'Events were missed')
        return
      }
      case 'caught-up': {
        const { recovered } = update
        const level = reopening.routine && recovered === 0 ? 'debug' : 'info'
        logger[level]({ recovered }, lost ? 'Caught up, but for what was missed' : 'Caught up')
        reopening.over()
        lost = false
        return
      }
      case 'down': {
        const why = messageOf(update.error)
        const { retryInMs } = update
        const silent = update.error instanceof SseError && update.error.code === 'silent'
        if (reopening.lost(silent && retryInMs === 0)) {
          logger.debug({ why }, 'The event stream is opened anew')
          return
        }
        const retryInSeconds = Math.ceil(retryInMs / 1000)
        logger[repeats.failed('watch', why, 'warn')]({ why, retryInSeconds }, 'No events come')
      }
    }
  }
}

function tellOpen({ logger, status }: WatchLogOptions, routine: boolean): void {
  const { kind, instead } = status()
  if (routine) logger.debug(kind === 'poll' ? 'Polling for events' : 'The event stream is open')
  else if (kind !== 'poll') logger.info('The event stream is open')
  else if (instead === null) logger.info('Polling for events')
  else logger.warn({ why: instead }, 'Polling for events instead of streaming them')
}
