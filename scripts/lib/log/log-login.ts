import type { Clock, LoginStatus } from '@novnc-tokens/api'
import { adviceFor } from '../advice.ts'
import type { Logger } from './log.ts'
import { type LogLevel, Repeats } from './repeats.ts'

/**
 * Makes what logs how the log-in stands: a failure when it begins, when its reason changes and each ten minutes; of
 * those that succeed, the first after a failure.
 */
export function logLogin(logger: Pick<Logger, LogLevel>, clock: Pick<Clock, 'now'>): (status: LoginStatus) => void {
  const repeats = new Repeats(clock)
  return ({ state, why, retryAt }) => {
    if (why === null) {
      if (repeats.works('log-in')) logger.info('The log-in works again')
      return
    }
    const retryInSeconds = retryAt === null ? null : Math.round((retryAt - clock.now()) / 1000)
    const beginning = state === 'refused' ? '' : 'The API cannot be used yet: '
    const hint = state === 'refused' ? '; HUP or a change of the file with the secret tries it at once' : ''
    const level = repeats.failed('log-in', `${state} ${why}`, 'error')
    logger[level]({ retryInSeconds }, `${beginning}${why}${adviceFor(why)}${hint}`)
  }
}
