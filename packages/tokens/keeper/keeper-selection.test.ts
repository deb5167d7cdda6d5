import { describe, expect, test } from 'bun:test'
import { enterprisePath, type PlatformEvent } from '@novnc-tokens/api'
import { FakeClock } from '../../api/testing/fake-clock.ts'
import { Selection, type SelectionOptions } from '../book/selection.ts'
import { type FakePlatform, machinePath, vmPath, vmsPath } from '../testing/fake-platform.ts'
import { enterprises, event, fileOf, kept, ofVm, ports, resyncMs, type Setting } from '../testing/keeping.ts'

const none = { 'other-datacenter': 0, 'no-datacenter': 0, 'other-enterprise': 0, 'no-enterprise': 0 }

/** A keeper that has ended its first list, with a selection. */
function keptOf(selection: SelectionOptions, fill: (platform: FakePlatform) => void, setting: Setting = {}) {
  return kept(new FakeClock(), { fill, ...setting, options: { selection: new Selection(selection) } })
}

/** An event of a VM that tells its datacenter. */
function inDatacenter(datacenter: string, action: string, id: number, enterprise: string | null = '1'): PlatformEvent {
  return { ...ofVm(action, id, '1', enterprise), datacenter }
}

/** Two VMs in each of two datacenters, and one that tells none. */
function twoDatacenters(platform: FakePlatform): void {
  platform.fill('1', [1, 2])
  platform.fill('1', [3, 4], { datacenter: '2' })
  platform.fill('1', [5], { datacenter: null })
}

function threeEnterprises(platform: FakePlatform): void {
  for (const port of [1, 2, 3]) platform.fill(String(port), [port])
}

