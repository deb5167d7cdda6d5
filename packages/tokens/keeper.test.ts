import { describe, expect, test } from 'bun:test'
import { enterprisePath, Hrefs, type LoginStatus, type PlatformEvent, readEvent } from '@novnc-tokens/api'
import { FakeClock, settled } from '../api/testing/fake-clock.ts'
import { Keeper, type KeeperOptions } from './keeper.ts'
import { formatLine } from './lines.ts'
import type { Note } from './note.ts'
import { OutputError } from './outputs/output.ts'
import { Runner } from './outputs/runner.ts'
import { FakeOutput } from './testing/fake-output.ts'
import {
  apiError,
  broken,
  FakePlatform,
  forbidden,
  machinePath,
  proxy404,
  vmPath,
  vmsPath,
} from './testing/fake-platform.ts'
import { FakeWatch } from './testing/fake-watch.ts'
import { tokenOf } from './token.ts'

const resyncMs = 300_000
const enterprises = '/admin/enterprises'
const hrefs = new Hrefs('https://abiquo.example.com/api')
const accepted: LoginStatus = { state: 'accepted', why: null, retryAt: null }
const ports = (count: number, from = 1) => Array.from({ length: count }, (_, index) => from + index)

/** What a file has with VMs at these ports of 10.0.0.1, and at other addresses. */
function fileOf(...some: (number | string)[]): string {
  const lines = some.map((each) => {
    const [host = '', port = ''] = typeof each === 'number' ? ['10.0.0.1', String(each)] : each.split(':')
    const address = { host, port: Number(port) }
    return `${formatLine(tokenOf(address), address)}\n`
  })
  return lines.sort().join('')
}

function event(action: string, fields: Record<string, unknown> = {}): PlatformEvent {
  const read = readEvent({ action, entity: 'VIRTUAL_MACHINE', entityURI: null, ...fields }, hrefs)
  if (read === null) throw new Error('no event')
  return read
}

/** An event of a VM, with the enterprise that owns it. */
function ofVm(action: string, id: string | number, appliance = '1', enterprise: string | null = '1'): PlatformEvent {
  return event(action, {
    entityURI: `/api${vmPath(String(id), appliance)}`,
    entityEnterpriseURI: enterprise === null ? null : `/api${enterprisePath(enterprise)}`,
  })
}

interface Setting {
  /** What the output had before. */
  text?: string | null
  watch?: FakeWatch | null
  outputs?: readonly FakeOutput[]
  clock?: FakeClock
  /** Fills the platform before the start. */
  fill?: (platform: FakePlatform) => void
  options?: Partial<KeeperOptions>
}

/** A clock that, as a real one, never shows the same time twice. */
class RunningClock extends FakeClock {
  #looks = 0

  override now(): number {
    return super.now() + ++this.#looks / 1e6
  }
}

/** A keeper that runs, with all around it. */
async function keeping(setting: Setting = {}) {
  const { text = '', watch = new FakeWatch(), outputs, fill, clock = new FakeClock(), options } = setting
  const platform = new FakePlatform(clock)
  fill?.(platform)
  const fakes = outputs ?? [new FakeOutput(text)]
  const [output] = fakes
  if (output === undefined) throw new Error('no output')
  const notes: Note[] = []
  const note = (each: Note) => notes.push(each)
  const random = () => 0
  const guard = { share: 0.3, confirmAfterMs: resyncMs }
  const onChangedByOthers = () => keeper.outputChanged()
  const keeper: Keeper = new Keeper({
    inventory: platform,
    watch,
    outputs: fakes.map((each) => new Runner({ output: each, guard, clock, random, note, onChangedByOthers })),
    resyncMs,
    listConcurrency: 6,
    readConcurrency: 8,
    login: () => accepted,
    clock,
    random,
    note,
    ...options,
  })
  const ending = new AbortController()
  const run = keeper.run(ending.signal)
  await settled()
  return {
    clock,
    platform,
    output,
    notes,
    keeper,
    watch,
    run,
    /** The paths of the requests that `act` leads to, and how the file is after it. */
    async after(act: () => void | Promise<void>, ms = 0) {
      const from = platform.requests.length
      await act()
      await clock.advance(ms)
      return { requests: platform.requests.slice(from), file: output.text }
    },
    async tell(...events: PlatformEvent[]) {
      for (const each of events) watch?.tell({ kind: 'event', event: each, recovered: false })
      await settled()
    },
    async open() {
      watch?.tell({ kind: 'open', at: null })
      await settled()
    },
    noted: (kind: Note['kind']) => notes.filter((each) => each.kind === kind),
    async stop() {
      ending.abort()
      await run
    },
    async [Symbol.asyncDispose]() {
      ending.abort()
      await run
    },
  }
}

/** A keeper whose watch is open and whose first list has ended. */
async function kept(setting: Setting = {}) {
  const all = await keeping(setting)
  await all.clock.advance(1)
  await all.open()
  // So that nothing of the start is left to do.
  await all.clock.advance(20_000)
  return all
}

const three = (platform: FakePlatform) => platform.fill('1', [1, 2, 3])

