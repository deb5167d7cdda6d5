import { describe, expect, test } from 'bun:test'
import { FakeClock } from '../../api/testing/fake-clock.ts'
import { FakeOutput } from '../testing/fake-output.ts'
import { apiError, broken, type FakePlatform, forbidden, proxy404, vmPath, vmsPath } from '../testing/fake-platform.ts'
import { enterprises, fileOf, kept, ofVm, ports, resyncMs, three } from '../testing/keeping.ts'
import type { KeeperOptions } from './keeper.ts'

describe('while the platform is ill', () => {
  const everything = [ofVm('UNDEPLOY_FINISH', 1), ofVm('DELETE', 2), ofVm('RECONFIGURE', 3)]

  test.each<[string, (path: string) => Error]>([
    ['a proxy says 404 to everything', proxy404],
    ['nothing answers', (path) => apiError('unreachable', path)],
    ['everything breaks', broken],
    ['a page for people answers everything', (path) => apiError('not-abiquo', path)],
    ['everything is refused', (path) => apiError('forbidden', path, { status: 403 })],
  ])('and %s for a minute, no token is lost, and what happened is caught up with', async (_, error) => {
    await using all = await kept(new FakeClock(), { fill: three })
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
    await using all = await kept(new FakeClock(), { fill: (platform) => platform.fill('1', ports(500)) })
    for (const port of ports(500)) all.platform.unlisted.add(String(port))
    const { file } = await all.after(() => {}, 3_600_000)
    expect(file).toBe(fileOf(...ports(500)))
  })

  test('an empty platform loses nothing either, until a person says so', async () => {
    await using all = await kept(new FakeClock(), { fill: (platform) => platform.fill('1', ports(30)) })
    for (const port of ports(30)) all.platform.remove(String(port))
    const { file } = await all.after(() => {}, 3_600_000)
    expect([file, all.keeper.status().outputs[0]]).toMatchObject([fileOf(...ports(30)), { held: 30 }])
    expect((await all.after(() => all.keeper.release())).file).toBe('')
  })

  test('one enterprise that refuses us keeps its tokens, and the others are followed', async () => {
    await using all = await kept(new FakeClock(), {
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
    await using all = await kept(new FakeClock(), {
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

  test('one enterprise that hangs until its time is up puts off no list of everything', async () => {
    await using all = await kept(new FakeClock(), {
      fill: (platform) => {
        for (const id of ['1', '2', '3', '4', '5']) platform.fill(id, [Number(id)])
      },
    })
    all.platform.latency = (path) => (path === vmsPath('2') ? 120_000 : 0)
    all.platform.fault = (path) => (path === vmsPath('2') ? apiError('timeout', path) : null)
    await all.after(() => all.keeper.listNow(), 130_000)
    all.platform.latency = () => 0
    all.platform.fault = () => null
    all.platform.undeploy(3)
    const { file } = await all.after(() => {}, resyncMs * 1.1 + 120_000)
    expect([file, all.keeper.status().list.why]).toEqual([fileOf(1, 2, 4, 5), null])
  })

  test('a storm over an enterprise that breaks costs lists and some single reads, and nobody is forgotten', async () => {
    await using all = await kept(new FakeClock(), {
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
    await using all = await kept(new FakeClock(), {
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

  test('a defect at the end of a list does not end all lists', async () => {
    let oops = 1
    const defects: string[] = []
    const note: KeeperOptions['note'] = (each) => {
      if (each.kind === 'defect') defects.push(each.what)
      if (each.kind === 'listed' && oops-- > 0) throw new Error('oops')
    }
    await using all = await kept(new FakeClock(), { fill: three, options: { note } })
    expect(defects).toEqual(['the list of everything'])
    all.platform.undeploy(1)
    expect((await all.after(() => {}, 2 * resyncMs)).file).toBe(fileOf(2, 3))
  })

  test('reads that fail are told of once a second', async () => {
    await using all = await kept(new FakeClock(), { fill: three })
    all.platform.fault = broken
    await all.tell(...ports(20).map((port) => ofVm('REFRESH', port)))
    expect([all.noted('read-failed').length, all.keeper.status().failedReads]).toEqual([1, 20])
  })

  test('an output that hangs while it is read holds up no other, and is made right once it can be read', async () => {
    const [quick, hung] = [new FakeOutput('', 'quick'), new FakeOutput(fileOf(7), 'hung')]
    const release = hung.hold('load')
    await using all = await kept(new FakeClock(), { fill: three, outputs: [quick, hung] })
    expect([quick.text, hung.text]).toEqual([fileOf(1, 2, 3), fileOf(7)])
    release()
    await all.clock.advance(2 * resyncMs)
    expect([hung.text, hung.done.load]).toEqual([fileOf(1, 2, 3), 1])
  })

  test('a person who asks for a list need not wait for what waits after failures', async () => {
    await using all = await kept(new FakeClock(), { fill: three })
    all.platform.fault = broken
    all.keeper.listNow()
    await all.clock.advance(90_000)
    all.platform.fault = () => null
    all.platform.undeploy(1)
    expect((await all.after(() => all.keeper.listNow())).file).toBe(fileOf(2, 3))
  })

  test('what failed is asked for at once when the platform is back', async () => {
    await using all = await kept(new FakeClock(), { fill: three })
    all.platform.fault = (path) => apiError('unreachable', path)
    all.keeper.listNow()
    await all.tell(ofVm('UNDEPLOY_FINISH', 1))
    await all.clock.advance(85_000)
    all.platform.undeploy(1)
    all.platform.fault = () => null
    const { requests, file } = await all.after(() => all.keeper.platformBack())
    expect([requests.toSorted(), file]).toEqual([[enterprises, vmPath('1'), vmsPath('1')].toSorted(), fileOf(2, 3)])
  })

  test('a list is asked for as late as the platform wishes', async () => {
    await using all = await kept(new FakeClock(), { fill: three })
    all.platform.fault = (path) => apiError('busy', path, { retryAfterMs: 120_000 })
    await all.after(() => all.keeper.listNow(), 10)
    expect((await all.after(() => {}, 119_000)).requests).toEqual([])
    all.platform.fault = () => null
    expect((await all.after(() => {}, 1000)).requests).toEqual([enterprises, vmsPath('1')])
  })

  test.each([
    ['the list of enterprises', enterprises],
    ['that of an enterprise', vmsPath('2')],
  ])(
    '%s that is refused with 401, though the log-in works, is not asked for again within five minutes',
    async (_, path) => {
      await using all = await kept(new FakeClock(), {
        fill: (platform) => {
          for (const id of ['1', '2', '3', '4', '5']) platform.fill(id, [Number(id)])
        },
      })
      const refused = apiError('unauthorized', path, { status: 401, retryAfterMs: 300_000 })
      all.platform.fault = (each) => (each === path ? refused : null)
      const first = await all.after(() => all.keeper.listNow(), 1000)
      const soon = await all.after(() => {}, 298_000)
      all.platform.fault = () => null
      const later = await all.after(() => {}, 2000)
      const times = [first, soon, later].map(({ requests }) => requests.filter((each) => each === path).length)
      expect([times.slice(0, 2), (times[2] ?? 0) > 0, all.keeper.status().list.why]).toEqual([[1, 0], true, null])
    },
  )

  test('an enterprise that asks for time is left out of the lists that come meanwhile', async () => {
    await using all = await kept(new FakeClock(), {
      fill: (platform) => {
        for (const id of ['1', '2', '3', '4', '5']) platform.fill(id, [Number(id)])
      },
    })
    all.watch?.tell({ kind: 'down', error: new Error('cut'), retryInMs: 3_600_000 })
    const refused = apiError('unauthorized', vmsPath('2'), { status: 401, retryAfterMs: 300_000 })
    all.platform.fault = (path) => (path === vmsPath('2') ? refused : null)
    const first = await all.after(() => all.keeper.listNow(), 1000)
    const soon = await all.after(() => {}, 290_000)
    all.platform.fault = () => null
    const asked = (requests: readonly string[], path: string) => requests.filter((each) => each === path).length
    expect([asked(first.requests, vmsPath('2')), asked(soon.requests, vmsPath('2'))]).toEqual([1, 0])
    // The others were listed each minute, as nothing is watched.
    expect(asked(soon.requests, vmsPath('1'))).toBeGreaterThan(2)
    await all.after(() => all.keeper.listNow(), 1000)
    expect(all.keeper.status().list.why).toBe(null)
  })

  test('a defect of ours is told, and what it hit is tried again', async () => {
    await using all = await kept(new FakeClock(), { fill: three })
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
    const all = await kept(new FakeClock(), { fill: big })
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

  test('lets go of what events announce after a list has found it', async () => {
    await using all = await kept(new FakeClock(), { fill: (platform) => platform.fill('1', ports(100)) })
    for (const port of ports(60)) all.platform.undeploy(port)
    await all.after(() => all.keeper.listNow(), 1000)
    const held = all.keeper.status().outputs[0]?.held
    await all.after(() => all.tell(...ports(40).map((port) => ofVm('UNDEPLOY_FINISH', port))), 1000)
    const [output] = all.keeper.status().outputs
    expect([held, output?.held, all.output.text === fileOf(...ports(20, 41), ...ports(40, 61))]).toEqual([60, 20, true])
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
    await using all = await kept(new FakeClock(), { fill: big })
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