describe('where a datacenter is chosen', () => {
  test('its VMs alone get tokens, and the others that have an address are counted', async () => {
    await using all = await keptOf({ datacenters: ['1'] }, (platform) => {
      twoDatacenters(platform)
      platform.undeploy(4)
    })
    const { leftOut, tokens, vms } = all.keeper.status()
    expect([all.output.text, leftOut, tokens, vms]).toEqual([
      fileOf(1, 2),
      { ...none, 'other-datacenter': 1, 'no-datacenter': 1 },
      2,
      2,
    ])
  })

  test('an event of another one costs no request', async () => {
    await using all = await keptOf({ datacenters: ['1'] }, twoDatacenters)
    const events = ['DEPLOY_FINISH', 'UNDEPLOY_FINISH', 'DELETE', 'VSM_VM_MOVED'].flatMap((action) => [
      inDatacenter('2', action, 3),
      inDatacenter('2', action, 99, null),
    ])
    const machine = event('MODIFY', { entity: 'MACHINE', entityURI: '/api/admin/datacenters/2/racks/1/machines/7' })
    expect(await all.after(() => all.tell(...events, machine), 60_000)).toEqual({ requests: [], file: fileOf(1, 2) })
  })

  test('an event that does not tell its datacenter costs one request, though the VM never gets an address here', async () => {
    await using all = await keptOf({ datacenters: ['1'] }, twoDatacenters)
    expect(await all.after(() => all.tell(ofVm('DEPLOY_FINISH', 3)), 60_000)).toEqual({
      requests: [vmPath('3')],
      file: fileOf(1, 2),
    })
  })

  test('a VM that tells its datacenter a moment after its address gets its token then', async () => {
    await using all = await keptOf({ datacenters: ['1'] }, twoDatacenters)
    all.platform.change('6', { port: 6, datacenter: null })
    const before = await all.after(() => all.tell(ofVm('DEPLOY_FINISH', 6)), 100)
    all.platform.change('6', { datacenter: '1' })
    expect([before, await all.after(() => {}, 60_000)]).toEqual([
      { requests: [vmPath('6')], file: fileOf(1, 2) },
      { requests: [vmPath('6')], file: fileOf(1, 2, 6) },
    ])
  })

  test('a known VM that moves to another one is read, and loses its token; back again, it gets one', async () => {
    await using all = await keptOf({ datacenters: ['1'] }, twoDatacenters)
    all.platform.change('2', { datacenter: '2' })
    const away = await all.after(() => all.tell(inDatacenter('2', 'VSM_VM_MOVED', 2)), 60_000)
    all.platform.change('2', { datacenter: '1' })
    const back = await all.after(() => all.tell(inDatacenter('1', 'VSM_VM_MOVED', 2)), 60_000)
    const read = [vmPath('2')]
    expect([away, back]).toEqual([
      { requests: read, file: fileOf(1) },
      { requests: read, file: fileOf(1, 2) },
    ])
  })

  test('a list finds what moved away and what came', async () => {
    await using all = await keptOf({ datacenters: ['1'] }, twoDatacenters)
    all.platform.change('2', { datacenter: '2' })
    all.platform.change('3', { datacenter: '1' })
    expect(await all.after(() => all.keeper.listNow(), 1000)).toEqual({
      requests: [enterprises, vmsPath('1')],
      file: fileOf(1, 3),
    })
  })

  test('a VM that moves away while its read is under way is read again', async () => {
    await using all = await keptOf({ datacenters: ['1'] }, twoDatacenters)
    all.platform.fill('1', [6])
    const go = all.platform.hold((path) => path === vmPath('6'))
    await all.tell(inDatacenter('1', 'DEPLOY_FINISH', 6))
    all.platform.change('6', { datacenter: '2' })
    await all.tell(inDatacenter('2', 'VSM_VM_MOVED', 6))
    go()
    await all.clock.advance(1000)
    expect(all.output.text).toBe(fileOf(1, 2))
  })

  test('an event of another one that comes late takes nothing from a VM whose read is under way', async () => {
    await using all = await keptOf({ datacenters: ['1'] }, twoDatacenters)
    all.platform.fill('1', [6])
    const go = all.platform.hold((path) => path === vmPath('6'))
    await all.tell(inDatacenter('1', 'IMPORT', 6))
    await all.tell(inDatacenter('2', 'UNDEPLOY_FINISH', 6))
    go()
    await all.clock.advance(1000)
    expect(all.output.text).toBe(fileOf(1, 2, 6))
  })

  test('a list that began before an unknown VM moved away does not give it a token', async () => {
    await using all = await keptOf({ datacenters: ['1'] }, twoDatacenters)
    all.platform.fill('1', [6])
    const go = all.platform.hold((path) => path === vmsPath('1'))
    all.keeper.listNow()
    await all.clock.advance(1000)
    all.platform.change('6', { datacenter: '2' })
    await all.tell(inDatacenter('2', 'VSM_VM_MOVED', 6))
    go()
    await all.clock.advance(1000)
    expect([all.output.text, all.platform.requests.includes(vmPath('6'))]).toEqual([fileOf(1, 2), false])
  })

  test('a storm of its events lists no enterprise that is much larger elsewhere', async () => {
    await using all = await keptOf({ datacenters: ['1'] }, (platform) => {
      platform.fill('1', ports(100))
      platform.fill('1', ports(5000, 1001), { datacenter: '2' })
    })
    all.platform.latency = () => 100
    const storm = ports(100).map((port) => ofVm('REFRESH', port))
    const { requests } = await all.after(() => all.tell(...storm), 5000)
    expect(requests.filter((path) => !path.startsWith('/cloud/'))).toEqual([])
  })

  test('a machine that has no VM of ours is not read again and again', async () => {
    await using all = await keptOf({ datacenters: ['1'], enterprises: ['1'] }, (platform) => {
      platform.fill('1', [1], { machine: machinePath('5') })
      platform.fill('2', [2], { machine: machinePath('6') })
    })
    const modify = event('MODIFY', { entity: 'MACHINE', entityURI: `/api${machinePath('6')}` })
    expect(await all.after(() => all.tell(modify), 60_000)).toEqual({
      requests: [`${machinePath('6')}/virtualmachines`],
      file: fileOf(1),
    })
  })
})

