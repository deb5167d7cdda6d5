import { describe, expect, test } from 'bun:test'
import type { Mock } from '../mock-abiquo/index.ts'
import { waitFor } from '../support/wait.ts'
import { fallIll, illnesses, impatient, mostAtOnce } from './illnesses.ts'
import { askedOf, excessOf, streamRequests } from './requests.ts'
import { type Site, type SiteOptions, type Status, startSite } from './support.ts'
import { lineOf, some } from './vms.ts'

/** Starts a site and waits until it has listed all and sees what happens from then on. */
async function startWatching(options: SiteOptions = {}): Promise<Site> {
  const site = await startSite({ wait: false, ...options })
  await site.right()
  await waitFor('the watch', async () => {
    const { list, reads, watch } = await site.status()
    return list.complete > 0 && !list.running && reads.owed === 0 && watch.state === 'open' && !watch.recovering
  })
  site.mock.requests.clear()
  return site
}

/** Waits until the status of the watch is so. */
async function watchIs(site: Site, what: string, is: (watch: Status['watch']) => boolean): Promise<Status['watch']> {
  return await waitFor(
    what,
    async () => {
      const { watch } = await site.status()
      return is(watch) ? watch : null
    },
    { withinMs: 20_000 },
  )
}

/** Cuts the stream, and lets nobody open it before the change is over. */
async function whileCut<T>(mock: Mock, change: () => T): Promise<T> {
  using _down = mock.faults.add({ kind: 'reset' }, { on: 'stream' })
  mock.streams.cut('abrupt')
  await waitFor('the stream to be cut', () => mock.streams.open === 0)
  return change()
}

/** A deploy, an undeploy and a move; the answer has the paths of the VMs. */
function threeChanges({ platform }: Mock, some: { up: number; down: number; moved: number }): string[] {
  platform.deploy(some.up)
  platform.undeploy(some.down)
  platform.move(some.moved)
  return Object.values(some).map((id) => `/api${platform.pathOf(id)}`)
}

function threeVms(mock: Mock): { up: number; down: number; moved: number } {
  return { up: some(mock, false).id, down: some(mock, true, 0).id, moved: some(mock, true, 1).id }
}

describe('after a cut of the stream', () => {
  test.concurrent('the history tells what happened, up to 2 s late, and nothing is listed', async () => {
    await using site = await startWatching({ eventLagMaxMs: 2000 })
    const { mock } = site
    const paths = await whileCut(mock, () => threeChanges(mock, threeVms(mock)))
    await site.right(20_000)
    const { gaps, recovered } = await watchIs(site, 'the gap to be closed', (watch) => !watch.recovering)
    const { lists, reads } = askedOf(mock)
    expect({ lists, reads: new Set(reads), gaps }).toEqual({ lists: [], reads: new Set(paths), gaps: 1 })
    expect(recovered).toBeGreaterThanOrEqual(3)
  }, 40_000)

  test.concurrent('a history that is refused leaves it to one full list', async () => {
    await using site = await startWatching()
    const { mock } = site
    mock.faults.add({ kind: 'status', status: 403 }, { path: /^\/api\/events/ })
    await whileCut(mock, () => threeChanges(mock, threeVms(mock)))
    await site.right(20_000)
    await waitFor('the list to end', async () => (await site.status()).list.complete === 2)
    const { lists, history } = askedOf(mock)
    expect({ full: lists.filter((path) => !path.includes('/action/')).length, history: history.length }).toEqual({
      full: 1,
      history: 1,
    })
  }, 40_000)
})

const polling = ['--poll-interval', '1s']

/** Deploys and undeploys a VM and waits for the file to follow; the answer says what was asked for it. */
async function followed(site: Site): Promise<{ lists: number; reads: number }> {
  const { mock } = site
  mock.requests.clear()
  const vm = mock.platform.deploy(some(mock, false).id)
  await site.has(lineOf(vm), true)
  mock.platform.undeploy(vm.id)
  await site.has(lineOf(vm), false)
  const { lists, reads } = askedOf(mock)
  return { lists: lists.length, reads: reads.length }
}

describe('a platform whose stream there is not', () => {
  const absences: [string, SiteOptions, RegExp][] = [
    ['since it has none', { stream: false }, /\b404\b/],
    ['for this user, who is told 401', { before: refusing(401) }, /\b401\b/],
    ['for this user, who is told 403', { before: refusing(403) }, /\b403\b/],
  ]
  test.concurrent.each(absences)(
    '%s, is polled, which is told and not degraded',
    async (_name, options, why) => {
      await using site = await startWatching({ ...options, flags: polling })
      expect(await followed(site)).toEqual({ lists: 0, reads: 2 })
      const { watch, login } = await site.status()
      expect({ ...watch, login: login.state }).toMatchObject({ kind: 'poll', state: 'open', login: 'accepted' })
      expect(watch.instead).toMatch(why)
      expect(await site.daemon.readiness()).toEqual({ status: 200, degraded: [] })
      expect(streamRequests(site.mock)).toBe(0)
    },
    40_000,
  )

  test.concurrent('is watched by its stream once that is there, which HUP tries at once', async () => {
    await using site = await startWatching({ stream: false, flags: polling })
    site.mock.streams.available = true
    site.daemon.child.signal('SIGHUP')
    await watchIs(site, 'the stream', ({ kind, state }) => kind === 'stream' && state === 'open')
    const vm = site.mock.platform.deploy(some(site.mock, false).id)
    await site.has(lineOf(vm), true)
    expect((await site.status()).watch).toMatchObject({ kind: 'stream', instead: null, error: null })
  }, 40_000)
})

function refusing(status: number): (mock: Mock) => void {
  return (mock) => void mock.faults.add({ kind: 'status', status }, { on: 'stream' })
}

test.concurrent('--watch poll never asks for the stream that there is', async () => {
  await using site = await startWatching({ flags: [...polling, '--watch', 'poll'] })
  expect(await followed(site)).toEqual({ lists: 0, reads: 2 })
  const { kind, instead, connects } = (await site.status()).watch
  expect({ kind, instead, connects, opened: site.mock.streams.opened }).toEqual({
    kind: 'poll',
    instead: null,
    connects: 0,
    opened: 0,
  })
}, 40_000)

describe('the daemon lives on, asks at most once a second, and comes back', () => {
  test.concurrent.each(illnesses)(
    'from $name',
    async (illness) => {
      await using site = await startWatching({ flags: impatient })
      const { mock, daemon } = site
      {
        using _ = await fallIll(mock, illness)
        threeChanges(mock, threeVms(mock))
      }
      expect(excessOf(mock.requests.all)).toBeLessThanOrEqual(mostAtOnce)
      // Where the stream seems not to be there, the next try is far off.
      daemon.child.signal('SIGHUP')
      await watchIs(site, 'the stream', ({ kind, state }) => kind === 'stream' && state === 'open')
      const vm = mock.platform.deploy(some(mock, false).id)
      await site.has(lineOf(vm), true, 30_000)
      await site.right(20_000)
    },
    60_000,
  )
})
