import { mkdir } from 'node:fs/promises'
import { RedisClient } from 'bun'
import type { Bench, BenchContext } from '../bench.ts'
import { createConsoleVm } from '../console-vm.ts'
import type { Figure, Unit } from '../figure.ts'
import { watchFolder } from '../folder-watch.ts'
import { type ChangeCosts, type ChangeTimes, countChanges, timeChanges } from '../outputs/changes.ts'
import { notifyFlags, watchKeys } from '../outputs/key-watch.ts'
import { startOutputsSite, vmsOf100k } from '../outputs/outputs-site.ts'
import { filesTouched, keysTouched } from '../outputs/touched.ts'
import { plainWrite } from '../plain-write.ts'
import { type Platform, startPlatform } from '../platform.ts'
import { median } from '../samples.ts'
import { show } from '../table.ts'

/** From the moment before the mock is told of a change to the moment its key or file is seen, and what it costs. */
export const outputsEvents: Bench = {
  name: 'outputs-events',
  about: 'event to key of Redis and to file of a folder, 100k VMs: p50 of 300 changes; what a change touches',
  withinMs: 900_000,
  async run(context) {
    const { quick, say, signal } = context
    const vms = quick ? 2000 : vmsOf100k
    say(`a platform of ${vms} VMs`)
    await using platform = await startPlatform({ vms, enterprises: 10, flags: ['--undeployed', '0'] }, signal)
    const of = `${Math.round(vms / 1000)}k VMs`
    return [...(await keys(context, platform, of)), ...(await files(context, platform, of))]
  },
}

async function keys(context: BenchContext, platform: Platform, of: string): Promise<Figure[]> {
  const { say, signal } = context
  const { changes, rounds } = sizes(context)
  await using site = await startOutputsSite(context, platform, {
    kinds: ['redis'],
    name: 'keys',
    redisFlags: notifyFlags,
  })
  const redis = site.redis()
  using ours = await watchKeys(redis.port, 0, signal)
  using theirs = await watchKeys(redis.port, 1, signal)
  const sight = { come: (token: string) => ours.seen('set', token), gone: (token: string) => ours.seen('del', token) }
  const plain = new RedisClient(`redis://127.0.0.1:${redis.port}/1`)
  const floor = async () => {
    const seen = theirs.seen('set', 'floor')
    const began = performance.now()
    const [at] = await Promise.all([seen, plain.set('floor', '{"host":"192.0.2.1:5900"}')])
    return at - began
  }
  try {
    await plain.connect()
    const vm = await createConsoleVm(platform)
    say(`${changes} changes`)
    const times = await timeChanges(platform, vm, changes, sight, floor, signal)
    const touched = (change: () => Promise<void>) => keysTouched(redis, change)
    const costs = await countChanges(platform, vm, rounds, sight, touched, signal)
    const what = `event to key of Redis, ${of}`
    return [timesOf(what, times, 'SET and its notice', 3), ...costsOf(what, costs, 'keys')]
  } finally {
    plain.close()
  }
}

async function files(context: BenchContext, platform: Platform, of: string): Promise<Figure[]> {
  const { folder, say, signal } = context
  const { changes, rounds } = sizes(context)
  await using site = await startOutputsSite(context, platform, { kinds: ['dir'], name: 'files' })
  const beside = folder.file('floor')
  await mkdir(beside)
  using ours = watchFolder(site.tokens, signal)
  using theirs = watchFolder(beside, signal)
  const sight = {
    come: (token: string) => ours.replaced(token, () => true),
    gone: (token: string) => ours.removed(token),
  }
  const content = Buffer.from('192.0.2.1:5900')
  const floor = async () => {
    const seen = theirs.replaced('floor', () => true)
    const began = performance.now()
    const [at] = await Promise.all([seen, plainWrite(`${beside}/floor`, content)])
    return at - began
  }
  const vm = await createConsoleVm(platform)
  say(`${changes} changes`)
  const times = await timeChanges(platform, vm, changes, sight, floor, signal)
  const touched = (change: () => Promise<void>) => filesTouched(site.tokens, change)
  const costs = await countChanges(platform, vm, rounds, sight, touched, signal)
  const what = `event to file of a folder, ${of}`
  return [timesOf(what, times, 'write, sync and rename', 4), ...costsOf(what, costs, 'files')]
}

function sizes({ quick }: BenchContext) {
  return quick ? { changes: 40, rounds: 2 } : { changes: 300, rounds: 10 }
}

function timesOf(what: string, times: ChangeTimes, floor: string, most: number): Figure {
  const { deploys, undeploys, floors, trips } = times
  const of = [`deploy ${show(median(deploys), 'ms')}`, `undeploy ${show(median(undeploys), 'ms')}`]
  return {
    what: `${what}: p50`,
    unit: 'ms',
    samples: [...deploys, ...undeploys],
    floor: { what: floor, samples: floors },
    limit: { of: 'figure', most },
    besides: `${of.join(', ')}, both with the call to the mock, by itself ${show(median(trips), 'ms')}`,
  }
}

function costsOf(what: string, { requests, touched }: ChangeCosts, unit: Unit): Figure[] {
  const common = { statistic: 'most', limit: { of: 'figure', most: 1 } } as const
  return [
    { what: `${what}: ${unit} touched by a change`, unit, samples: touched, ...common },
    { what: `${what}: REST requests of a change`, unit: 'requests', samples: requests, ...common },
  ]
}
