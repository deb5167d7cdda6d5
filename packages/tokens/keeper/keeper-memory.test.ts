import { heapStats } from 'bun:jsc'
import { expect, test } from 'bun:test'
import { acts } from '../testing/model/acts.ts'
import { Site } from '../testing/model/site.ts'

/** What a collection, a wait or a listener is made of. Plain objects the model itself records. */
const kinds = ['Array', 'Map', 'Set', 'Promise', 'Function', 'AbortSignal', 'AbortController', 'Float64Array', 'URL']
/** So many may wait to be collected. */
const slack = 250

function objects(): Readonly<Record<string, number>> {
  Bun.gc(true)
  return heapStats().objectTypeCounts
}

test('a thousand reconnections, with changes between them, leave no more behind than a hundred', async () => {
  const site = new Site({
    seed: 1,
    watch: 'auto',
    deaf: false,
    paging: 'whole',
    tellsOwner: true,
    slow: false,
    resyncMs: 120_000,
    guard: 0.3,
    size: 10,
    before: 'right',
  })
  const reconnect = async (times: number) => {
    for (let time = 0; time < times; time++) {
      await acts.move(site, 3, 10 * time)
      site.events.cut(time % 2 === 0 ? new Error('Cut') : undefined)
      await site.advance(500)
      site.life.watch?.retryNow()
      // For long enough to catch up: till then it has to be remembered what was told.
      await site.advance(4500)
      site.forget()
    }
    return objects()
  }
  const before = await reconnect(100)
  const after = await reconnect(1000)
  const grown = kinds
    .map((kind) => [kind, (after[kind] ?? 0) - (before[kind] ?? 0)] as const)
    .filter(([, more]) => more > slack)
  const { connects } = site.life.watch?.status() ?? { connects: 0 }
  await site.end('stop')
  expect([grown, site.findings, connects > 1000]).toEqual([[], [], true])
}, 60_000)