describe('at start', () => {
  test('the watch opens first, and then everything is listed', async () => {
    await using all = await keeping({ fill: three })
    await all.clock.advance(1999)
    const before = [...all.platform.requests]
    await all.open()
    expect([before, all.platform.requests, all.output.text]).toEqual([[], [enterprises, vmsPath('1')], fileOf(1, 2, 3)])
  })

  test('a watch that does not open in time is not waited for, and everything is listed again once it does', async () => {
    await using all = await keeping({ fill: three })
    await all.clock.advance(2000)
    expect(all.platform.requests).toEqual([enterprises, vmsPath('1')])
    all.platform.undeploy(1)
    expect(await all.after(() => all.open(), 1000)).toEqual({
      requests: [enterprises, vmsPath('1')],
      file: fileOf(2, 3),
    })
  })

  test('a watch that is down leads to a list at once, and to one each minute', async () => {
    await using all = await keeping({ fill: three })
    const down = () => all.watch?.tell({ kind: 'down', error: new Error('refused'), retryAt: 1000 })
    expect((await all.after(down)).requests).toEqual([enterprises, vmsPath('1')])
    const { requests } = await all.after(down, 10 * 60_000)
    expect([requests.length / 2 >= 9, requests.length / 2 <= 11]).toEqual([true, true])
  })

  test('without a watch everything is listed at once, and then each minute', async () => {
    await using all = await keeping({ fill: three, watch: null })
    await all.clock.advance(0)
    expect([all.platform.requests, all.output.text]).toEqual([[enterprises, vmsPath('1')], fileOf(1, 2, 3)])
    all.platform.undeploy(1)
    all.platform.fill('1', [4])
    expect((await all.after(() => {}, 66_000)).file).toBe(fileOf(2, 3, 4))
  })

  test('an output keeps what it had until everything was listed', async () => {
    await using all = await keeping({ fill: three, text: fileOf(1, 2, 77) })
    const go = all.platform.hold((path) => path === vmsPath('1'))
    await all.clock.advance(60_000)
    const before = all.output.text
    go()
    await all.clock.advance(1000)
    expect([before, all.output.text]).toEqual([fileOf(1, 2, 77), fileOf(1, 2, 3)])
  })

  test('what an output had is known before the first list begins, so that this one proves all of it', async () => {
    const output = new FakeOutput(fileOf(1, 77))
    const go = output.hold('load')
    await using all = await keeping({ fill: three, watch: null, outputs: [output], clock: new RunningClock() })
    await all.clock.advance(100)
    go()
    await all.clock.advance(1000)
    expect([output.text, all.platform.requests]).toEqual([fileOf(1, 2, 3), [enterprises, vmsPath('1')]])
  })

  test('a platform that is down leaves what an output had, and is followed once it is back', async () => {
    await using all = await keeping({ fill: three, text: fileOf(1, 77) })
    all.platform.fault = (path) => apiError('unreachable', path)
    await all.open()
    await all.clock.advance(3_600_000)
    const { list, outputs } = all.keeper.status()
    expect([all.output.text, list, outputs[0]]).toMatchObject([
      fileOf(1, 77),
      { completeSince: null, complete: 0, why: expect.stringContaining('Cannot list enterprises') },
      { loaded: true, existed: true, tokens: 2, unclaimed: 2 },
    ])
    all.platform.fault = () => null
    await all.clock.advance(30_000)
    expect([all.output.text, all.keeper.status().list]).toMatchObject([fileOf(1, 2, 3), { complete: 1, why: null }])
  })

  test('an output that cannot be read is not written before everything was listed', async () => {
    const output = new FakeOutput(fileOf(77))
    output.failures.set('load', new OutputError('unreadable', 'Cannot read "fake": EIO'))
    await using all = await keeping({ fill: three, outputs: [output] })
    all.platform.fault = (path) => (path === vmsPath('1') ? broken(path) : null)
    await all.open()
    await all.tell(ofVm('DEPLOY_FINISH', 1))
    await all.clock.advance(60_000)
    expect(output.text).toBe(fileOf(77))
    all.platform.fault = () => null
    await all.clock.advance(60_000)
    expect(output.text).toBe(fileOf(1, 2, 3))
  })
})

