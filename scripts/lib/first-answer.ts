import { type Clock, type Fetch, systemClock } from '@novnc-tokens/api'
import type { Logger } from './log/log.ts'

/** What {@link tellingFirstWait} needs. */
export interface FirstWaitOptions {
  /** URL of the API. */
  api: string
  logger: Pick<Logger, 'info'>
  /** @default the system's */
  clock?: Pick<Clock, 'sleep'>
  /** @default the global one */
  fetch?: Fetch
}

/** A platform that is there answers its log-in sooner; a port of another protocol keeps silent, in milliseconds. */
const patienceMs = 10_000

/** Makes a `fetch` that says once what it waits for, where the first answer does not come for ten seconds. */
export function tellingFirstWait({ api, logger, clock = systemClock, fetch: send = fetch }: FirstWaitOptions): Fetch {
  let silent = true
  const tell = () => {
    if (silent) logger.info({ url: api }, "Waiting for the API's first answer")
    silent = false
  }
  return async (url, init) => {
    if (!silent) return await send(url, init)
    const waiting = new AbortController()
    clock.sleep(patienceMs, waiting.signal).then(tell, () => undefined)
    try {
      const response = await send(url, init)
      silent = false
      return response
    } finally {
      waiting.abort(new Error('The wait is over'))
    }
  }
}
