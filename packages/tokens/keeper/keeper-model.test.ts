import { expect, test } from 'bun:test'
import { FakeClock } from '../../api/testing/fake-clock.ts'
import { OutputError } from '../outputs/output.ts'
import { apiError, broken, type FakePlatform, forbidden, proxy404, vmsPath } from '../testing/fake-platform.ts'
import { enterprises, event, fileOf, kept, ofVm, resyncMs } from '../testing/keeping.ts'
import { seeded } from '../testing/seeded.ts'
import type { KeeperOptions } from './keeper.ts'

/** VMs that nothing ever happens to. */
const rocks = [1, 2, 3]
/** VMs that come and go, at their addresses and at those of rocks. */
const others = ['21', '22', '23', '24', '25', '26', '27', '28']
const addresses = [1, 2, 3, 101, 102, 103, 104]
const tenants = ['1', '2', '3']

type World = Awaited<ReturnType<typeof world>>

async function world(random: () => number, options: Partial<KeeperOptions> = {}) {
  const all = await kept(new FakeClock(), {
    fill: (platform) => {
      platform.pageSize = 3
      platform.found(...tenants)
      for (const [index, port] of rocks.entries()) platform.fill(tenants[index] ?? '1', [port])
    },
    options: { random, ...options },
  })
  /** Where each VM that comes and goes is now; null where it is not deployed. */
  const truth = new Map<string, { port: number | null; appliance: string; enterprise: string }>()
  return { ...all, truth, late: [] as { at: number; tell: () => void }[] }
}

function pick<T>(random: () => number, values: readonly T[]): T {
  return values[Math.floor(random() * values.length)] as T
}

/** Something happens to a VM, and perhaps its event is told: sooner or later, once or twice. */
function change({ clock, late, platform, truth, watch }: World, random: () => number): void {
  const id = pick(random, others)
  const before = truth.get(id)
  const enterprise = before?.enterprise ?? pick(random, tenants)
  const appliance = before?.appliance ?? '1'
  const tell = (action: string, at = appliance) => {
    const owner = random() < 0.7 ? enterprise : null
    const told = random() < 0.05 ? event(action) : ofVm(action, id, at, owner)
    for (let times = random() < 0.7 ? 1 + Math.floor(random() * 1.3) : 0; times > 0; times--) {
      const at = clock.now() + (random() < 0.5 ? 0 : random() * 4000)
      late.push({ at, tell: () => watch?.tell({ kind: 'event', event: told, recovered: false }) })
    }
  }
  const what = random()
  if (before === undefined || what < 0.4) {
    const port = pick(random, addresses)
    platform.change(id, { enterprise, appliance, port, host: '10.0.0.1' })
    truth.set(id, { enterprise, appliance, port })
    tell(pick(random, ['DEPLOY_FINISH', 'DEPLOY_FINISH', 'VSM_VM_MOVED']))
  } else if (what < 0.7) {
    platform.undeploy(id)
    truth.set(id, { enterprise, appliance, port: null })
    tell(pick(random, ['UNDEPLOY_FINISH', 'UNDEPLOY_FINISH', 'DEPLOY_FINISH']))
  } else if (what < 0.85) {
    platform.remove(id)
    truth.delete(id)
    tell(pick(random, ['DELETE', 'UNDEPLOY_FINISH', 'VSM_VM_DESTROYED']))
  } else {
    const next = appliance === '1' ? '2' : '1'
    platform.change(id, { appliance: next })
    truth.set(id, { ...before, appliance: next })
    tell('MOVE_TO_VAPP', pick(random, [appliance, next]))
  }
}

/** The platform, the watch or the output falls ill, or is well again. */
function ail({ keeper, output, platform, watch }: World, random: () => number): void {
  const tenant = pick(random, tenants)
  // Of a VM that nothing happens to, under a URI that it may never have had.
  const rumour = ofVm(
    pick(random, ['UNDEPLOY_FINISH', 'DELETE', 'RECONFIGURE', 'MOVE_TO_VAPP', 'DEPLOY_FINISH', 'VSM_VM_DESTROYED']),
    pick(random, rocks),
    pick(random, ['1', '1', '9']),
    pick(random, [null, '1', '2', '3']),
  )
  watch?.tell({ kind: 'event', event: rumour, recovered: false })
  pick<() => void>(random, [
    () => heal(platform),
    () => heal(platform),
    () => {
      platform.fault = proxy404
    },
    () => {
      platform.fault = (path) => apiError('unreachable', path)
    },
    () => {
      platform.fault = (path) => (random() < 0.3 ? broken(path) : null)
    },
    () => {
      platform.fault = (path) => (path.startsWith(vmsPath(tenant)) ? forbidden(path) : null)
    },
    () => {
      platform.fault = (path) => (path.startsWith(vmsPath(tenant)) ? broken(path) : null)
    },
    () => {
      platform.fault = (path) => (path === enterprises ? apiError('busy', path, { retryAfterMs: 7000 }) : null)
    },
    () => {
      for (const port of rocks) platform.unlisted.add(String(port))
    },
    () => {
      platform.unlistedEnterprises.add(tenant)
    },
    () => {
      platform.verdicts.set(vmsPath(tenant), { complete: false, why: 'a page is repeated' })
    },
    () => {
      platform.latency = (path) => random() * (path.startsWith('/admin') ? 4000 : 1500)
    },
    () => {
      platform.lagMs = random() * 1800
    },
    () => watch?.tell({ kind: 'gap', from: null, why: 'cut', closing: false }),
    () => {
      watch?.tell({ kind: 'down', error: new Error('cut'), retryInMs: 1000 })
      watch?.tell({ kind: 'open', at: null })
    },
    () => keeper.listNow(),
    () => output.failures.set('write', new OutputError('unwritable', 'no room')),
    () => output.failures.clear(),
    () => output.overwrite(pick(random, output.written) ?? fileOf(...rocks)),
  ])()
}