describe('a deploy', () => {
  const series = (id: string) =>
    ['DEPLOY', 'ALLOCATE_START', 'ALLOCATE_FINISH', 'DEPLOY_FINISH', 'VSM_CHANGE_STATE', 'STATE_CHANGE'].map((action) =>
      ofVm(action, id),
    )

  test('costs one request, and its token is there without any wait', async () => {
    await using all = await kept({ fill: three })
    const done = await all.after(async () => {
      all.platform.change('4', { port: 4 })
      await all.tell(...series('4'))
    })
    expect(done).toEqual({ requests: [vmPath('4')], file: fileOf(1, 2, 3, 4) })
    expect(await all.after(() => {}, 60_000)).toEqual({ requests: [], file: fileOf(1, 2, 3, 4) })
  })

  test('is undone for one request, and its token is gone without any wait', async () => {
    await using all = await kept({ fill: three })
    const done = await all.after(async () => {
      all.platform.undeploy(2)
      await all.tell(ofVm('UNDEPLOY', 2), ofVm('UNDEPLOY_FINISH', 2), ofVm('VSM_CHANGE_STATE', 2))
    })
    expect(done).toEqual({ requests: [vmPath('2')], file: fileOf(1, 3) })
    expect((await all.after(() => {}, 60_000)).requests).toEqual([])
  })

  test('is acted on at once while a list runs, and what that list tells later does not undo it', async () => {
    await using all = await kept({ fill: three })
    all.platform.latency = (path) => (path === vmsPath('1') ? 20_000 : 0)
    all.keeper.listNow()
    await all.clock.advance(5000)
    const done = await all.after(async () => {
      all.platform.change('4', { port: 4 })
      all.platform.undeploy(1)
      await all.tell(...series('4'), ofVm('UNDEPLOY_FINISH', 1))
    })
    expect(done).toEqual({ requests: [vmPath('4'), vmPath('1')], file: fileOf(2, 3, 4) })
    expect(await all.after(() => {}, 15_500)).toEqual({ requests: [], file: fileOf(2, 3, 4) })
  })

  test('of a VM that was read just before is read again', async () => {
    await using all = await kept({ fill: three })
    all.platform.latency = () => 50
    await all.tell(ofVm('REFRESH', 1))
    await all.clock.advance(10)
    all.platform.undeploy(1)
    await all.tell(ofVm('UNDEPLOY_FINISH', 1))
    expect(await all.after(() => {}, 100)).toEqual({ requests: [vmPath('1')], file: fileOf(2, 3) })
  })

  test.each([
    ['DEPLOY_FINISH', () => {}, (platform: FakePlatform) => platform.change('4', { port: 4 }), fileOf(1, 2, 3, 4)],
    ['UNDEPLOY_FINISH', () => {}, (platform: FakePlatform) => platform.undeploy(3), fileOf(1, 2)],
    [
      'VSM_VM_MOVED',
      (platform: FakePlatform) => platform.change('3', { machine: machinePath('1') }),
      (platform: FakePlatform) => platform.change('3', { host: '10.0.0.2', machine: machinePath('2') }),
      fileOf(1, 2, '10.0.0.2:3'),
    ],
  ])('%s that REST shows 1.5 s later is right within 2.1 s, without a list', async (action, before, change, file) => {
    await using all = await kept({
      fill: (platform) => {
        three(platform)
        before(platform)
      },
    })
    all.platform.lagMs = 1500
    const id = action === 'DEPLOY_FINISH' ? 4 : 3
    const done = await all.after(async () => {
      change(all.platform)
      await all.tell(ofVm(action, id))
    }, 2100)
    expect([done.file, new Set(done.requests.filter((path) => path.startsWith('/cloud'))).size]).toEqual([file, 1])
    // A VM that is not there yet is looked for in its enterprise too.
    expect(done.requests.filter((path) => path === enterprises)).toEqual([])
    const later = await all.after(() => {}, 60_000)
    expect([later.requests, later.file]).toEqual([[], file])
  })

  test('is right soon, though events that let expect nothing come before REST shows it', async () => {
    await using all = await kept({ fill: three })
    all.platform.change('4', { port: 0 })
    await all.clock.advance(5000)
    all.platform.lagMs = 1500
    all.platform.change('4', { port: 4 })
    await all.tell(ofVm('DEPLOY_FINISH', 4))
    await all.clock.advance(300)
    for (let click = 0; click < 5; click++) {
      await all.tell(ofVm('REQUEST_ACCESS', 4))
      await all.clock.advance(50)
    }
    expect((await all.after(() => {}, 2000)).file).toBe(fileOf(1, 2, 3, 4))
  })
})

