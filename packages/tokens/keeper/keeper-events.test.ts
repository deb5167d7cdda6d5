import { describe, expect, test } from 'bun:test'
import { enterprisePath } from '@novnc-tokens/api'
import { FakeClock } from '../../api/testing/fake-clock.ts'
import { apiError, machinePath, vmPath, vmsPath } from '../testing/fake-platform.ts'
import { enterprises, event, fileOf, kept, ofVm, ports, three } from '../testing/keeping.ts'

describe('an event', () => {
  test('of a deploy that old platforms send for an undeploy removes the token at once', async () => {
    await using all = await kept(new FakeClock(), { fill: three })
    all.platform.undeploy(2)
    expect(await all.after(() => all.tell(ofVm('DEPLOY_FINISH', 2)))).toEqual({
      requests: [vmPath('2')],
      file: fileOf(1, 3),
    })
    // It may be that REST lags: that is looked into, and not for ever.
    expect((await all.after(() => {}, 29_000)).requests).toEqual([vmPath('2'), vmPath('2'), vmPath('2')])
    expect(await all.after(() => {}, 60_000)).toEqual({ requests: [vmPath('2')], file: fileOf(1, 3) })
  })

  test('of a machine moves the address of each of its VMs, for one request', async () => {
    await using all = await kept(new FakeClock(), {
      fill: (platform) => {
        platform.fill('1', [1, 2], { machine: machinePath('5') })
        platform.fill('2', [3], { machine: machinePath('5') })
        platform.fill('1', [4], { machine: machinePath('6') })
      },
    })
    for (const id of ['1', '2', '3']) all.platform.change(id, { host: '10.0.0.9' })
    const modify = event('MODIFY', { entity: 'MACHINE', entityURI: `/api${machinePath('5')}` })
    expect(await all.after(() => all.tell(modify))).toEqual({
      requests: [`${machinePath('5')}/virtualmachines`],
      file: fileOf('10.0.0.9:1', '10.0.0.9:2', '10.0.0.9:3', 4),
    })
    expect((await all.after(() => {}, 60_000)).requests).toEqual([])
  })

  test('of a machine stands for all its VMs, though REST shows it so late that only a list finds it', async () => {
    await using all = await kept(new FakeClock(), {
      fill: (platform) => platform.fill('1', ports(100), { machine: machinePath('5') }),
    })
    all.platform.lagMs = 60_000
    for (const port of ports(100)) all.platform.change(String(port), { host: '10.0.0.9' })
    await all.tell(event('MODIFY', { entity: 'MACHINE', entityURI: `/api${machinePath('5')}` }))
    await all.clock.advance(61_000)
    const { file } = await all.after(() => all.keeper.listNow(), 1000)
    expect([file, all.noted('held')]).toEqual([fileOf(...ports(100).map((port) => `10.0.0.9:${port}`)), []])
  })

  test('of a machine that is gone reads the VMs that were on it', async () => {
    await using all = await kept(new FakeClock(), {
      fill: (platform) => platform.fill('1', [1, 2, 3], { machine: machinePath('5') }),
    })
    all.platform.undeploy(1)
    all.platform.change('2', { host: '10.0.0.9', machine: machinePath('6') })
    all.platform.remove('3')
    all.platform.fault = (path) =>
      path.startsWith(machinePath('5')) ? apiError('not-found', path, { abiquoCode: 'M-0' }) : null
    const deleted = event('DELETE', { entity: 'MACHINE', entityURI: `/api${machinePath('5')}` })
    const { file, requests } = await all.after(() => all.tell(deleted), 1000)
    expect([file, requests.slice(0, 4)]).toEqual([
      fileOf('10.0.0.9:2'),
      [`${machinePath('5')}/virtualmachines`, vmPath('1'), vmPath('2'), vmPath('3')],
    ])
  })

  test.each([
    ['the new URI', '2'],
    ['the old URI, which says 404 by then', '1'],
  ])('of a move to another appliance with %s keeps the token', async (_, appliance) => {
    await using all = await kept(new FakeClock(), { fill: three })
    all.platform.change('2', { appliance: '2' })
    const moved = await all.after(() => all.tell(ofVm('MOVE_TO_VAPP', 2, appliance)), 2000)
    expect([moved.file, moved.requests]).toEqual([
      fileOf(1, 2, 3),
      appliance === '2' ? [vmPath('2', '2')] : [vmPath('2', '1'), vmsPath('1')],
    ])
    // From then on it is known by its new URI, whatever URI an event has.
    all.platform.undeploy(2)
    expect(await all.after(() => all.tell(ofVm('UNDEPLOY_FINISH', 2, '1')))).toEqual({
      requests: [vmPath('2', '1'), vmPath('2', '2')],
      file: fileOf(1, 3),
    })
  })

  test('of an undeploy leaves a token that another VM holds by now', async () => {
    await using all = await kept(new FakeClock(), { fill: three })
    all.platform.undeploy(2)
    all.platform.change('4', { port: 2 })
    await all.tell(ofVm('DEPLOY_FINISH', 4))
    await all.tell(ofVm('UNDEPLOY_FINISH', 2))
    await all.clock.advance(5000)
    expect([all.output.text, all.output.written]).toEqual([fileOf(1, 2, 3), [fileOf(1, 2, 3)]])
    all.platform.undeploy(4)
    await all.tell(ofVm('UNDEPLOY_FINISH', 4))
    expect(all.output.text).toBe(fileOf(1, 3))
  })

  test('of the end of a VM removes its token when the platform says 404, and asks no more', async () => {
    for (const action of ['DELETE', 'RELEASE', 'UNDEPLOY_FINISH', 'VSM_VM_DESTROYED']) {
      await using all = await kept(new FakeClock(), { fill: three })
      all.platform.remove('2')
      const done = await all.after(() => all.tell(ofVm(action, 2)), 60_000)
      expect({ action, ...done }).toEqual({ action, requests: [vmPath('2')], file: fileOf(1, 3) })
    }
  })

  test('of anything else that leads to a 404 lists the enterprise, which asks again before the token goes', async () => {
    await using all = await kept(new FakeClock(), { fill: three })
    all.platform.remove('2')
    expect(await all.after(() => all.tell(ofVm('RECONFIGURE', 2)), 2000)).toEqual({
      requests: [vmPath('2'), vmsPath('1'), vmPath('2')],
      file: fileOf(1, 3),
    })
  })

  test('of the end of an appliance reads the VMs that were in it', async () => {
    await using all = await kept(new FakeClock(), {
      fill: (platform) => {
        platform.fill('1', [1, 2], { appliance: '7' })
        platform.fill('1', [3], { appliance: '77' })
      },
    })
    all.platform.remove('1')
    all.platform.remove('2')
    const uri = '/api/cloud/virtualdatacenters/1/virtualappliances/7'
    const deleted = event('DELETE', { entity: 'VIRTUAL_APPLIANCE', entityURI: uri })
    // Their 404 alone proves nothing, as they may have moved before: a list, and their own URIs then, do.
    expect(await all.after(() => all.tell(deleted), 3000)).toEqual({
      requests: [vmPath('1', '7'), vmPath('2', '7'), vmsPath('1'), vmPath('1', '7'), vmPath('2', '7')],
      file: fileOf(3),
    })
  })

  test('of the end of an appliance that a VM has left before leaves that one its token', async () => {
    await using all = await kept(new FakeClock(), {
      fill: (platform) => platform.fill('1', [1, 2], { appliance: '7' }),
    })
    all.platform.remove('1')
    all.platform.fill('1', [1], { appliance: '8' })
    all.platform.remove('2')
    const uri = '/api/cloud/virtualdatacenters/1/virtualappliances/7'
    const deleted = event('DELETE', { entity: 'VIRTUAL_APPLIANCE', entityURI: uri })
    expect((await all.after(() => all.tell(deleted), 3000)).file).toBe(fileOf(1))
  })

  test('of the end of an enterprise removes all its tokens at once, however many', async () => {
    await using all = await kept(new FakeClock(), {
      fill: (platform) => {
        platform.fill('1', [1])
        platform.fill('2', ports(200, 1000))
      },
    })
    all.platform.dissolve('2')
    const deleted = event('DELETE', { entity: 'ENTERPRISE', entityURI: `/api${enterprisePath('2')}` })
    expect(await all.after(() => all.tell(deleted))).toEqual({
      requests: [vmsPath('2'), enterprisePath('2')],
      file: fileOf(1),
    })
    expect(all.noted('enterprise-gone')).toHaveLength(1)
  })

  test('that does not name its VM lists its enterprise, or everything', async () => {
    await using all = await kept(new FakeClock(), { fill: three })
    all.platform.undeploy(1)
    const ofEnterprise = event('UNDEPLOY_FINISH', { entityEnterpriseURI: `/api${enterprisePath('1')}` })
    expect(await all.after(() => all.tell(ofEnterprise), 300)).toEqual({ requests: [vmsPath('1')], file: fileOf(2, 3) })
    all.platform.undeploy(2)
    const { requests, file } = await all.after(() => all.tell(event('UNDEPLOY_FINISH')), 1000)
    expect([requests, file]).toEqual([[enterprises, vmsPath('1')], fileOf(3)])
  })

  test('of a VM whose enterprise nothing tells gives it a token, which goes when a list finds its end', async () => {
    await using all = await kept(new FakeClock(), { fill: three })
    const read = all.platform.virtualMachine.bind(all.platform)
    all.platform.virtualMachine = async (...args) => ({ ...(await read(...args)), enterprise: null })
    all.platform.fill('1', [4])
    all.platform.unlisted.add('4')
    const told = await all.after(() => all.tell(ofVm('DEPLOY_FINISH', 4, '1', null)))
    expect(told).toEqual({ requests: [vmPath('4')], file: fileOf(1, 2, 3, 4) })
    const still = await all.after(() => all.keeper.listNow(), 5000)
    expect(still).toEqual({ requests: [enterprises, vmsPath('1'), vmPath('4')], file: fileOf(1, 2, 3, 4) })
    all.platform.remove('4')
    const ended = await all.after(() => all.keeper.listNow(), 5000)
    expect(ended).toEqual({ requests: [enterprises, vmsPath('1'), vmPath('4')], file: fileOf(1, 2, 3) })
    expect((await all.after(() => all.keeper.listNow(), 5000)).requests).toEqual([enterprises, vmsPath('1')])
  })

  test('that matters to nothing costs nothing', async () => {
    await using all = await kept(new FakeClock(), { fill: three })
    const silent = ['DEPLOY', 'UNDEPLOY', 'POWER_ON', 'STATE_CHANGE'].map((action) => ofVm(action, 1))
    expect((await all.after(() => all.tell(...silent), 10_000)).requests).toEqual([])
    expect(all.keeper.status().triggers).toBe(0)
  })
})
