import { describe, expect, test } from 'bun:test'
import { FakeClock, settled } from '../../api/testing/fake-clock.ts'
import { OutputError } from '../outputs/output.ts'
import { FakeOutput } from '../testing/fake-output.ts'
import { apiError, broken, type FakePlatform, machinePath, vmPath, vmsPath } from '../testing/fake-platform.ts'
import { accepted, enterprises, fileOf, keeping, kept, ofVm, resyncMs, three } from '../testing/keeping.ts'

/** A clock that, as a real one, never shows the same time twice. */
class RunningClock extends FakeClock {
  #looks = 0

  override now(): number {
    return super.now() + ++this.#looks / 1e6
  }
}

describe('at start', () => {
  test('the watch opens first, and then everything is listed', async () => {
    await using all = await keeping(new FakeClock(), { fill: three })
    await all.clock.advance(1999)
    const before = [...all.platform.requests]
    await all.open()
    expect([before, all.platform.requests, all.output.text]).toEqual([[], [enterprises, vmsPath('1')], fileOf(1, 2, 3)])
  })

  test('a watch that does not open in time is not waited for, and everything is listed again once it does', async () => {
    await using all = await keeping(new FakeClock(), { fill: three })
    await all.clock.advance(2000)
    expect(all.platform.requests).toEqual([enterprises, vmsPath('1')])
    all.platform.undeploy(1)
    expect(await all.after(() => all.open(), 1000)).toEqual({
      requests: [enterprises, vmsPath('1')],
      file: fileOf(2, 3),
    })
  })

  test('a watch that is down leads to a list at once, and to one each minute', async () => {
    await using all = await keeping(new FakeClock(), { fill: three })
    const down = () => all.watch?.tell({ kind: 'down', error: new Error('refused'), retryInMs: 1000 })
    expect((await all.after(down)).requests).toEqual([enterprises, vmsPath('1')])
    const { requests } = await all.after(down, 10 * 60_000)
    expect([requests.length / 2 >= 9, requests.length / 2 <= 11]).toEqual([true, true])
  })

  test('without a watch everything is listed at once, and then each minute', async () => {
    await using all = await keeping(new FakeClock(), { fill: three, watch: null })
    await all.clock.advance(0)
    expect([all.platform.requests, all.output.text]).toEqual([[enterprises, vmsPath('1')], fileOf(1, 2, 3)])
    all.platform.undeploy(1)
    all.platform.fill('1', [4])
    expect((await all.after(() => {}, 66_000)).file).toBe(fileOf(2, 3, 4))
  })

  test('an output keeps what it had until everything was listed', async () => {
    await using all = await keeping(new FakeClock(), { fill: three, text: fileOf(1, 2, 77) })
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
    await using all = await keeping(new RunningClock(), { fill: three, watch: null, outputs: [output] })
    await all.clock.advance(100)
    go()
    await all.clock.advance(1000)
    expect([output.text, all.platform.requests]).toEqual([fileOf(1, 2, 3), [enterprises, vmsPath('1')]])
  })

  test('a platform that is down leaves what an output had, and is followed once it is back', async () => {
    await using all = await keeping(new FakeClock(), { fill: three, text: fileOf(1, 77) })
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
    await using all = await keeping(new FakeClock(), { fill: three, outputs: [output] })
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

describe('a list that waits for the log-in', () => {
  test('is as long and as old as what follows its first request, and the next one keeps its usual distance', async () => {
    const clock = new FakeClock()
    const { promise, resolve: open } = Promise.withResolvers<void>()
    const fill = (platform: FakePlatform) => {
      three(platform)
      const listed = platform.enterprises.bind(platform)
      platform.enterprises = (options) => promise.then(() => listed(options))
    }
    await using all = await keeping(clock, { fill })
    await all.open()
    await clock.advance(600_000)
    expect([all.platform.requests, all.keeper.status().list]).toMatchObject([
      [],
      { running: true, completeSince: null },
    ])
    const asked = clock.wall()
    open()
    await clock.advance(0)
    expect(all.keeper.status().list).toMatchObject({ completeSince: asked, durationMs: 0, complete: 1 })
    all.platform.undeploy(1)
    all.keeper.outputChanged()
    expect(await all.after(() => {}, 1000)).toEqual({ requests: [enterprises, vmsPath('1')], file: fileOf(2, 3) })
    const { requests } = await all.after(() => {}, resyncMs)
    expect(requests).toEqual([enterprises, vmsPath('1')])
  })
})

test('a new enterprise that cannot be listed does not take back that everything was complete', async () => {
  await using all = await kept(new FakeClock(), { fill: three })
  const { completeSince } = all.keeper.status().list
  all.platform.fill('2', [4])
  all.platform.fault = (path) => (path === vmsPath('2') ? broken(path) : null)
  for (const advance of [0, resyncMs, resyncMs]) {
    all.keeper.listNow()
    await all.clock.advance(advance)
    const { list, enterprises: known } = all.keeper.status()
    expect({ list, known }).toMatchObject({
      list: { completeSince, complete: 1, why: expect.stringContaining('Enterprise 2') },
      known: 2,
    })
  }
  all.platform.fault = () => null
  all.keeper.listNow()
  await all.clock.advance(1000)
  expect([all.output.text, all.keeper.status().list]).toMatchObject([
    fileOf(1, 2, 3, 4),
    { completeSince: all.clock.wall() - 1000, why: null },
  ])
})

test('an enterprise that cannot be listed from the start leaves everything incomplete', async () => {
  const fill = (platform: FakePlatform) => {
    three(platform)
    platform.fill('2', [4])
    platform.fault = (path) => (path === vmsPath('2') ? broken(path) : null)
  }
  await using all = await kept(new FakeClock(), { fill })
  expect(all.keeper.status().list).toMatchObject({ completeSince: null, complete: 0 })
})

describe('a deploy', () => {
  const series = (id: string) =>
    ['DEPLOY', 'ALLOCATE_START', 'ALLOCATE_FINISH', 'DEPLOY_FINISH', 'VSM_CHANGE_STATE', 'STATE_CHANGE'].map((action) =>
      ofVm(action, id),
    )

  test('costs one request, and its token is there without any wait', async () => {
    await using all = await kept(new FakeClock(), { fill: three })
    const done = await all.after(async () => {
      all.platform.change('4', { port: 4 })
      await all.tell(...series('4'))
    })
    expect(done).toEqual({ requests: [vmPath('4')], file: fileOf(1, 2, 3, 4) })
    expect(await all.after(() => {}, 60_000)).toEqual({ requests: [], file: fileOf(1, 2, 3, 4) })
  })

  test('is undone for one request, and its token is gone without any wait', async () => {
    await using all = await kept(new FakeClock(), { fill: three })
    const done = await all.after(async () => {
      all.platform.undeploy(2)
      await all.tell(ofVm('UNDEPLOY', 2), ofVm('UNDEPLOY_FINISH', 2), ofVm('VSM_CHANGE_STATE', 2))
    })
    expect(done).toEqual({ requests: [vmPath('2')], file: fileOf(1, 3) })
    expect((await all.after(() => {}, 60_000)).requests).toEqual([])
  })

  test('is acted on at once while a list runs, and what that list tells later does not undo it', async () => {
    await using all = await kept(new FakeClock(), { fill: three })
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
    await using all = await kept(new FakeClock(), { fill: three })
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
    await using all = await kept(new FakeClock(), {
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

  test.each([200, 600, 1200, 1800])(
    'after an undeploy, %d ms before, that REST shows late too ends at its new address, without a list',
    async (gap) => {
      await using all = await kept(new FakeClock(), { fill: three })
      all.platform.lagMs = 1500
      const done = await all.after(async () => {
        all.platform.undeploy(3)
        await all.tell(ofVm('UNDEPLOY_FINISH', 3))
        await all.clock.advance(gap)
        all.platform.change('3', { host: '10.0.0.2', port: 3 })
        await all.tell(ofVm('DEPLOY_FINISH', 3))
      }, 60_000)
      expect([done.file, [...new Set(done.requests)]]).toEqual([fileOf(1, 2, '10.0.0.2:3'), [vmPath('3')]])
    },
  )

  test('is right soon, though events that let expect nothing come before REST shows it', async () => {
    await using all = await kept(new FakeClock(), { fill: three })
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

describe('without any event', () => {
  test('lists each resync find what changed', async () => {
    await using all = await kept(new FakeClock(), { fill: three })
    all.platform.undeploy(1)
    all.platform.change('2', { host: '10.0.0.2' })
    all.platform.remove('3')
    all.platform.fill('2', [4])
    const { requests, file } = await all.after(() => {}, resyncMs * 1.1)
    expect([file, requests]).toEqual([fileOf('10.0.0.2:2', 4), [enterprises, vmsPath('1'), vmsPath('2'), vmPath('3')]])
  })

  test('a list that changes nothing confirms the output, and writes nothing', async () => {
    await using all = await kept(new FakeClock(), { fill: three })
    const { confirm, write } = { ...all.output.done }
    await all.clock.advance(3 * 1.1 * resyncMs)
    expect([all.output.done.write, all.output.done.confirm]).toEqual([write, confirm + 3])
  })

  test('lists that take long keep their distance, ten times as long', async () => {
    await using all = await kept(new FakeClock(), { fill: three })
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
    await using all = await kept(new FakeClock(), { fill: three, outputs: [good, bad] })
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
    await using all = await kept(new FakeClock(), { fill: three, outputs: [bad, good] })
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
    await using all = await kept(new RunningClock(), { fill: three })
    all.output.overwrite(fileOf(2, 77))
    const { requests, file } = await all.after(() => {}, 5000)
    expect([requests, file, all.keeper.status().outputs[0]?.changedByOthers]).toEqual([
      [enterprises, vmsPath('1')],
      fileOf(1, 2, 3),
      1,
    ])
  })

  test('have all tokens but that of a VM whose address is none', async () => {
    await using all = await kept(new FakeClock(), {
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
    const all = await kept(new FakeClock(), { fill: three })
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
    const all = await kept(new FakeClock(), { fill: three })
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

test('a step of the wall clock makes no loop look as if it stood still', async () => {
  await using all = await kept(new FakeClock())
  const ageMs = () => all.clock.wall() - all.keeper.status().turnedAt
  const before = ageMs()
  const { wallAtZero } = all.clock
  all.clock.wall = () => wallAtZero + 3_600_000 + all.clock.now()
  expect([before < 5000, ageMs()]).toEqual([true, before])
})

test('that the outputs are kept is told once they are loaded, or take too long for that', async () => {
  const clock = new FakeClock()
  const hung = new FakeOutput('')
  const go = hung.hold('load')
  const told: number[] = []
  const onLoaded = () => void told.push(clock.now())
  await using _all = await keeping(clock, { outputs: [new FakeOutput(''), hung], options: { onLoaded } })
  await clock.advance(1999)
  const before = [...told]
  await clock.advance(1)
  go()
  await clock.advance(10_000)
  expect([before, told]).toEqual([[], [2000]])
})

test('the status tells how all of it stands', async () => {
  await using all = await kept(new FakeClock(), { fill: three })
  await all.tell(ofVm('REFRESH', 1))
  const wall = (at: number) => all.clock.wall() - all.clock.now() + at
  const { outputs, ...status } = all.keeper.status()
  expect(status).toEqual({
    turnedAt: wall(20_001),
    login: accepted,
    vms: 3,
    tokens: 3,
    refusedAddresses: 0,
    leftOut: { 'other-datacenter': 0, 'no-datacenter': 0, 'other-enterprise': 0, 'no-enterprise': 0 },
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
    gaps: { healed: { history: 0, list: 0 }, last: null },
    sight: { blind: false, hint: null, unannounced: 0 },
    enterprises: 1,
    refusedEnterprises: [],
    unknownEnterprises: [],
  })
  expect(outputs).toHaveLength(1)
})