describe('an event', () => {
  test('of a deploy that old platforms send for an undeploy removes the token at once', async () => {
    await using all = await kept({ fill: three })
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
    await using all = await kept({
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
    await using all = await kept({ fill: (platform) => platform.fill('1', ports(100), { machine: machinePath('5') }) })
    all.platform.lagMs = 60_000
    for (const port of ports(100)) all.platform.change(String(port), { host: '10.0.0.9' })
    await all.tell(event('MODIFY', { entity: 'MACHINE', entityURI: `/api${machinePath('5')}` }))
    await all.clock.advance(61_000)
    const { file } = await all.after(() => all.keeper.listNow(), 1000)
    expect([file, all.noted('held')]).toEqual([fileOf(...ports(100).map((port) => `10.0.0.9:${port}`)), []])
  })

  test('of a machine that is gone reads the VMs that were on it', async () => {
    await using all = await kept({ fill: (platform) => platform.fill('1', [1, 2, 3], { machine: machinePath('5') }) })
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
    await using all = await kept({ fill: three })
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
    await using all = await kept({ fill: three })
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
      await using all = await kept({ fill: three })
      all.platform.remove('2')
      const done = await all.after(() => all.tell(ofVm(action, 2)), 60_000)
      expect({ action, ...done }).toEqual({ action, requests: [vmPath('2')], file: fileOf(1, 3) })
    }
  })

  test('of anything else that leads to a 404 lists the enterprise, which asks again before the token goes', async () => {
    await using all = await kept({ fill: three })
    all.platform.remove('2')
    expect(await all.after(() => all.tell(ofVm('RECONFIGURE', 2)), 2000)).toEqual({
      requests: [vmPath('2'), vmsPath('1'), vmPath('2')],
      file: fileOf(1, 3),
    })
  })

  test('of the end of an appliance reads the VMs that were in it', async () => {
    await using all = await kept({
      fill: (platform) => {
        platform.fill('1', [1, 2], { appliance: '7' })
        platform.fill('1', [3], { appliance: '77' })
      },
    })
    all.platform.remove('1')
    all.platform.remove('2')
    const uri = '/api/cloud/virtualdatacenters/1/virtualappliances/7'
    const deleted = event('DELETE', { entity: 'VIRTUAL_APPLIANCE', entityURI: uri })
    expect(await all.after(() => all.tell(deleted))).toEqual({
      requests: [vmPath('1', '7'), vmPath('2', '7')],
      file: fileOf(3),
    })
  })

  test('of the end of an enterprise removes all its tokens at once, however many', async () => {
    await using all = await kept({
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
    await using all = await kept({ fill: three })
    all.platform.undeploy(1)
    const ofEnterprise = event('UNDEPLOY_FINISH', { entityEnterpriseURI: `/api${enterprisePath('1')}` })
    expect(await all.after(() => all.tell(ofEnterprise), 300)).toEqual({ requests: [vmsPath('1')], file: fileOf(2, 3) })
    all.platform.undeploy(2)
    const { requests, file } = await all.after(() => all.tell(event('UNDEPLOY_FINISH')), 1000)
    expect([requests, file]).toEqual([[enterprises, vmsPath('1')], fileOf(3)])
  })

  test('that matters to nothing costs nothing', async () => {
    await using all = await kept({ fill: three })
    const silent = ['DEPLOY', 'UNDEPLOY', 'POWER_ON', 'STATE_CHANGE'].map((action) => ofVm(action, 1))
    expect((await all.after(() => all.tell(...silent), 10_000)).requests).toEqual([])
    expect(all.keeper.status().triggers).toBe(0)
  })
})

describe('while the platform is ill', () => {
  const everything = [ofVm('UNDEPLOY_FINISH', 1), ofVm('DELETE', 2), ofVm('RECONFIGURE', 3)]

  test.each<[string, (path: string) => Error]>([
    ['a proxy says 404 to everything', proxy404],
    ['nothing answers', (path) => apiError('unreachable', path)],
    ['everything breaks', broken],
    ['a page for people answers everything', (path) => apiError('not-abiquo', path)],
    ['everything is refused', (path) => apiError('forbidden', path, { status: 403 })],
  ])('and %s for a minute, no token is lost, and what happened is caught up with', async (_, error) => {
    await using all = await kept({ fill: three })
    all.platform.fault = error
    all.keeper.listNow()
    const ill = await all.after(() => all.tell(...everything), 60_000)
    all.platform.undeploy(1)
    all.platform.fill('1', [4])
    all.platform.fault = () => null
    const well = await all.after(() => all.tell(ofVm('UNDEPLOY_FINISH', 1)), 61_000)
    expect([ill.file, well.file, all.keeper.status().owed, all.keeper.status().list.why]).toEqual([
      fileOf(1, 2, 3),
      fileOf(2, 3, 4),
      0,
      null,
    ])
    // Not a storm: back-off of three reads and the lists.
    expect(ill.requests.length).toBeLessThan(60)
  })

  test('lists that are empty although nothing ended lose nothing', async () => {
    await using all = await kept({ fill: (platform) => platform.fill('1', ports(500)) })
    for (const port of ports(500)) all.platform.unlisted.add(String(port))
    const { file } = await all.after(() => {}, 3_600_000)
    expect(file).toBe(fileOf(...ports(500)))
  })

  test('an empty platform loses nothing either, until a person says so', async () => {
    await using all = await kept({ fill: (platform) => platform.fill('1', ports(30)) })
    for (const port of ports(30)) all.platform.remove(String(port))
    const { file } = await all.after(() => {}, 3_600_000)
    expect([file, all.keeper.status().outputs[0]]).toMatchObject([fileOf(...ports(30)), { held: 30 }])
    expect((await all.after(() => all.keeper.release())).file).toBe('')
  })

  test('one enterprise that refuses us keeps its tokens, and the others are followed', async () => {
    await using all = await kept({
      fill: (platform) => {
        for (const id of ['1', '2', '3', '4', '5']) platform.fill(id, [Number(id)])
      },
    })
    all.platform.fault = (path) => (path === vmsPath('2') ? forbidden(path) : null)
    all.platform.undeploy(3)
    const { file } = await all.after(() => all.keeper.listNow(), 1000)
    const { list, refusedEnterprises } = all.keeper.status()
    expect([file, list.why, refusedEnterprises.map(({ id }) => id)]).toEqual([fileOf(1, 2, 4, 5), null, ['2']])
  })

  test('one enterprise that breaks is listed again by itself, and the others are not', async () => {
    await using all = await kept({
      fill: (platform) => {
        for (const id of ['1', '2', '3', '4', '5']) platform.fill(id, [Number(id)])
      },
    })
    all.platform.fault = (path) => (path === vmsPath('2') ? broken(path) : null)
    all.platform.undeploy(3)
    const { file, requests } = await all.after(() => all.keeper.listNow(), 20_000)
    expect([file, requests.slice(6), all.keeper.status().list.why]).toEqual([
      fileOf(1, 2, 4, 5),
      Array.from({ length: 4 }, () => vmsPath('2')),
      `Enterprise 2: GET "${vmsPath('2')}" failed: status`,
    ])
    all.platform.undeploy(2)
    all.platform.fault = () => null
    expect([(await all.after(() => {}, 31_000)).file, all.keeper.status().list.why]).toEqual([fileOf(1, 4, 5), null])
  })

  test('a storm over an enterprise that breaks costs lists and some single reads, and nobody is forgotten', async () => {
    await using all = await kept({
      fill: (platform) => {
        for (const id of ['1', '2', '3', '4']) platform.fill(id, [Number(id)])
      },
    })
    all.platform.latency = () => 20
    all.platform.fault = (path) => (path === vmsPath('2') ? broken(path) : null)
    // From a platform whose events do not tell the enterprise.
    const events = ports(200, 100).map((port) => {
      all.platform.fill(port % 2 === 0 ? '1' : '2', [port])
      return ofVm('DEPLOY_FINISH', port, '1', null)
    })
    await all.after(() => all.tell(...events), 60_000)
    expect([all.output.text === fileOf(1, 2, 3, 4, ...ports(200, 100)), all.keeper.status().owed]).toEqual([true, 0])
    all.platform.fault = () => null
    await all.clock.advance(60_000)
    expect(all.keeper.status().list.why).toBeNull()
  })

  test('a storm of events without an enterprise is listed where its VMs are known to be', async () => {
    await using all = await kept({
      fill: (platform) => {
        platform.fill('1', ports(200))
        platform.fill('2', [1000])
      },
    })
    all.platform.latency = () => 20
    for (const port of ports(150)) all.platform.change(String(port), { host: '10.0.0.2' })
    const events = ports(150).map((port) => ofVm('VSM_VM_MOVED', port, '1', null))
    const { requests } = await all.after(() => all.tell(...events), 40_000)
    expect([
      all.output.text === fileOf(...ports(150).map((port) => `10.0.0.2:${port}`), ...ports(50, 151), 1000),
      all.keeper.status().owed,
    ]).toEqual([true, 0])
    expect([requests.includes(enterprises), requests.filter((path) => path === vmsPath('1')).length]).toEqual([
      false,
      2,
    ])
  })

  test('reads that fail are told of once a second', async () => {
    await using all = await kept({ fill: three })
    all.platform.fault = broken
    await all.tell(...ports(20).map((port) => ofVm('REFRESH', port)))
    expect([all.noted('read-failed').length, all.keeper.status().failedReads]).toEqual([1, 20])
  })

  test('a person who asks for a list need not wait for what waits after failures', async () => {
    await using all = await kept({ fill: three })
    all.platform.fault = broken
    all.keeper.listNow()
    await all.clock.advance(90_000)
    all.platform.fault = () => null
    all.platform.undeploy(1)
    expect((await all.after(() => all.keeper.listNow())).file).toBe(fileOf(2, 3))
  })

  test('a list is asked for as late as the platform wishes', async () => {
    await using all = await kept({ fill: three })
    all.platform.fault = (path) => apiError('busy', path, { retryAfterMs: 120_000 })
    await all.after(() => all.keeper.listNow(), 10)
    expect((await all.after(() => {}, 119_000)).requests).toEqual([])
    all.platform.fault = () => null
    expect((await all.after(() => {}, 1000)).requests).toEqual([enterprises, vmsPath('1')])
  })

  test('a defect of ours is told, and what it hit is tried again', async () => {
    await using all = await kept({ fill: three })
    all.platform.fault = (path, count) =>
      [enterprises, vmPath('4')].includes(path) && count === (path === enterprises ? 1 : 0)
        ? new TypeError('oops')
        : null
    all.platform.change('4', { port: 4 })
    all.platform.undeploy(1)
    all.keeper.listNow()
    const { file } = await all.after(() => all.tell(ofVm('DEPLOY_FINISH', 4)), 5000)
    expect([file, all.noted('defect')]).toMatchObject([
      fileOf(2, 3, 4),
      [{ what: 'the list of everything' }, { what: vmPath('4') }],
    ])
  })
})

describe('the guard', () => {
  const big = (platform: FakePlatform) => {
    for (let enterprise = 0; enterprise < 10; enterprise++) {
      platform.fill(String(enterprise + 1), ports(1000, enterprise * 1000 + 1))
    }
  }

  /** Half of the VMs end. */
  async function halved() {
    const all = await kept({ fill: big })
    for (const port of ports(5000)) all.platform.undeploy(port)
    return all
  }

  test('holds half of ten thousand tokens that went without events, until a second list agrees', async () => {
    await using all = await halved()
    const began = all.clock.now()
    await all.after(() => all.keeper.listNow(), 1000)
    expect([all.output.text === fileOf(...ports(10_000)), all.keeper.status().outputs[0]?.held]).toEqual([true, 5000])
    await all.after(() => {}, resyncMs - 2000)
    const before = all.output.text === fileOf(...ports(10_000))
    await all.after(() => {}, resyncMs * 0.2)
    expect([before, all.output.text === fileOf(...ports(5000, 5001)), all.noted('held').length]).toEqual([
      true,
      true,
      1,
    ])
    // The list that let go of them was the second one, and no third.
    expect(all.noted('listed')).toHaveLength(3)
    expect(all.clock.now() - began).toBeLessThan(1.25 * resyncMs)
  })

  test('lets go at once when a person says so', async () => {
    await using all = await halved()
    await all.after(() => all.keeper.listNow(), 1000)
    const { requests } = await all.after(() => all.keeper.release())
    expect([requests, all.output.text === fileOf(...ports(5000, 5001))]).toEqual([[], true])
  })

  test('has no say in what events announced: half of ten thousand are gone at once', async () => {
    await using all = await halved()
    const events = ports(5000).map((port) => ofVm('UNDEPLOY_FINISH', port, '1', String(Math.ceil(port / 1000))))
    all.platform.latency = () => 20
    const { requests } = await all.after(() => all.tell(...events), 1000)
    expect([all.output.text === fileOf(...ports(5000, 5001)), all.noted('held')]).toEqual([true, []])
    // A storm is listed where that is cheaper than to read each VM.
    expect(requests.length).toBeLessThan(1000)
  })

  test('has no say either where the VMs are gone altogether', async () => {
    await using all = await kept({ fill: big })
    for (const port of ports(5000)) all.platform.remove(String(port))
    const events = ports(5000).map((port) => ofVm('DELETE', port, '1', String(Math.ceil(port / 1000))))
    all.platform.latency = () => 20
    await all.after(() => all.tell(...events), 1000)
    const soon = all.output.text === fileOf(...ports(5000, 5001))
    // What came while its list ran waits for another one, which keeps its distance.
    await all.clock.advance(10_000)
    expect([soon, all.output.text === fileOf(...ports(5000, 5001)), all.keeper.status().owed]).toEqual([true, true, 0])
  })
})

describe('the watch', () => {
  test('that tells of a gap leads to a list of everything that began after it', async () => {
    await using all = await kept({ fill: three })
    all.platform.latency = () => 100
    all.keeper.listNow()
    await all.clock.advance(150)
    all.platform.undeploy(1)
    all.watch?.tell({ kind: 'gap', from: null, why: 'cut' })
    const { file } = await all.after(() => {}, 5000)
    expect([file, all.noted('gap')]).toEqual([fileOf(2, 3), [{ kind: 'gap', why: 'cut' }]])
  })

  test('that is down for a while is made up for by lists each minute', async () => {
    await using all = await kept({ fill: three })
    all.watch?.tell({ kind: 'down', error: new Error('cut'), retryAt: all.clock.now() + 1000 })
    await all.clock.advance(1000)
    all.platform.undeploy(1)
    expect((await all.after(() => {}, 60_000)).file).toBe(fileOf(2, 3))
    expect(all.noted('watch-down')).toEqual([{ kind: 'watch-down', why: 'cut', retryInMs: 1000 }])
  })

  test('that misses something once is not called blind', async () => {
    await using all = await kept({ fill: three })
    all.platform.undeploy(1)
    const { file } = await all.after(() => {}, 3 * resyncMs)
    expect([file, all.noted('blind'), all.keeper.status().sight]).toMatchObject([
      fileOf(2, 3),
      [],
      { blind: false, unannounced: 1 },
    ])
  })

  test('that misses something twice in a row is blind: widened, listed for each minute, until it sees', async () => {
    await using all = await kept({ fill: three })
    all.platform.undeploy(1)
    await all.clock.advance(resyncMs)
    all.platform.undeploy(2)
    for (let minute = 0; minute < 10 && all.noted('blind').length === 0; minute++) await all.clock.advance(60_000)
    expect([all.watch?.widened, all.noted('blind'), all.keeper.status().sight]).toMatchObject([
      1,
      [{ unannounced: 2, hint: expect.stringContaining('VAPP_DEPLOY_UNDEPLOY') }],
      { blind: true },
    ])
    all.platform.undeploy(3)
    all.platform.fill('1', [4])
    expect((await all.after(() => {}, 66_000)).file).toBe(fileOf(4))
    await all.clock.advance(5 * 66_000)
    expect([all.noted('sighted').length, all.keeper.status().sight]).toMatchObject([1, { blind: false, hint: null }])
    const { requests } = await all.after(() => {}, resyncMs * 0.8)
    expect(requests.length).toBeLessThanOrEqual(2)
  })

  test('is not called blind for what its events announced, or for what happened in a gap', async () => {
    await using all = await kept({ fill: (platform) => platform.fill('1', ports(9)) })
    for (let round = 1; round <= 4; round++) {
      all.platform.undeploy(round)
      all.watch?.tell({ kind: 'gap', from: null, why: 'cut' })
      await all.clock.advance(10_000)
      all.platform.undeploy(round + 4)
      all.platform.lagMs = 60_000
      await all.tell(ofVm('UNDEPLOY_FINISH', round + 4))
      await all.clock.advance(61_000)
      all.platform.lagMs = 0
      all.keeper.listNow()
      await all.clock.advance(10_000)
    }
    expect([all.keeper.status().sight, all.output.text]).toEqual([
      { blind: false, hint: null, unannounced: 0 },
      fileOf(9),
    ])
  })

  test('that opens again without a gap costs no list, and forgives nothing', async () => {
    await using all = await kept({ fill: three })
    expect((await all.after(() => all.open(), 10_000)).requests).toEqual([])
    all.platform.undeploy(1)
    await all.clock.advance(resyncMs)
    await all.open()
    all.platform.undeploy(2)
    await all.clock.advance(resyncMs)
    expect(all.noted('blind')).toHaveLength(1)
  })

  test.each<[string, (all: Awaited<ReturnType<typeof kept>>, port: number) => Promise<void>]>([
    ['events that name no VM', (all) => all.tell(event('UNDEPLOY_FINISH'))],
    [
      'events that name an enterprise',
      (all) => all.tell(event('UNDEPLOY_FINISH', { entityEnterpriseURI: '/api/admin/enterprises/1' })),
    ],
    [
      'events that come a moment after their change was found',
      async (all, port) => {
        all.keeper.listNow()
        await all.clock.advance(1000)
        await all.tell(ofVm('UNDEPLOY_FINISH', port))
      },
    ],
  ])('is not called blind for %s', async (_, announce) => {
    await using all = await kept({ fill: (platform) => platform.fill('1', ports(9)) })
    for (let port = 1; port <= 4; port++) {
      all.platform.undeploy(port)
      await announce(all, port)
      await all.clock.advance(10_000)
      all.keeper.listNow()
      await all.clock.advance(10_000)
    }
    expect([all.output.text, all.keeper.status().sight]).toEqual([
      fileOf(...ports(5, 5)),
      { blind: false, hint: null, unannounced: 0 },
    ])
  })

  test.each<[string, PlatformEvent]>([
    ['of a VM', ofVm('REFRESH', 1)],
    ['of its machine', event('MODIFY', { entity: 'MACHINE', entityURI: `/api${machinePath('5')}` })],
  ])('is called to account for what happened long after an event %s', async (_, announcement) => {
    await using all = await kept({ fill: (platform) => platform.fill('1', [1, 2, 3], { machine: machinePath('5') }) })
    await all.tell(announcement)
    await all.clock.advance(1.2 * resyncMs)
    all.platform.undeploy(1)
    await all.clock.advance(1.2 * resyncMs)
    expect(all.keeper.status().sight.unannounced).toBe(1)
  })

  test.each([
    ['by itself', null],
    ['by an error', new Error('oops')],
  ])('that ends %s, as none should, is made up for by lists each minute', async (_, failure) => {
    await using all = await kept({ fill: three })
    all.watch?.end(failure)
    await settled()
    all.platform.undeploy(1)
    expect((await all.after(() => {}, 66_000)).file).toBe(fileOf(2, 3))
    expect(all.noted('defect')).toMatchObject(failure === null ? [] : [{ what: 'the watch', error: failure }])
  })

  test('that tells something we cannot take goes on', async () => {
    let note: KeeperOptions['note'] = () => {}
    const told: Note[] = []
    await using all = await kept({
      fill: three,
      options: {
        note: (each) => {
          told.push(each)
          note(each)
        },
      },
    })
    note = (each) => {
      if (each.kind === 'event' && each.action === 'REFRESH') throw new Error('oops')
    }
    all.platform.undeploy(1)
    expect((await all.after(() => all.tell(ofVm('REFRESH', 2), ofVm('UNDEPLOY_FINISH', 1)))).file).toBe(fileOf(2, 3))
    // What that would have told is listed.
    all.platform.undeploy(2)
    all.platform.fault = (path) => (path === vmPath('2') ? broken(path) : null)
    expect((await all.after(() => all.tell(ofVm('REFRESH', 2)), 2000)).file).toBe(fileOf(3))
    expect(told.filter(({ kind }) => kind === 'defect')).toHaveLength(2)
  })
})

describe('without any event', () => {
  test('lists each resync find what changed', async () => {
    await using all = await kept({ fill: three })
    all.platform.undeploy(1)
    all.platform.change('2', { host: '10.0.0.2' })
    all.platform.remove('3')
    all.platform.fill('2', [4])
    const { requests, file } = await all.after(() => {}, resyncMs * 1.1)
    expect([file, requests]).toEqual([fileOf('10.0.0.2:2', 4), [enterprises, vmsPath('1'), vmsPath('2'), vmPath('3')]])
  })

  test('a list that changes nothing confirms the output, and writes nothing', async () => {
    await using all = await kept({ fill: three })
    const { confirm, write } = { ...all.output.done }
    await all.clock.advance(3 * 1.1 * resyncMs)
    expect([all.output.done.write, all.output.done.confirm]).toEqual([write, confirm + 3])
  })

  test('lists that take long keep their distance, ten times as long', async () => {
    await using all = await kept({ fill: three })
    all.platform.latency = (path) => (path === vmsPath('1') ? 6000 : 0)
    const { requests } = await all.after(async () => {
      for (let second = 0; second < 60; second++) {
        all.keeper.outputChanged()
        await all.clock.advance(1000)
      }
    })
    expect(requests.length).toBe(2)
  })
})

describe('outputs', () => {
  test('that fail hold no other one back, and cost no request', async () => {
    const [good, bad] = [new FakeOutput('', 'good'), new FakeOutput('', 'bad')]
    await using all = await kept({ fill: three, outputs: [good, bad] })
    bad.failures.set('write', new OutputError('unwritable', 'Cannot write "bad": ENOSPC'))
    all.platform.change('4', { port: 4 })
    const { requests } = await all.after(() => all.tell(ofVm('DEPLOY_FINISH', 4)), 60_000)
    expect([requests, good.text, bad.text]).toEqual([[vmPath('4')], fileOf(1, 2, 3, 4), fileOf(1, 2, 3)])
    expect(all.keeper.status().outputs).toMatchObject([{ error: null }, { error: 'Cannot write "bad": ENOSPC' }])
    bad.failures.clear()
    await all.clock.advance(30_000)
    expect(bad.text).toBe(fileOf(1, 2, 3, 4))
  })

  test('that hang hold no other one back', async () => {
    const [good, bad] = [new FakeOutput('', 'good'), new FakeOutput('', 'bad')]
    await using all = await kept({ fill: three, outputs: [bad, good] })
    const go = bad.hold('write')
    all.platform.change('4', { port: 4 })
    await all.tell(ofVm('DEPLOY_FINISH', 4))
    await all.clock.advance(60_000)
    expect([good.text, bad.text]).toEqual([fileOf(1, 2, 3, 4), fileOf(1, 2, 3)])
    go()
    await settled()
    expect(bad.text).toBe(fileOf(1, 2, 3, 4))
  })

  test('that somebody else changes are answered by a list of everything, and then right', async () => {
    await using all = await kept({ fill: three, clock: new RunningClock() })
    all.output.overwrite(fileOf(2, 77))
    const { requests, file } = await all.after(() => {}, 5000)
    expect([requests, file, all.keeper.status().outputs[0]?.changedByOthers]).toEqual([
      [enterprises, vmsPath('1')],
      fileOf(1, 2, 3),
      1,
    ])
  })

  test('have all tokens but that of a VM whose address is none', async () => {
    await using all = await kept({
      fill: (platform) => {
        three(platform)
        platform.fill('1', [4], { host: '10.0.0.1\nfff: 6.6.6.6' })
      },
    })
    expect([all.output.text, all.keeper.status().refusedAddresses, all.noted('address-refused')]).toEqual([
      fileOf(1, 2, 3),
      1,
      [{ kind: 'address-refused', vm: vmPath('4'), why: '"10.0.0.1\\nfff: 6.6.6.6" is no host' }],
    ])
  })
})

describe('the end', () => {
  test('comes at once, whatever runs, and leaves nothing open', async () => {
    const all = await kept({ fill: three })
    all.platform.hold(() => true)
    all.keeper.listNow()
    await all.tell(ofVm('DEPLOY_FINISH', 4))
    const asked = all.platform.requests.length
    await all.stop()
    all.watch?.tell({ kind: 'event', event: ofVm('DEPLOY_FINISH', 5), recovered: false })
    await all.clock.advance(600_000)
    expect([all.clock.left, all.platform.requests.length, all.noted('defect')]).toEqual([[], asked, []])
  })

  test('waits for a write that has begun', async () => {
    const all = await kept({ fill: three })
    const go = all.output.hold('write')
    all.platform.change('4', { port: 4 })
    await all.tell(ofVm('DEPLOY_FINISH', 4))
    let ended = false
    const stopping = all.stop().then(() => {
      ended = true
    })
    await settled()
    const before = ended
    go()
    await stopping
    expect([before, all.output.text]).toEqual([false, fileOf(1, 2, 3, 4)])
  })
})

test('the status tells how all of it stands', async () => {
  await using all = await kept({ fill: three })
  await all.tell(ofVm('REFRESH', 1))
  const wall = (at: number) => all.clock.wall() - all.clock.now() + at
  const { outputs, ...status } = all.keeper.status()
  expect(status).toEqual({
    turnedAt: wall(20_001),
    login: accepted,
    vms: 3,
    tokens: 3,
    refusedAddresses: 0,
    owed: 0,
    reads: 1,
    failedReads: 0,
    triggers: 1,
    list: {
      completeSince: wall(1),
      endedAt: wall(1),
      durationMs: 0,
      running: false,
      complete: 1,
      incomplete: 0,
      why: null,
      expectedEveryMs: resyncMs,
    },
    watch: all.watch?.status() ?? null,
    sight: { blind: false, hint: null, unannounced: 0 },
    enterprises: 1,
    refusedEnterprises: [],
  })
  expect(outputs).toHaveLength(1)
})