function heal(platform: FakePlatform): void {
  platform.fault = () => null
  platform.latency = () => 0
  platform.lagMs = 0
  platform.verdicts.clear()
  platform.unlisted.clear()
  platform.unlistedEnterprises.clear()
}

/** A VM that nothing happened to of late is deployed, undeployed or removed, and its event is told within 4 s. */
function changeTold(
  { clock, late, platform, truth, watch }: World,
  random: () => number,
  calmSince: Map<string, number>,
): void {
  const id = pick(
    random,
    others.filter((each) => (calmSince.get(each) ?? 0) <= clock.now()),
  )
  if (id === undefined) return
  // No platform deploys a VM quicker.
  calmSince.set(id, clock.now() + 10_000)
  const before = truth.get(id)
  if (before === undefined) return
  const what = random()
  let action = 'DEPLOY_FINISH'
  if (what < 0.55) {
    const port = pick(random, addresses)
    platform.change(id, { port, host: '10.0.0.1' })
    truth.set(id, { ...before, port })
    // One that has an address gets another one: it moves.
    if (before.port !== null) action = port === before.port ? 'REFRESH' : 'VSM_VM_MOVED'
  } else if (what < 0.95) {
    action = 'UNDEPLOY_FINISH'
    platform.undeploy(id)
    truth.set(id, { ...before, port: null })
  } else {
    action = 'DELETE'
    platform.remove(id)
    truth.delete(id)
  }
  const told = ofVm(action, id, '1', random() < 0.7 ? before.enterprise : null)
  for (let times = 1 + Math.floor(random() * 2); times > 0; times--) {
    const at = clock.now() + (random() < 0.5 ? 0 : random() * 4000)
    late.push({ at, tell: () => watch?.tell({ kind: 'event', event: told, recovered: false }) })
  }
}

/** Tells the events whose time has come. */
function tellDue({ clock, late }: World): void {
  for (const due of late.splice(0)) {
    if (due.at <= clock.now()) due.tell()
    else late.push(due)
  }
}

/** What the file must have now. */
function right({ truth }: World): string {
  const ports = [...truth.values()].flatMap(({ port }) => (port === null ? [] : [port]))
  return fileOf(...new Set([...rocks, ...ports]))
}

const rounds = 120

test('whatever happens, what stays deployed is never lost, and in the end all is right', async () => {
  const rockLines = rocks.map((port) => fileOf(port))
  for (let seed = 1; seed <= rounds; seed++) {
    const random = seeded(seed)
    await using all = await world(random)
    const lost: string[] = []
    for (let step = 0; step < 50; step++) {
      tellDue(all)
      if (random() < 0.7) change(all, random)
      if (random() < 0.3) ail(all, random)
      await all.clock.advance(Math.floor(random() * 4000))
      const text = all.output.text ?? ''
      for (const line of rockLines) if (!text.includes(line)) lost.push(`step ${step}: ${line.trim()}`)
    }
    for (const { tell } of all.late) tell()
    heal(all.platform)
    all.output.failures.clear()
    // Two lists of everything, and what waits after failures.
    await all.clock.advance(2.5 * resyncMs)
    const { owed, list } = all.keeper.status()
    const defects = all.noted('defect')
    expect({ seed, lost, defects, owed, why: list.why, file: all.output.text }).toEqual({
      seed,
      lost: [],
      defects: [],
      owed: 0,
      why: null,
      file: right(all),
    })
  }
}, 20_000)

test('while the platform is well its events alone keep all right, however late REST, answers and lists are', async () => {
  for (let seed = 1; seed <= rounds; seed++) {
    const random = seeded(seed)
    await using all = await world(random, { resyncMs: 1e9 })
    const calmSince = new Map<string, number>()
    for (const id of others) {
      const vm = { enterprise: pick(random, tenants), appliance: '1', port: null }
      all.platform.change(id, vm)
      all.truth.set(id, vm)
    }
    await all.clock.advance(5000)
    all.platform.lagMs = random() * 1800
    all.platform.latency = (path) => random() * (path.startsWith('/admin') ? 6000 : 1500)
    for (let step = 0; step < 50; step++) {
      tellDue(all)
      if (random() < 0.7) changeTold(all, random, calmSince)
      // Lists tell what was true when their pages were made, and so often what is no more.
      if (random() < 0.1) all.keeper.listNow()
      await all.clock.advance(Math.floor(random() * 3000))
    }
    for (const { tell } of all.late) tell()
    await all.clock.advance(40_000)
    expect({ seed, file: all.output.text, owed: all.keeper.status().owed }).toEqual({ seed, file: right(all), owed: 0 })
  }
}, 20_000)
