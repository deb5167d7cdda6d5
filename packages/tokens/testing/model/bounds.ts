import type { Site } from './site.ts'

/** Failures are tried again within 30 s, a Retry-After is of 20 s; the rest is what answers take. */
const failuresMs = 55_000
/** A request that hangs when all is well again does so for two minutes at most. */
const hangMs = 125_000
/** Lists begin at least so far apart, and each counts as so many times its duration. */
const listsApartMs = 1000
const paceFactor = 10

/** How long after the end of all faults a list has put everything right that no guard holds, in milliseconds. */
export function roundMs({ plan, longestListMs, hung }: Site): number {
  // The next list is late by a tenth at most, and waits for ten times as long as the last one took.
  return Math.max(1.1 * plan.resyncMs, paceFactor * longestListMs) + failuresMs + (hung ? hangMs : 0)
}

/**
 * The most requests of any minute, and how many there may be: a list a second, each of them with a request for each
 * page and each VM that it lacks; for each VM a read at once and those that follow upon it, each tried three times; and
 * some for the log-in, the stream and the history.
 */
export function mostRequestsAMinute({ api, estate }: Site): { busiest: number; most: number } {
  const { asked } = api
  let busiest = 0
  let first = 0
  for (const [index, { at }] of asked.entries()) {
    while ((asked[first]?.at ?? at) <= at - 60_000) first++
    busiest = Math.max(busiest, index - first + 1)
  }
  const vms = estate.ids.length
  const list = 10 + vms
  return { busiest, most: (60_000 / listsApartMs) * list + 15 * vms + 100 }
}
