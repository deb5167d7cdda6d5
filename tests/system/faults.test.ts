import { describe, expect, test } from 'bun:test'
import { type Mock, tokenLinesOf } from '../mock-abiquo/index.ts'
import { recordFault, secondsSince } from '../reliability/record.ts'
import { waitFor } from '../support/wait.ts'
import { type Site, startSite } from './support.ts'

/** Asks for a list, and waits until one has ended. */
async function list(site: Site): Promise<void> {
  const ended = async () => {
    const { complete, incomplete } = (await site.status()).list
    return complete + incomplete
  }
  const before = await ended()
  site.daemon.child.signal('SIGUSR1')
  await waitFor('a list to end', async () => (await ended()) > before, { withinMs: 20_000 })
}

/** Waits until the file is right after a fault of lists, and tells how long that took. */
async function recover(site: Site, fault: string): Promise<void> {
  const overAt = performance.now()
  await list(site)
  await site.right()
  recordFault({
    subject: 'lists',
    fault,
    expected: 'no token lost that its VM still has',
    happened: 'the file stayed as it was, and the next list was complete',
    recoverySeconds: secondsSince(overAt),
    boundSeconds: 15,
  })
}

describe('no token is lost that its VM still has, and what is new is added', () => {
  const faults: [string, (mock: Mock) => Disposable][] = [
    [
      'the list of enterprises is empty',
      (mock) => mock.faults.add({ kind: 'empty' }, { on: 'rest', path: /admin\/enterprises(\?|$)/ }),
    ],
    [
      'all lists of VMs are empty',
      (mock) => mock.faults.add({ kind: 'empty' }, { on: 'rest', path: /action\/virtualmachines/ }),
    ],
    [
      'one list of VMs is empty',
      (mock) => mock.faults.add({ kind: 'empty' }, { path: /action\/virtualmachines/, enterprise: 2 }),
    ],
    ['one enterprise answers 403', (mock) => mock.faults.add({ kind: 'status', status: 403 }, { enterprise: 2 })],
    ['one enterprise answers 500', (mock) => mock.faults.add({ kind: 'status', status: 500 }, { enterprise: 2 })],
    ['one enterprise answers HTML', (mock) => mock.faults.add({ kind: 'html', status: 200 }, { enterprise: 2 })],
    ['one enterprise answers half', (mock) => mock.faults.add({ kind: 'cut' }, { enterprise: 2 })],
    ['one enterprise answers wrong JSON', (mock) => mock.faults.add({ kind: 'garbage' }, { enterprise: 2 })],
    [
      'all paths are HTML with 404, as while the API restarts',
      (mock) => mock.faults.add({ kind: 'html', status: 404 }, { on: 'rest' }),
    ],
    ['one list says that it has more', (mock) => mock.faults.add({ kind: 'total', by: 3 }, { enterprise: 2 })],
  ]
  test.each(faults)(
    '%s',
    async (name, fail) => {
      await using site = await startSite({ vmPaging: 'links' })
      const { mock } = site
      {
        using _fault = fail(mock)
        await list(site)
        expect(await site.lines()).toEqual(mock.platform.tokenLines())
      }
      await recover(site, name)
    },
    40_000,
  )

  test.each([
    ['page 3 of 5 fails', { kind: 'status', status: 500 }, { page: 3 }],
    ['the links "next" lead in a circle', { kind: 'loop' }, {}],
    ['a page is repeated', { kind: 'repeat' }, {}],
    ['a VM is on two pages', { kind: 'duplicate' }, {}],
  ] as const)(
    '%s',
    async (name, fault, target) => {
      await using site = await startSite({ vms: 1200, enterprises: 1, vmPaging: 'links' })
      const { mock } = site
      {
        using _fault = mock.faults.add(fault, { ...target, path: /action\/virtualmachines/ })
        await list(site)
        expect(await site.lines()).toEqual(mock.platform.tokenLines())
      }
      await recover(site, name)
    },
    40_000,
  )
})

test('while the API restarts, events remove nothing, and what they told is true once it is back', async () => {
  await using site = await startSite()
  const { mock } = site
  const before = await site.lines()
  const fault = mock.faults.add({ kind: 'html', status: 404 }, { on: 'rest' })
  const [gone, moved] = mock.platform.vms.filter(({ ip }) => ip !== null)
  if (gone === undefined || moved === undefined) throw new Error('The mock has too few VMs')
  mock.platform.undeploy(gone.id)
  mock.platform.requestAccess(moved.id)
  await waitFor('the events to be acted on', async () => (await site.status()).reads.total >= 2)
  expect(await site.lines()).toEqual(before)
  fault.clear()
  await site.right(60_000)
}, 90_000)

test('many VMs that are really gone without events are held, and let go by USR2', async () => {
  await using site = await startSite({ vms: 100, undeployed: 0, remoteAccessOff: 0 })
  const { mock } = site
  const before = await site.lines()
  for (const vm of mock.platform.vms.slice(0, 60)) mock.platform.undeploy(vm.id, { events: false })
  await list(site)
  await waitFor('them to be held', async () => ((await site.status()).outputs[0]?.held ?? 0) > 0)
  expect(await site.lines()).toEqual(before)
  site.daemon.child.signal('SIGUSR2')
  await site.right()
})

test('the same many undeployed with events are gone at once', async () => {
  await using site = await startSite({ vms: 1000, undeployed: 0, remoteAccessOff: 0 })
  const { mock } = site
  for (const vm of mock.platform.vms.slice(0, 600)) mock.platform.undeploy(vm.id)
  await site.right(30_000)
  expect((await site.status()).outputs[0]?.held).toBe(0)
}, 40_000)

test('503 with Retry-After is kept to by every request', async () => {
  await using site = await startSite()
  const { mock } = site
  using _fault = mock.faults.add({ kind: 'status', status: 503, retryAfter: 30 }, { on: 'rest' })
  mock.requests.clear()
  await list(site)
  const asked = mock.requests.count(({ kind }) => kind === 'rest')
  const [vm] = mock.platform.vms
  if (vm === undefined) throw new Error('The mock has no VM')
  mock.platform.requestAccess(vm.id)
  await waitFor('the event to be acted on', async () => (await site.status()).reads.total >= 1)
  expect(mock.requests.count(({ kind }) => kind === 'rest')).toBe(asked)
})

test('a stream that the platform does not have leaves lists to find what changes', async () => {
  await using site = await startSite({
    before: (mock) => void mock.faults.add({ kind: 'status', status: 404 }, { on: 'stream' }),
    flags: ['--resync', '1s'],
    wait: false,
  })
  await site.right()
  const { mock } = site
  const vm = mock.platform.vms.find(({ host }) => host === null)
  if (vm === undefined) throw new Error('All VMs are deployed')
  mock.platform.deploy(vm.id)
  await site.right(20_000)
  expect(tokenLinesOf(mock.platform.truth())).toEqual(await site.lines())
}, 40_000)
