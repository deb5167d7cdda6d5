import { describe, expect, test } from 'bun:test'
import type { NetworkFault } from '../fault-proxy/index.ts'
import type { Mock } from '../mock-abiquo/index.ts'
import { waitFor } from '../support/wait.ts'
import { lineOf, some } from '../system/vms.ts'
import { recordFault, secondsSince } from './record.ts'
import { limitMs, list, seconds, startProxied, statusIs } from './support.ts'

const idleSeconds = 2
const quick = ['--idle-timeout', `${idleSeconds}s`, '--timeout', '3s', '--resync', '1h']

/** A deploy, an undeploy and a move. */
function threeChanges(mock: Mock): void {
  const [up, down, moved] = [some(mock, false), some(mock, true, 0), some(mock, true, 1)]
  mock.platform.deploy(up.id)
  mock.platform.undeploy(down.id)
  mock.platform.move(moved.id)
}

describe('what the network does to all connections is noticed, and caught up with', () => {
  const faults: [string, NetworkFault, string][] = [
    ['a black hole: connections are accepted, and nothing passes', { kind: 'black-hole' }, 'within the idle timeout'],
    ['all connections are reset, new ones too', { kind: 'reset' }, 'at once'],
    ['nobody listens where the platform was', { kind: 'down' }, 'at once'],
  ]
  test.concurrent.each(faults)(
    '%s',
    async (fault, network, when) => {
      await using site = await startProxied({ flags: quick })
      const before = await site.lines()
      const tries = () => site.stream.accepted
      const [first, beganAt] = [tries(), performance.now()]
      const ill = site.ill(network)
      // Silence alone proves nothing: what it leads to is another connection.
      if (network.kind === 'black-hole') await waitFor('another try', () => tries() > first)
      else await statusIs(site, 'it to be noticed', ({ watch }) => watch.state === 'down')
      const noticed = secondsSince(beganAt)
      threeChanges(site.mock)
      expect(await site.lines()).toEqual(before)
      const backAt = performance.now()
      ill[Symbol.dispose]()
      await site.right(20_000)
      recordFault({
        subject: 'network',
        fault,
        expected: `noticed ${when}, no token lost, caught up`,
        happened: `noticed after ${seconds(noticed)}`,
        recoverySeconds: secondsSince(backAt),
        boundSeconds: 5,
      })
      expect(noticed).toBeLessThan(network.kind === 'black-hole' ? idleSeconds + 3 : 2)
    },
    limitMs,
  )
})

describe('connections that a firewall has forgotten are noticed by their silence', () => {
  test.concurrent.each([
    ['the stream', true],
    ['all connections', false],
  ])(
    '%s',
    async (which, streamOnly) => {
      await using site = await startProxied({ flags: quick })
      const beganAt = performance.now()
      if (streamOnly) site.stream.add({ kind: 'half-open' })
      else site.ill({ kind: 'half-open' })
      threeChanges(site.mock)
      await statusIs(site, 'the silence to be noticed', ({ watch }) => watch.connects > 1)
      const noticedAt = performance.now()
      const noticed = secondsSince(beganAt)
      await site.right(20_000)
      recordFault({
        subject: 'network',
        fault: `half-open: ${which} silent for good, new ones well`,
        expected: 'noticed within the idle timeout, caught up by the history of events',
        happened: `noticed after ${seconds(noticed)}, of ${idleSeconds} s of idle timeout`,
        recoverySeconds: secondsSince(noticedAt),
        boundSeconds: 5,
      })
      expect(noticed).toBeLessThan(idleSeconds + 3)
    },
    limitMs,
  )
})

describe('a network that is bad all the time is only slower', () => {
  const faults: [string, NetworkFault][] = [
    ['each byte arrives by itself', { kind: 'slice' }],
    ['300 ms of latency with 300 ms of jitter', { kind: 'latency', ms: 300, jitterMs: 300 }],
    ['100 KB a second', { kind: 'bandwidth', bytesPerSecond: 100_000 }],
    ['connections that close 2 s late', { kind: 'slow-close', ms: 2000 }],
  ]
  test.concurrent.each(faults)(
    '%s',
    async (fault, network) => {
      await using site = await startProxied({ vms: 20, heartbeatMs: 500, flags: quick })
      using _ = site.ill(network)
      await list(site)
      const { list: after } = await site.status()
      expect(after.incomplete).toBe(0)
      site.mock.streams.cut()
      await statusIs(site, 'the stream', ({ watch }) => watch.connects > 1 && watch.state === 'open')
      const changedAt = performance.now()
      threeChanges(site.mock)
      await site.right(20_000)
      recordFault({
        subject: 'network',
        fault,
        expected: 'lists complete, events acted on meanwhile',
        happened: 'the file followed a deploy, an undeploy and a move',
        recoverySeconds: secondsSince(changedAt),
        boundSeconds: 5,
      })
    },
    limitMs,
  )
})

test.concurrent(
  'answers and streams that end in the middle',
  async () => {
    await using site = await startProxied({ flags: quick })
    const before = await site.lines()
    const cut = site.ill({ kind: 'cut', afterBytes: 700, way: 'to-client', how: 'reset' })
    site.daemon.child.signal('SIGUSR1')
    threeChanges(site.mock)
    await statusIs(site, 'a list to fail', (status) => status.list.incomplete > 0)
    const lost = before.filter((line) => !new Set(site.mock.platform.tokenLines()).has(line))
    const after = new Set(await site.lines())
    expect(before.filter((line) => !after.has(line) && !lost.includes(line))).toEqual([])
    const backAt = performance.now()
    cut[Symbol.dispose]()
    await site.right(40_000)
    recordFault({
      subject: 'network',
      fault: 'each connection is reset after 700 bytes of answers',
      expected: 'no token lost that its VM still has; caught up with the next tries',
      happened: 'lists failed, and removed nothing',
      recoverySeconds: secondsSince(backAt),
      // The longest pause between two tries, and what they take.
      boundSeconds: 35,
    })
    const vm = site.mock.platform.deploy(some(site.mock, false).id)
    await site.has(lineOf(vm), true)
  },
  limitMs,
)
