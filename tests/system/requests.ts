import type { Mock, RequestRecord } from '../mock-abiquo/index.ts'

/** What the client asked the API for, its log-ins aside: what it lists, reads singly, and asks the history. */
export interface Asked {
  /** Paths of lists of enterprises and of their VMs. */
  readonly lists: readonly string[]
  /** Paths of single resources. */
  readonly reads: readonly string[]
  /** Paths of the history of events. */
  readonly history: readonly string[]
}

/** Sorts the requests to the API since the last `clear`. */
export function askedOf({ requests }: Mock): Asked {
  const asked = { lists: [] as string[], reads: [] as string[], history: [] as string[] }
  for (const { kind, path } of requests.all) {
    if (kind !== 'rest' || path.startsWith('/api/login')) continue
    if (path.startsWith('/api/events')) asked.history.push(path)
    else if (/^\/api\/admin\/enterprises(\?|$)|\/virtualmachines(\?|$)/.test(path)) asked.lists.push(path)
    else asked.reads.push(path)
  }
  return asked
}

/** How many requests for the stream came. */
export function streamRequests({ requests }: Mock): number {
  return requests.count(({ kind }) => kind === 'stream')
}

/**
 * By how many requests the busiest stretch of time, however long or short, had more than one a second: a client that
 * keeps to one a second on average and sends a few at once has those few, a loop without a pause soon has hundreds.
 */
export function excessOf(requests: readonly Pick<RequestRecord, 'at'>[]): number {
  let worst = 0
  let least = Number.POSITIVE_INFINITY
  for (const [before, { at }] of requests.entries()) {
    least = Math.min(least, before - at / 1000)
    worst = Math.max(worst, before + 1 - at / 1000 - least)
  }
  return worst
}
