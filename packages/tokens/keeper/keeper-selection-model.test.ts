import { expect, test } from 'bun:test'
import { FakeClock } from '../../api/testing/fake-clock.ts'
import { Selection } from '../book/selection.ts'
import { fileOf, kept, ofVm } from '../testing/keeping.ts'
import { seeded } from '../testing/seeded.ts'

interface Truth {
  readonly port: number | null
  readonly datacenter: string | null
  /** No platform changes a VM again sooner. */
  readonly calmUntil: number
}

const ids = ['21', '22', '23', '24', '25', '26', '27', '28']
const addresses = [1, 2, 3, 101, 102, 103, 104]
const datacenters = ['1', '1', '2', '3', null]
const runs = 120

function pick<T>(random: () => number, values: readonly T[]): T {
  return values[Math.floor(random() * values.length)] as T
}

function world(random: () => number) {
  const selection = new Selection({ datacenters: ['1'], enterprises: ['1', '2'] })
  return kept(new FakeClock(), {
    fill: (platform) => {
      platform.pageSize = 3
      platform.found('1', '2', '3')
      for (const id of ids) platform.change(id, { enterprise: enterpriseOf(id), port: 0 })
    },
    options: { random, selection, resyncMs: 1e9 },
  })
}

/** Every third VM is of an enterprise that is not chosen. */
function enterpriseOf(id: string): string {
  return String(1 + (Number(id) % 3))
}

/** What happens to a VM: it is deployed anywhere, moves away, or is undeployed. */
function change({ datacenter, port }: Truth, random: () => number): { action: string; port: number | null } {
  const movable = datacenter === '1' && random() < 0.5
  const action = port === null ? 'DEPLOY_FINISH' : movable ? 'VSM_VM_MOVED' : 'UNDEPLOY_FINISH'
  return { action, port: action === 'UNDEPLOY_FINISH' ? null : pick(random, addresses) }
}

test('events alone keep a selection right, wherever its VMs go, however late REST, answers and lists are', async () => {
  for (let seed = 1; seed <= runs; seed++) {
    const random = seeded(seed)
    await using all = await world(random)
    const { clock, platform, watch } = all
    const truth = new Map<string, Truth>(ids.map((id) => [id, { port: null, datacenter: '1', calmUntil: 0 }]))
    const late: { at: number; tell: () => void }[] = []
    platform.lagMs = random() * 1800
    platform.latency = (path) => random() * (path.startsWith('/admin') ? 6000 : 1500)
    for (let step = 0; step < 50; step++) {
      for (const due of late.splice(0)) due.at <= clock.now() ? due.tell() : late.push(due)
      const id = pick(
        random,
        ids.filter((each) => (truth.get(each)?.calmUntil ?? 0) <= clock.now()),
      )
      const before = truth.get(id)
      if (before !== undefined && random() < 0.7) {
        const { action, port } = change(before, random)
        const datacenter = pick(random, datacenters)
        platform.change(id, { port: port ?? 0, host: port === null ? null : '10.0.0.1', datacenter })
        truth.set(id, { port, datacenter, calmUntil: clock.now() + 10_000 })
        const told = ofVm(action, id, '1', random() < 0.5 ? enterpriseOf(id) : null)
        const event = { ...told, datacenter: random() < 0.7 ? datacenter : null }
        const at = clock.now() + (random() < 0.5 ? 0 : random() * 4000)
        late.push({ at, tell: () => watch?.tell({ kind: 'event', event, recovered: false }) })
      }
      // Lists tell what was true when their pages were made, and so often what is no more.
      if (random() < 0.1) all.keeper.listNow()
      await clock.advance(Math.floor(random() * 3000))
    }
    for (const { tell } of late) tell()
    await clock.advance(40_000)
    const ours = [...truth].filter(([id, { datacenter }]) => datacenter === '1' && enterpriseOf(id) !== '3')
    const right = new Set(ours.flatMap(([, { port }]) => (port === null ? [] : [port])))
    const { owed } = all.keeper.status()
    expect({ seed, file: all.output.text, owed }).toEqual({ seed, file: fileOf(...right), owed: 0 })
  }
}, 20_000)
