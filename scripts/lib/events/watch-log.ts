import { type Clock, messageOf } from '@novnc-tokens/api'
import type { Update, WatchStatus } from '@novnc-tokens/stream'
import type { Logger } from '../log/log.ts'
import { Repeats } from '../log/repeats.ts'

/** What {@link watchLog} needs. */
export interface WatchLogOptions {
  logger: Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>
  clock: Pick<Clock, 'now'>
  /** How the watch stands. */
  status: () => Pick<WatchStatus, 'kind' | 'instead'>
}

/** Makes what logs what becomes of a watch, a line each; a failure that only repeats is told again after ten minutes. */
export function watchLog({
  logger,
  clock,
  status,
}: WatchLogOptions): (update: Exclude<Update, { kind: 'event' }>) => void {
  const repeats = new Repeats(clock)
  return (update) => {
    switch (update.kind) {
      case 'open': {
        repeats.works('watch')
        const { kind, instead } = status()
        if (kind !== 'poll') logger.info('The event stream is open')
        else if (instead === null) logger.info('Polling for events')
        else logger.warn({ why: instead }, 'Polling for events instead of streaming them')
        return
      }
      case 'gap': {
        const { why, closing } = update
        const since = update.from === null ? {} : { since: new Date(update.from).toISOString() }
        if (closing) logger.info({ ...since, why }, 'Events may have been missed; the history is asked for them')
        else logger.warn({ ...since, why }, 'Events were missed and cannot be recovered')
        return
      }
      case 'caught-up':
        logger.info({ recovered: update.recovered }, 'All events are known again')
        return
      case 'down': {
        const why = messageOf(update.error)
        const retryInSeconds = Math.max(0, Math.ceil((update.retryAt - clock.now()) / 1000))
        logger[repeats.failed('watch', why, 'warn')]({ why, retryInSeconds }, 'No events come')
      }
    }
  }
}