describe('where enterprises are chosen', () => {
  test.each<[string, SelectionOptions, listed: string[]]>([
    ['by name', { enterprises: ['1', '3'] }, ['1', '3']],
    ['by leaving some out', { excludedEnterprises: ['3'] }, ['1', '2']],
    ['both ways', { enterprises: ['1', '3'], excludedEnterprises: ['3'] }, ['1']],
  ])('%s, those alone are listed', async (_, selection, listed) => {
    await using all = await keptOf(selection, threeEnterprises)
    const { list, enterprises: number } = all.keeper.status()
    expect([all.platform.requests, all.output.text, list.why, number]).toEqual([
      [enterprises, ...listed.map(vmsPath)],
      fileOf(...listed.map(Number)),
      null,
      listed.length,
    ])
  })

  test('an event of another one costs no request', async () => {
    await using all = await keptOf({ enterprises: ['1'] }, threeEnterprises)
    const owner = { entityEnterpriseURI: `/api${enterprisePath('2')}` }
    const events = [
      ofVm('DEPLOY_FINISH', 2, '1', '2'),
      ofVm('DEPLOY_FINISH', 22, '1', '2'),
      event('UNDEPLOY_FINISH', owner),
      event('DELETE', { entity: 'ENTERPRISE', entityURI: `/api${enterprisePath('2')}` }),
      event('DELETE', { entity: 'VIRTUAL_APPLIANCE', ...owner }),
    ]
    expect(await all.after(() => all.tell(...events), 60_000)).toEqual({ requests: [], file: fileOf(1) })
  })

  test('an event that does not tell whose VM it is costs one request', async () => {
    await using all = await keptOf({ enterprises: ['1'] }, threeEnterprises)
    all.platform.fill('1', [11])
    const told = [ofVm('DEPLOY_FINISH', 2, '1', null), ofVm('DEPLOY_FINISH', 11, '1', null)]
    expect(await all.after(() => all.tell(...told), 60_000)).toEqual({
      requests: [vmPath('2'), vmPath('11')],
      file: fileOf(1, 11),
    })
  })

  test('a VM that was never told whose it is gets no token', async () => {
    await using all = await keptOf({ excludedEnterprises: ['2'] }, threeEnterprises)
    const { virtualMachine } = all.platform
    all.platform.virtualMachine = async (...args) => ({
      ...(await virtualMachine.apply(all.platform, args)),
      enterprise: null,
    })
    all.platform.fill('2', [22])
    all.platform.fill('1', [11])
    expect((await all.after(() => all.tell(ofVm('REFRESH', 22, '1', null), ofVm('REFRESH', 11)), 1000)).file).toBe(
      fileOf(1, 11, 3),
    )
  })

  test('a storm of events that name others lists no other', async () => {
    await using all = await keptOf({ enterprises: ['1'] }, (platform) => {
      platform.fill('1', ports(200))
      platform.found('2')
    })
    all.platform.latency = () => 100
    const storm = ports(200).map((port) => ofVm('REFRESH', port, '1', '2'))
    const { requests } = await all.after(() => all.tell(...storm), 5000)
    const lists = requests.filter((path) => !path.startsWith('/cloud/'))
    const { enterprises: number, owed } = all.keeper.status()
    expect([[...new Set(lists)], number, owed]).toEqual([[vmsPath('1')], 1, 0])
  })

  test('one that the platform does not have is told once, until it is there', async () => {
    await using all = await keptOf({ enterprises: ['1', '9'] }, threeEnterprises)
    await all.after(() => all.keeper.listNow(), 1000)
    const before = all.keeper.status()
    all.platform.fill('9', [9])
    await all.after(() => all.keeper.listNow(), 1000)
    const after = all.keeper.status()
    expect({
      notes: all.noted('enterprise-unknown'),
      before: [before.unknownEnterprises, before.list.why, before.list.complete],
      after: [after.unknownEnterprises, all.output.text],
      asked: all.platform.requests.filter((path) => path === enterprisePath('9')).length,
    }).toEqual({
      notes: [{ kind: 'enterprise-unknown', enterprise: '9' }],
      before: [['9'], null, 2],
      after: [[], fileOf(1, 9)],
      asked: 2,
    })
  })

  test('one that is deleted is told as gone, and missing from then on', async () => {
    await using all = await keptOf({ enterprises: ['1', '2'] }, threeEnterprises)
    all.platform.dissolve('2')
    await all.after(() => all.keeper.listNow(), 1000)
    await all.after(() => all.keeper.listNow(), 1000)
    expect([
      all.notes.filter(({ kind }) => kind.startsWith('enterprise-')),
      all.keeper.status().unknownEnterprises,
      all.output.text,
    ]).toEqual([[{ kind: 'enterprise-gone', enterprise: '2' }], ['2'], fileOf(1)])
  })

  test('one that is there and not listed keeps the tokens of an earlier run', async () => {
    const fill = (platform: FakePlatform) => {
      threeEnterprises(platform)
      platform.unlistedEnterprises.add('2')
    }
    await using all = await keptOf({ enterprises: ['1', '2'] }, fill, { text: fileOf(1, 2) })
    await all.clock.advance(3 * resyncMs)
    expect([all.output.text, all.keeper.status().list.why]).toEqual([
      fileOf(1, 2),
      'Enterprise 2: it exists, but is not listed',
    ])
  })

  test('what an earlier run had of others leaves once all that are chosen were listed', async () => {
    const setting = { text: fileOf(1, 2, 3) }
    await using all = await keptOf({ enterprises: ['1'] }, threeEnterprises, setting)
    expect(all.output.text).toBe(fileOf(1))
  })

  test('and where it is much, once a second list agrees', async () => {
    const fill = (platform: FakePlatform) => {
      platform.fill('1', ports(30))
      platform.fill('2', ports(30, 101))
    }
    const text = fileOf(...ports(30), ...ports(30, 101))
    await using all = await keptOf({ enterprises: ['1'] }, fill, { text })
    const first = [all.output.text, all.noted('held').length]
    await all.clock.advance(resyncMs)
    expect([first, all.output.text]).toEqual([[text, 1], fileOf(...ports(30))])
  })
})
