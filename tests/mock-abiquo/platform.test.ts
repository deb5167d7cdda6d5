import { describe, expect, test } from 'bun:test'
import { type Mock, startMock } from './mock.ts'
import { get } from './test-client.ts'

const vms = { vms: 40, enterprises: 2 }

function eventsOf(mock: Mock): string[] {
  return mock.platform.events.history.map(
    ({ event }) => `${event.entity} ${event.action} ${event.user?.nick ?? 'system'}`,
  )
}

async function shown(mock: Mock, path: string): Promise<unknown> {
  const response = await get(mock, path)
  if (response.status !== 200) return response.status
  const { vdrpIP, vdrpPort, state } = (await response.json()) as Record<string, unknown>
  return { vdrpIP, vdrpPort, state }
}

describe('series of events', () => {
  const table: [what: string, action: (mock: Mock) => unknown, events: string[]][] = [
    [
      'deploy',
      ({ platform }) => platform.deploy(10),
      [
        'VIRTUAL_APPLIANCE DEPLOY user-1',
        'VIRTUAL_MACHINE DEPLOY user-1',
        'VIRTUAL_MACHINE ALLOCATE_VIRTUAL_MACHINE user-1',
        'VIRTUAL_MACHINE DEPLOY_FINISH user-1',
        'VIRTUAL_MACHINE VSM_CHANGE_STATE system',
      ],
    ],
    [
      'undeploy',
      ({ platform }) => platform.undeploy(1),
      [
        'VIRTUAL_APPLIANCE UNDEPLOY user-1',
        'VIRTUAL_MACHINE UNDEPLOY user-1',
        'VIRTUAL_MACHINE UNDEPLOY_FINISH user-1',
        'VIRTUAL_MACHINE VSM_CHANGE_STATE system',
      ],
    ],
    [
      'undeploy on an old server',
      ({ platform }) => platform.undeploy(1, { asDeployFinish: true }),
      [
        'VIRTUAL_APPLIANCE UNDEPLOY user-1',
        'VIRTUAL_MACHINE UNDEPLOY user-1',
        'VIRTUAL_MACHINE DEPLOY_FINISH user-1',
        'VIRTUAL_MACHINE VSM_CHANGE_STATE system',
      ],
    ],
    ['move', ({ platform }) => platform.move(1), ['VIRTUAL_MACHINE VSM_VM_MOVED system']],
    ['high availability', ({ platform }) => platform.moveByHa(1), ['VIRTUAL_MACHINE MOVE_BY_HA system']],
    ['move to an appliance', ({ platform }) => platform.moveToAppliance(1), ['VIRTUAL_MACHINE MOVE_TO_VAPP user-1']],
    ['reconfigure', ({ platform }) => platform.reconfigure(1, 'off'), ['VIRTUAL_MACHINE RECONFIGURE user-1']],
    ['host address', ({ platform }) => platform.setHostAddress(1, '10.9.9.9'), ['MACHINE MODIFY user-1']],
    ['delete', ({ platform }) => platform.delete(1), ['VIRTUAL_MACHINE DELETE user-1']],
    ['release', ({ platform }) => platform.release(1), ['VIRTUAL_MACHINE RELEASE user-1']],
    ['destroy', ({ platform }) => platform.destroy(1), ['VIRTUAL_MACHINE VSM_VM_DESTROYED system']],
    ['capture', ({ platform }) => platform.capture({ enterprise: 2 }), ['VIRTUAL_MACHINE CAPTURE user-2']],
    ['import', ({ platform }) => platform.import(), ['VIRTUAL_MACHINE IMPORT user-1']],
    ['request access', ({ platform }) => platform.requestAccess(1), ['VIRTUAL_MACHINE REQUEST_ACCESS user-1']],
    ['delete an appliance', ({ platform }) => platform.deleteAppliance(1), ['VIRTUAL_APPLIANCE DELETE user-1']],
    [
      'delete a virtual datacenter',
      ({ platform }) => platform.deleteVirtualDatacenter(1),
      ['VIRTUAL_DATACENTER DELETE user-1'],
    ],
    ['delete an enterprise', ({ platform }) => platform.deleteEnterprise(2), ['ENTERPRISE DELETE user-1']],
    ['delete a host', ({ platform }) => platform.deleteHost(1), ['MACHINE DELETE user-1']],
    ['a silent change', ({ platform }) => platform.undeploy(1, { events: false }), []],
    ['a raw address', ({ platform }) => platform.setRawVdrp(1, 'x', 'y'), []],
  ]
  test.each(table)('%s', async (_, action, events) => {
    await using mock = await startMock(vms)
    action(mock)
    expect(eventsOf(mock)).toEqual(events)
  })
})

