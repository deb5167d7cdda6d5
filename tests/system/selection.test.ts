import { expect, test } from 'bun:test'
import { readFile } from 'node:fs/promises'
import { addressOf, type Mock, startMock, tokenLinesOf, type VirtualMachine } from '../mock-abiquo/index.ts'
import { binary } from '../support/binary.ts'
import { run } from '../support/process.ts'
import { type TempFolder, tempFolder } from '../support/temp.ts'
import { waitFor } from '../support/wait.ts'
import { askedOf } from './requests.ts'
import { type Site, startSite } from './support.ts'
import { lineOf } from './vms.ts'

type Chosen = (vm: VirtualMachine) => boolean

/** The lines of the VMs that are chosen. */
function linesOf({ platform }: Mock, chosen: Chosen): string[] {
  return tokenLinesOf(
    platform.vms
      .filter(chosen)
      .map(addressOf)
      .filter((address) => address !== null),
  )
}

async function regen(mock: Mock, folder: TempFolder, flags: readonly string[], env: Record<string, string> = {}) {
  const login = ['-a', mock.apiUrl, '-u', mock.username, '-p', mock.password]
  return await run([await binary(), 'regen', ...login, '-f', folder.file('config.vnc'), ...flags], { env })
}

async function read(folder: TempFolder): Promise<string[]> {
  return (await readFile(folder.file('config.vnc'), 'utf8')).split('\n').slice(0, -1)
}

test.each<[string, readonly string[], Record<string, string>, Chosen]>([
  ['a datacenter', ['--datacenter', '2'], {}, ({ datacenter }) => datacenter === 2],
  ['a datacenter, as XML', ['--datacenter', '2', '--api-format', 'xml'], {}, ({ datacenter }) => datacenter === 2],
  ['datacenters by the variable', [], { NOVNC_TOKENS_DATACENTER: '1, 3' }, ({ datacenter }) => datacenter !== 2],
  ['enterprises', ['--enterprise', '2', '--enterprise', '4'], {}, ({ enterprise }) => [2, 4].includes(enterprise)],
  ['all but an enterprise', ['--exclude-enterprise', '3'], {}, ({ enterprise }) => enterprise !== 3],
  [
    'both',
    ['--datacenter', '1', '--enterprise', '2,3', '--exclude-enterprise', '3'],
    {},
    ({ datacenter, enterprise }) => datacenter === 1 && enterprise === 2,
  ],
])('regen of %s', async (_, flags, env, chosen) => {
  await using folder = tempFolder()
  await using mock = await startMock({ vms: 120, enterprises: 4, datacenters: 3 })
  const wanted = linesOf(mock, chosen)
  const { code } = await regen(mock, folder, flags, env)
  expect({ code, lines: await read(folder), some: wanted.length > 3 }).toEqual({ code: 0, lines: wanted, some: true })
})

test('regen of an enterprise lists no other, and warns of one that there is not', async () => {
  await using folder = tempFolder()
  await using mock = await startMock({ vms: 40, enterprises: 4 })
  const { code, stderr } = await regen(mock, folder, ['--enterprise', '2,99'])
  const lists = askedOf(mock).lists.filter((path) => path.includes('virtualmachines'))
  expect({ code, lists: lists.map((path) => path.split('/')[4]) }).toEqual({ code: 0, lists: ['2'] })
  expect(stderr).toContain('The platform has no enterprise 99')
})

/** Waits until the daemon's file has just the lines of the VMs that are chosen. */
async function right(site: Site, chosen: Chosen): Promise<void> {
  await waitFor('the right file', async () => Bun.deepEquals(await site.lines(), linesOf(site.mock, chosen)))
}

function someVm(mock: Mock, deployed: boolean, chosen: Chosen): VirtualMachine {
  const vm = mock.platform.vms.find((each) => chosen(each) && (each.host !== null) === deployed)
  if (vm === undefined) throw new Error('The mock has no such VM')
  return vm
}

test('run of a datacenter: an event of another one costs no request, one of its own a single one', async () => {
  const ours: Chosen = ({ datacenter }) => datacenter === 1
  await using site = await startSite({ flags: ['--datacenter', '1'], wait: false })
  const { mock } = site
  await right(site, ours)
  await waitFor('the stream', () => mock.streams.open === 1)
  mock.requests.clear()
  const other = mock.platform.deploy(someVm(mock, false, (vm) => !ours(vm)).id)
  mock.platform.undeploy(someVm(mock, true, (vm) => !ours(vm)).id)
  const own = mock.platform.deploy(someVm(mock, false, ours).id)
  await site.has(lineOf(own), true)
  expect(askedOf(mock)).toEqual({ lists: [], reads: [expect.stringMatching(new RegExp(`/${own.id}$`))], history: [] })
  expect(await site.lines()).not.toContain(lineOf(other))
  await right(site, ours)
  const status = await (await fetch(`http://127.0.0.1:${site.daemon.healthPort}/status`)).json()
  expect(status).toMatchObject({ status: 'ready', leftOut: { noDatacenter: 0, otherEnterprise: 0, noEnterprise: 0 } })
})

test('run of enterprises: no other is listed, one that there is not is told, and events are followed', async () => {
  const ours: Chosen = ({ enterprise }) => enterprise === 2
  await using site = await startSite({ flags: ['--enterprise', '2,99'], wait: false })
  const { mock } = site
  await right(site, ours)
  await waitFor('the stream', () => mock.streams.open === 1)
  const lists = askedOf(mock).lists.filter((path) => path.includes('virtualmachines'))
  expect([...new Set(lists.map((path) => path.split('/')[4]))]).toEqual(['2'])
  expect((await site.daemon.readiness()).degraded).toEqual([
    'Enterprise 99 is chosen, but the platform has no such: check --enterprise, and what the user may see',
  ])
  const vm = mock.platform.deploy(someVm(mock, false, ours).id)
  await site.has(lineOf(vm), true)
  mock.platform.undeploy(vm.id)
  await right(site, ours)
})
