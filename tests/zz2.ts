import { readFileSync } from 'node:fs'
import { basic, Connection, Inventory, systemClock } from '@novnc-tokens/api'
import { StreamWatch } from '@novnc-tokens/stream'
import { FileOutput, Keeper, type Note, Runner, watchedEntities } from '@novnc-tokens/tokens'
import { startMock } from './mock-abiquo/index.ts'

await using mock = await startMock({ vms: 10000, enterprises: 10 })
const c = new Connection({ api: mock.apiUrl, authorization: basic('admin', 'xabiquo'), patient: true })
const watch = new StreamWatch({ connection: c, url: mock.streamUrl, filters: { entity: watchedEntities } })
const note = (n: Note) => {
  if (n.kind !== 'event' && n.kind !== 'written') console.log(JSON.stringify(n))
  if (n.kind === 'defect') console.log(n.error)
}
const common = { clock: systemClock, random: Math.random, note }
const file = '/tmp/t/zz2.vnc'
const runner = new Runner({
  output: new FileOutput({ path: file, tidy: true }),
  guard: { share: 0.3, confirmAfterMs: 300000 },
  onChangedByOthers: () => keeper.outputChanged(),
  ...common,
})
const keeper = new Keeper({
  inventory: new Inventory(c),
  watch,
  outputs: [runner],
  resyncMs: 300000,
  listConcurrency: 6,
  readConcurrency: 8,
  login: () => c.login(),
  ...common,
})
const end = new AbortController()
const run = keeper.run(end.signal)
const until = async (f: () => boolean) => {
  const t = performance.now()
  while (!f()) {
    if (performance.now() - t > 10000) throw new Error('timeout')
    await Bun.sleep(0)
  }
  return performance.now() - t
}
const lines = () => readFileSync(file, 'utf8')
await until(() => keeper.status().list.complete > 0)
await until(() => {
  try {
    return lines() === mock.platform.tokenLines().join('\n') + '\n'
  } catch {
    return false
  }
})
mock.requests.clear()
const vms = mock.platform.vms.filter((v) => true).slice(0, 100)
const lat: number[] = []
let n = 0
for (const vm of vms) {
  const had = lines()
  mock.platform.undeploy(vm.id)
  lat.push(await until(() => keeper.status().owed === 0 && runner.status().pending === 0 && keeper.status().reads > n))
  n = keeper.status().reads
}
lat.sort((a, b) => a - b)
console.log(
  'p50',
  lat[50],
  'p99',
  lat[98],
  'requests',
  mock.requests.count(() => true),
)
console.log(lines() === mock.platform.tokenLines().join('\n') + '\n')
console.log(JSON.stringify(keeper.status(), null, 1))
end.abort(null)
c[Symbol.dispose]()
await run
console.log('ended')
