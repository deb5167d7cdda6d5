import { edenGC, fullGC, heapStats } from 'bun:jsc'
import { basic, Connection, Inventory, systemClock } from '@novnc-tokens/api'
import { Book, Coverage, Sightings, Survey, Ticks } from '@novnc-tokens/tokens'

const conc = Number(process.argv[2] ?? 8)
const c = new Connection({
  api: 'http://127.0.0.1:19002/api',
  authorization: basic('admin', 'xabiquo'),
  concurrency: conc,
})
const book = new Book()
const t0 = performance.now()
let peak = 0
const iv = setInterval(() => {
  peak = Math.max(peak, process.memoryUsage().rss)
}, 5)
const s = new Survey({
  inventory: new Inventory(c),
  book,
  coverage: new Coverage(),
  sightings: new Sightings(() => {}),
  ticks: new Ticks(),
  concurrency: c.listLimit,
  clock: systemClock,
  random: Math.random,
  announced: () => false,
  note: () => {},
  onChanges: () => {},
  onPage: (() => {
    let n = 0
    return () => {
      if (++n % Number(process.argv[3] ?? 16) === 0)
        process.argv[4] === 'e'
          ? edenGC()
          : process.argv[4] === 'b'
            ? Bun.gc(true)
            : process.argv[4] === 'f'
              ? Bun.gc(false)
              : fullGC()
    }
  })(),
})
const r = await s.all(new AbortController().signal)
clearInterval(iv)
console.log(
  'conc',
  conc,
  Math.round(performance.now() - t0),
  'ms',
  'rss',
  Math.round(process.memoryUsage().rss / 1e6),
  'peak',
  Math.round(peak / 1e6),
  process.cpuUsage(),
)
fullGC()
console.log(
  'after gc rss',
  Math.round(process.memoryUsage().rss / 1e6),
  'heap',
  Math.round(heapStats().heapSize / 1e6),
  r.enterprises,
  book.size,
)
console.log(
  Object.entries(heapStats().objectTypeCounts)
    .sort((a, b) => b[1] - a[1])
    .slice(0, 8),
)

import { FileOutput, Guard, plan, SortedLines } from '@novnc-tokens/tokens'

let a = performance.now()
if (process.argv[5]) {
  ;(Bun as any).shrink()
  console.log('shrunk rss', Math.round(process.memoryUsage().rss / 1e6))
}
const lap = (n: string) => { const b = performance.now(); const h = heapStats(); console.log(n, Math.round(b - a), 'rss', Math.round(process.memoryUsage().rss / 1e6), 'heap', Math.round(h.heapSize/1e6), 'cap', Math.round(h.heapCapacity/1e6), 'extra', Math.round(h.extraMemorySize/1e6)); a = performance.now() }
lap('start')
if (process.argv[5]) { Bun.gc(true); (Bun as any).shrink(); lap('gc+shrink'); await Bun.sleep(Number(process.argv[5])); lap('slept') }
const have = new SortedLines()
const pl = plan(have, { want: book, unclaimed: new Set(), unclaimedMayGo: true, agreedSince: 0, now: 0 }, new Guard({ share: 0.3, confirmAfterMs: 60000 }))
lap('plan')
lap('nothing'); have.change(pl.put, pl.drop); lap('change'); fullGC(); lap('gc')
await new FileOutput({ path: '/tmp/t/zzf' }).write(have); lap('write'); fullGC(); lap('gc')