describe('what REST shows', () => {
  test('a deployed virtual machine has the address it was given', async () => {
    await using mock = await startMock(vms)
    mock.platform.deploy(10, { address: { ip: '127.0.0.1', port: 5907 } })
    expect(await shown(mock, mock.platform.pathOf(10))).toEqual({ vdrpIP: '127.0.0.1', vdrpPort: 5907, state: 'ON' })
  })

  test('a long deploy locks the virtual machine until its end', async () => {
    await using mock = await startMock(vms)
    mock.platform.deploy(10, { taskMs: 1e9 })
    expect(await shown(mock, mock.platform.pathOf(10))).toEqual({ vdrpPort: 0, state: 'LOCKED' })
    expect(eventsOf(mock)).toHaveLength(2)
    mock.platform.deploy(20, { taskMs: 5 })
    while (mock.platform.vm(20).state === 'LOCKED') await Bun.sleep(1)
    expect(eventsOf(mock)).toHaveLength(7)
  })

  test('a moved one keeps its port and has the new host', async () => {
    await using mock = await startMock(vms)
    const { port } = mock.platform.vm(1)
    mock.platform.move(1, 2)
    const { vdrpIP, vdrpPort } = (await shown(mock, mock.platform.pathOf(1))) as Record<string, unknown>
    expect([vdrpIP, vdrpPort]).toEqual([mock.platform.host(2).ip, port])
  })

  test('in another appliance it has a new path, and the old one is 404', async () => {
    await using mock = await startMock(vms)
    const before = mock.platform.pathOf(1)
    mock.platform.moveToAppliance(1)
    expect(await shown(mock, before)).toBe(404)
    expect(await shown(mock, mock.platform.pathOf(1))).toMatchObject({ vdrpPort: 5900 })
  })

  test("a host's new address is that of all its virtual machines", async () => {
    await using mock = await startMock({ vms: 400, enterprises: 1 })
    const changed = mock.platform.setHostAddress(1, '10.9.9.9')
    expect(changed.length).toBeGreaterThan(5)
    for (const vm of changed) expect(await shown(mock, mock.platform.pathOf(vm))).toMatchObject({ vdrpIP: '10.9.9.9' })
  })

  test('a list follows every change', async () => {
    await using mock = await startMock(vms)
    const count = async () => {
      const text = await (await get(mock, '/admin/enterprises/1/action/virtualmachines?limit=0')).text()
      return text.match(/"vdrpIP"/g)?.length
    }
    expect(await count()).toBe(18)
    mock.platform.deploy(10)
    expect(await count()).toBe(19)
    mock.platform.capture({ enterprise: 1 })
    expect(await count()).toBe(20)
    mock.platform.delete(1)
    mock.platform.undeploy(2)
    expect(await count()).toBe(18)
  })

  test('REST lags behind the truth by the time it is told', async () => {
    await using mock = await startMock({ ...vms, restLagMs: 1e9 })
    mock.platform.undeploy(1)
    expect(mock.platform.vm(1).port).toBe(0)
    expect(eventsOf(mock)).toHaveLength(4)
    expect(await shown(mock, mock.platform.pathOf(1))).toMatchObject({ vdrpPort: 5900 })
    mock.platform.lagVm(1, 5)
    mock.platform.deploy(1, { address: { ip: '10.0.0.1', port: 1 } })
    while (mock.platform.shown.vms.get(1)?.port === 5900) await Bun.sleep(1)
    expect(await shown(mock, mock.platform.pathOf(1))).toMatchObject({ vdrpIP: '10.0.0.1', vdrpPort: 1 })
  })

  test('a late old state never replaces a newer one', async () => {
    await using mock = await startMock(vms)
    mock.platform.undeploy(1, { lagMs: 5 })
    mock.platform.deploy(1, { lagMs: 0, address: { ip: '10.0.0.1', port: 1 } })
    mock.platform.undeploy(2, { lagMs: 5 })
    while (mock.platform.shown.vms.get(2)?.port !== 0) await Bun.sleep(1)
    expect(mock.platform.shown.vms.get(1)?.port).toBe(1)
  })
})

describe('the truth', () => {
  test('holds the virtual machines with an address and a port from 1 to 65535', async () => {
    await using mock = await startMock({ vms: 100 })
    const { platform } = mock
    const all = platform.truth().length
    expect(all).toBe(platform.vms.filter((vm) => vm.ip !== null && vm.port !== 65_545).length)
    const odd: [string | null, number | string, number][] = [
      ['10.0.0.1\nfff: 6.6.6.6', 5900, -1],
      ['10.0.0.1', 65_545, -1],
      ['10.0.0.1', 0, -1],
      [null, 5900, -1],
      ['a b', 5900, -1],
      ['#', 5900, -1],
      ['::1', 65_535, 0],
      ['host.example', '1', 0],
    ]
    for (const [ip, port, change] of odd) {
      platform.setRawVdrp(1, ip, port)
      expect([ip, platform.truth().length - all]).toEqual([ip, change])
    }
  })

  test('as token lines is sorted, and an address that two share is there once', async () => {
    await using mock = await startMock({ vms: 3, undeployed: 0, enterprises: 1 })
    const address = { ip: '10.60.1.79', port: 5901 }
    mock.platform.undeploy(1)
    for (const id of [2, 3]) mock.platform.deploy(id, { address })
    expect(mock.platform.tokenLines()).toEqual(['2e843805d056a266227cbb6b699a7ee0: 10.60.1.79:5901'])
  })

  test('addresses at the start are unique', async () => {
    await using mock = await startMock({ vms: 5000, enterprises: 3 })
    expect(mock.platform.tokenLines()).toHaveLength(mock.platform.truth().length)
  })

  test('the same seed gives the same platform', async () => {
    await using one = await startMock({ vms: 50, seed: 3 })
    await using two = await startMock({ vms: 50, seed: 3 })
    await using other = await startMock({ vms: 50, seed: 4 })
    expect(one.platform.vms).toEqual(two.platform.vms)
    expect(one.platform.vms).not.toEqual(other.platform.vms)
  })
})
