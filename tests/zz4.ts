import { fullGC, heapStats } from 'bun:jsc'
import { basic, Connection, Inventory, systemClock } from '@novnc-tokens/api'
import { Book, Coverage, Sightings, Survey, Ticks } from '@novnc-tokens/tokens'
const rss = (n: string) => { const h = heapStats(); console.log(n, Math.round(process.memoryUsage().rss / 1e6), 'heap', Math.round(h.heapSize/1e6), 'cap', Math.round(h.heapCapacity/1e6)) }
rss('start')
const c = new Connection({ api: 'http://127.0.0.1:19002/api', authorization: basic('admin', 'xabiquo'), concurrency: 8 })
const book = new Book()
for (let i = 0; i < 2; i++) {
let n = 0
const s = new Survey({ inventory: new Inventory(c), book, coverage: new Coverage(), sightings: new Sightings(() => {}), ticks: new Ticks(), concurrency: c.listLimit, clock: systemClock, random: Math.random, announced: () => false, note: () => {}, onChanges: () => {}, onPage: (v) => { n += v; if (n >= Number(process.argv[2])) { n = 0; fullGC() } } })
const r = await s.all(new AbortController().signal)
rss('listed')
fullGC(); rss('fullGC')
await Bun.sleep(100); rss('100ms')
Bun.gc(true); rss('gc(true)')
;(Bun as any).shrink(); rss('shrink')
await Bun.sleep(1500); rss('1.5s')
}
