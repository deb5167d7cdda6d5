import { describe, expect, test } from 'bun:test'
import type { PlatformEvent } from '@novnc-tokens/api'
import { FakeClock, settled } from '../../api/testing/fake-clock.ts'
import { FakeOutput } from '../testing/fake-output.ts'
import { broken, machinePath, vmPath } from '../testing/fake-platform.ts'
import { event, fileOf, keeping, kept, ofVm, ports, resyncMs, three } from '../testing/keeping.ts'
import type { KeeperOptions } from './keeper.ts'
import type { Note } from './note.ts'

describe('the watch', () => {
  test('that tells of a gap leads to a list of everything that began after it', async () => {
    await using all = await kept(new FakeClock(), { fill: three })
    all.platform.latency = () => 100
    all.keeper.listNow()
    await all.clock.advance(150)
    all.platform.undeploy(1)
    all.watch?.tell({ kind: 'gap', from: null, why: 'cut', closing: false })
    const { file } = await all.after(() => {}, 5000)
    expect([file, all.noted('gap')]).toEqual([fileOf(2, 3), [{ kind: 'gap', why: 'cut', closing: false }]])
    expect([all.noted('gap-made-up'), all.keeper.status().gaps]).toMatchObject([
      [{ kind: 'gap-made-up' }],
      { healed: { history: 0, list: 1 }, last: { why: 'cut', healed: 'list' } },
    ])
  })

  test('that recovers what a gap hid costs no list, only the reads of what it tells', async () => {
    await using all = await kept(new FakeClock(), { fill: three })
    const down = { kind: 'down', error: new Error('cut'), retryInMs: 0 } as const
    const recovered = { kind: 'event', event: ofVm('UNDEPLOY_FINISH', 1), recovered: true } as const
    const { requests, file } = await all.after(async () => {
      all.watch?.tell(down)
      await all.clock.advance(5000)
      all.platform.undeploy(1)
      all.watch?.tell({ kind: 'open', at: null })
      all.watch?.tell({ kind: 'gap', from: null, why: 'cut', closing: true })
      all.watch?.tell(recovered)
      all.watch?.tell({ kind: 'caught-up', recovered: 1 })
    }, resyncMs * 0.9)
    expect([requests, file]).toEqual([[vmPath('1')], fileOf(2, 3)])
    expect(all.keeper.status().gaps).toMatchObject({ healed: { history: 1, list: 0 }, last: { healed: 'history' } })
    // It was as if nothing had been missed, so what a list then finds counts against the watch.
    all.platform.undeploy(2)
    await all.clock.advance(resyncMs)
    expect(all.keeper.status().sight.unannounced).toBe(1)
  })

  test('that cannot recover what a gap hid leads to a list after all', async () => {
    await using all = await kept(new FakeClock(), { fill: three })
    all.platform.undeploy(1)
    all.watch?.tell({ kind: 'gap', from: null, why: 'cut', closing: true })
    all.watch?.tell({ kind: 'gap', from: null, why: 'no history', closing: false })
    expect((await all.after(() => {}, 5000)).file).toBe(fileOf(2, 3))
  })

  test('that is down for a while is made up for by lists each minute', async () => {
    await using all = await kept(new FakeClock(), { fill: three })
    all.watch?.tell({ kind: 'down', error: new Error('cut'), retryInMs: 1000 })
    await all.clock.advance(1000)
    all.platform.undeploy(1)
    expect((await all.after(() => {}, 60_000)).file).toBe(fileOf(2, 3))
    expect(all.noted('watch-down')).toEqual([{ kind: 'watch-down', why: 'cut', retryInMs: 1000 }])
  })

  test('that misses something once is not called blind', async () => {
    await using all = await kept(new FakeClock(), { fill: three })
    all.platform.undeploy(1)
    const { file } = await all.after(() => {}, 3 * resyncMs)
    expect([file, all.noted('unannounced'), all.noted('blind'), all.keeper.status().sight]).toMatchObject([
      fileOf(2, 3),
      [{ kind: 'unannounced', vms: 1 }],
      [],
      { blind: false, unannounced: 1 },
    ])
  })

  test('that misses something twice in a row is blind: widened, listed for each minute, until it sees', async () => {
    await using all = await kept(new FakeClock(), { fill: three })
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
    // Quiet alone is no sight.
    await all.clock.advance(5 * 66_000)
    expect(all.keeper.status().sight.blind).toBe(true)
    await all.tell(ofVm('REQUEST_ACCESS', 4))
    await all.clock.advance(5 * 66_000)
    expect([all.noted('sighted').length, all.keeper.status().sight]).toMatchObject([1, { blind: false, hint: null }])
    const { requests } = await all.after(() => {}, resyncMs * 0.8)
    expect(requests.length).toBeLessThanOrEqual(2)
  })

  test('is not called blind for what its events announced, or for what happened in a gap', async () => {
    await using all = await kept(new FakeClock(), { fill: (platform) => platform.fill('1', ports(9)) })
    for (let round = 1; round <= 4; round++) {
      all.platform.undeploy(round)
      all.watch?.tell({ kind: 'gap', from: null, why: 'cut', closing: false })
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
    await using all = await kept(new FakeClock(), { fill: three })
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
    await using all = await kept(new FakeClock(), { fill: (platform) => platform.fill('1', ports(9)) })
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

  test('is called to account two minutes after the VM was read for its event', async () => {
    await using all = await kept(new FakeClock(), { fill: three })
    await all.tell(ofVm('REFRESH', 1))
    await all.clock.advance(125_000)
    all.platform.undeploy(1)
    await all.clock.advance(resyncMs)
    expect([all.output.text, all.keeper.status().sight.unannounced]).toEqual([fileOf(2, 3), 1])
  })

  test.each<[string, PlatformEvent]>([
    ['of a VM', ofVm('REFRESH', 1)],
    ['of its machine', event('MODIFY', { entity: 'MACHINE', entityURI: `/api${machinePath('5')}` })],
  ])('is called to account for what happened long after an event %s', async (_, announcement) => {
    await using all = await kept(new FakeClock(), {
      fill: (platform) => platform.fill('1', [1, 2, 3], { machine: machinePath('5') }),
    })
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
    await using all = await kept(new FakeClock(), { fill: three })
    all.watch?.end(failure)
    await settled()
    all.platform.undeploy(1)
    expect((await all.after(() => {}, 66_000)).file).toBe(fileOf(2, 3))
    expect(all.noted('defect')).toMatchObject(failure === null ? [] : [{ what: 'the watch', error: failure }])
  })

  test('that tells something we cannot take goes on', async () => {
    let note: KeeperOptions['note'] = () => {}
    const told: Note[] = []
    await using all = await kept(new FakeClock(), {
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

test('an end that comes while the outputs are loaded ends all', async () => {
  const output = new FakeOutput(fileOf(1))
  const go = output.hold('load')
  const all = await keeping(new FakeClock(), { outputs: [output] })
  const stopped = all.stop()
  go()
  await all.clock.advance(3000)
  expect(await Promise.race([stopped, settled().then(() => 'still running')])).toBeUndefined()
  expect(all.clock.left).toEqual([])
})
