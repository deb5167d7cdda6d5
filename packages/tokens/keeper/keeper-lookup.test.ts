import { expect, test } from 'bun:test'
import { FakeClock } from '../../api/testing/fake-clock.ts'
import { Lookup } from '../lookup/lookup.ts'
import { Runner } from '../outputs/runner.ts'
import { FakePlatform, machinePath, vmPath } from '../testing/fake-platform.ts'
import { FakeWatch } from '../testing/fake-watch.ts'
import { accepted, event, ofVm, ports, resyncMs, three } from '../testing/keeping.ts'
import { tokenOf } from '../token/token.ts'
import { Keeper } from './keeper.ts'

/** A keeper with a lookup for its only output, that has ended its first list. */
async function lookingUp(fill: (platform: FakePlatform) => void = three) {
  const clock = new FakeClock()
  const platform = new FakePlatform(clock)
  fill(platform)
  const watch = new FakeWatch()
  const common = { clock, random: () => 0, note: () => {} }
  const lookup = new Lookup({ awaits: (token) => keeper.awaits(token), clock })
  const guard = { share: 0.3, confirmAfterMs: resyncMs }
  const runner = new Runner({ ...common, output: lookup.output, guard, onChangedByOthers: () => {} })
  const keeper: Keeper = new Keeper({
    ...common,
    inventory: platform,
    watch,
    outputs: [runner],
    resyncMs,
    listConcurrency: 6,
    readConcurrency: 8,
    login: () => accepted,
    onReadsDone: () => lookup.review(),
  })
  const ending = new AbortController()
  const run = keeper.run(ending.signal)
  watch.tell({ kind: 'open', at: null })
  await clock.advance(20_000)
  const answers: [port: number, answer: number | null, afterMs: number][] = []
  return {
    answers,
    clock,
    keeper,
    lookup,
    platform,
    async tell(...some: ReturnType<typeof event>[]) {
      for (const each of some) watch.tell({ kind: 'event', event: each, recovered: false })
      await clock.advance(0)
    },
    /** Looks tokens up; their answers are noted when they come. */
    async ask(...some: number[]) {
      const from = clock.now()
      for (const port of some) {
        const token = tokenOf({ host: '10.0.0.1', port })
        void lookup.find(token).then((found) => answers.push([port, found?.port ?? null, clock.now() - from]))
      }
      await clock.advance(0)
    },
    async [Symbol.asyncDispose]() {
      ending.abort()
      await run
    },
  }
}

test('a token is known once its VM was listed, and a wrong one is not waited for', async () => {
  await using all = await lookingUp()
  await all.ask(1, 2, 3, 4)
  expect(all.answers).toEqual([
    [1, 1, 0],
    [2, 2, 0],
    [3, 3, 0],
    [4, null, 0],
  ])
})

test('a lookup that comes while the read for its deploy is under way waits for it', async () => {
  await using all = await lookingUp()
  all.platform.latency = () => 300
  all.platform.fill('1', [4])
  await all.tell(ofVm('DEPLOY_FINISH', 4))
  await all.ask(4, 99)
  await all.clock.advance(5000)
  expect(all.answers).toEqual([
    [4, 4, 300],
    [99, null, 300],
  ])
})

test('a lookup waits for an address that REST shows late', async () => {
  await using all = await lookingUp()
  all.platform.lagMs = 300
  all.platform.change('4', { port: 4 })
  await all.tell(ofVm('DEPLOY_FINISH', 4))
  await all.ask(4)
  await all.clock.advance(5000)
  expect(all.answers).toEqual([[4, 4, 500]])
})

test('a lookup waits for a deploy whose read waits behind others', async () => {
  await using all = await lookingUp()
  all.platform.latency = () => 300
  all.platform.fill('1', ports(20, 11))
  await all.tell(...ports(20, 11).map((port) => ofVm('DEPLOY_FINISH', port)))
  await all.ask(30)
  await all.clock.advance(5000)
  expect(all.answers).toEqual([[30, 30, 900]])
})

test('a lookup waits for a machine that is read, and then for its VMs that are', async () => {
  await using all = await lookingUp((platform) => platform.fill('1', [1, 2], { machine: machinePath('5') }))
  all.platform.latency = () => 300
  all.platform.change('1', { machine: null, port: 7 })
  await all.tell(event('MODIFY', { entity: 'MACHINE', entityURI: `/api${machinePath('5')}` }))
  await all.ask(7)
  await all.clock.advance(5000)
  expect([all.answers, all.platform.requests.at(-1)]).toEqual([[[7, 7, 600]], vmPath('1')])
})

test('a lookup that waits gets its answer as soon as an undeploy that it waited for was read', async () => {
  await using all = await lookingUp()
  all.platform.latency = () => 300
  all.platform.undeploy(3)
  await all.tell(ofVm('UNDEPLOY_FINISH', 3))
  await all.ask(99)
  await all.clock.advance(300)
  await all.ask(3)
  expect(all.answers).toEqual([
    [99, null, 300],
    [3, null, 0],
  ])
})

test('a token that a list has found is waited for while it is on its way to the output', async () => {
  await using all = await lookingUp()
  all.platform.fill('1', [4])
  all.platform.fill('2', [5])
  const go = all.platform.hold((path) => path.includes('enterprises/2'))
  all.keeper.listNow()
  await all.clock.advance(100)
  await all.ask(4)
  await all.clock.advance(400)
  go()
  expect(all.answers).toEqual([[4, 4, 150]])
})

test('a lookup is given up after two seconds where the platform is down', async () => {
  await using all = await lookingUp()
  all.platform.hold(() => true)
  await all.tell(ofVm('DEPLOY_FINISH', 4))
  await all.ask(4)
  await all.clock.advance(5000)
  expect(all.answers).toEqual([[4, null, 2000]])
})

test('the guard holds what lists alone would remove', async () => {
  await using all = await lookingUp((platform) => platform.fill('1', ports(100)))
  all.platform.undeploy(...ports(60))
  all.keeper.listNow()
  await all.clock.advance(1000)
  await all.ask(1, 100)
  expect([all.answers, all.keeper.status().outputs.map(({ name, held }) => [name, held])]).toEqual([
    [
      [1, 1, 0],
      [100, 100, 0],
    ],
    [['lookup', 60]],
  ])
})
