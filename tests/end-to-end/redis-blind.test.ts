import { expect, test } from 'bun:test'
import { type FaultProxy, startFaultProxy } from '../fault-proxy/index.ts'
import { startMock } from '../mock-abiquo/index.ts'
import { type Daemon, startDaemon } from '../support/daemon.ts'
import { startRedis } from '../support/redis.ts'
import { tempFolder } from '../support/temp.ts'
import { waitFor } from '../support/wait.ts'
import { lineOf, some } from '../system/vms.ts'

/** Two daemons on one Redis, each of which reaches the platform by a proxy of its own; the first one leads. */
async function startTwo() {
  const folder = tempFolder()
  const mock = await startMock({ vms: 60, enterprises: 3 })
  const redis = await startRedis()
  const proxies: FaultProxy[] = []
  const daemons: Daemon[] = []
  for (const host of ['1', '2']) {
    const proxy = await startFaultProxy(Number(new URL(mock.origin).port))
    const { username, password } = mock
    const daemon = await startDaemon({
      api: { apiUrl: proxy.through(mock.apiUrl), username, password },
      file: folder.file(`config-${host}.vnc`),
      passwordFile: folder.file('password'),
      flags: ['-o', redis.url, '--stream-url', proxy.through(mock.streamUrl)],
    })
    proxies.push(proxy)
    daemons.push(daemon)
    await daemon.ready()
  }
  const [first, second] = daemons
  const [beforeFirst, beforeSecond] = proxies
  if (!(first && second && beforeFirst && beforeSecond)) throw new Error('There are not two')
  const lines = async () =>
    Object.entries(await redis.keys()).map(([token, value]) => `${token}: ${JSON.parse(value).host}`)
  return {
    mock,
    redis,
    first,
    second,
    beforeFirst,
    beforeSecond,
    lines,
    leader: async () => await redis.cli('get', 'novnc-tokens::leader'),
    able: async () => (await redis.cli('exists', 'novnc-tokens::able')) === '1',
    async right(withinMs: number) {
      const is = async () => Bun.deepEquals(await lines(), mock.platform.tokenLines())
      await waitFor('the right keys', is, { withinMs, everyMs: 50 })
    },
    async [Symbol.asyncDispose]() {
      for (const daemon of daemons) await daemon[Symbol.asyncDispose]()
      for (const proxy of proxies) await proxy[Symbol.asyncDispose]()
      await redis[Symbol.asyncDispose]()
      await mock.stop()
      await folder[Symbol.asyncDispose]()
    },
  }
}

const downs = ({ child }: Daemon) => child.stderr().includes('No events come')

test('a leader that is cut off from the platform hands over to one that is not', async () => {
  await using all = await startTwo()
  const { mock, first, beforeFirst } = all
  await all.right(10_000)
  const led = await all.leader()
  await waitFor('the second one to say that it sees', all.able, { withinMs: 20_000 })
  const fault = beforeFirst.add({ kind: 'down' })
  await waitFor('the first one to notice', () => downs(first))
  const vm = mock.platform.deploy(some(mock, false).id)
  await waitFor('the key', async () => (await all.lines()).includes(lineOf(vm)), { withinMs: 25_000 })
  expect(await all.leader()).not.toBe(led)
  await waitFor('its log to say why', () => first.child.stderr().includes('which this one does not'))
  mock.platform.undeploy(vm.id)
  await all.right(5000)

  fault[Symbol.dispose]()
  await waitFor('the first one to be well', async () => (await first.readiness()).degraded.length === 0, {
    withinMs: 40_000,
  })
  mock.platform.deploy(some(mock, false).id)
  await all.right(10_000)
}, 120_000)

test('where both are cut off, the leader stays', async () => {
  await using all = await startTwo()
  const { mock, redis, first, second, beforeFirst, beforeSecond } = all
  await all.right(10_000)
  await waitFor('the second one to say that it sees', all.able, { withinMs: 20_000 })
  const led = await all.leader()
  const faults = [beforeFirst, beforeSecond].map((proxy) => proxy.add({ kind: 'down' }))
  await waitFor('both to notice', () => downs(first) && downs(second))
  const calls = await redis.monitor()
  const renewals = () => [...calls.stdout().matchAll(/"(\w+)\/\d+" "6000" "\1" "blind"/g)].length
  const asks = () => [...calls.stdout().matchAll(/"6000" "\w+" "\d+" "blind"/g)].length
  await waitFor('both to be blind for a while', () => renewals() > 3 && asks() > 20, { withinMs: 40_000 })
  const blind = await all.leader()
  for (const fault of faults) fault[Symbol.dispose]()
  mock.platform.deploy(some(mock, false).id)
  await all.right(40_000)
  expect([blind, await all.leader()]).toEqual([led, led])
}, 120_000)
