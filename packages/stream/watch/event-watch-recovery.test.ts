import { describe, expect, test } from 'bun:test'
import { FakeClock } from '../../api/testing/fake-clock.ts'
import { FakePlatform, failing, refusing } from '../testing/fake-platform.ts'
import { eventsOf, type Following, following } from '../testing/following.ts'
import { seeded } from '../testing/seeded.ts'
import type { WatchOptions } from './watch-options.ts'

const ended = 'down: The server ended the stream'
const closing = 'gap, closing: The server ended the stream'

/** A watch of a platform whose stream has told `A` and has been open for 10 s. */
async function watched(
  options: Partial<WatchOptions> = {},
  prepare: (platform: FakePlatform) => void = () => {},
): Promise<{ clock: FakeClock; platform: FakePlatform; follower: Following } & AsyncDisposable> {
  const clock = new FakeClock()
  const platform = new FakePlatform(clock)
  prepare(platform)
  const follower = following(platform, options)
  await clock.advance(1000)
  platform.happen('A')
  await clock.advance(9000)
  follower.clear()
  return { clock, platform, follower, [Symbol.asyncDispose]: () => follower[Symbol.asyncDispose]() }
}

/** Events before, in and after a gap of one second. */
async function breakOff(platform: FakePlatform, clock: FakeClock): Promise<void> {
  platform.happen('B')
  await clock.advance(500)
  platform.cut()
  platform.happen('C')
  await clock.advance(500)
  platform.happen('D')
  platform.happen('D')
  await clock.advance(1000)
  platform.happen('E')
  await clock.advance(1000)
}

describe('what was missed while the stream was opened anew is told', () => {
  test('in the order of time: events wait until those before them are known', async () => {
    await using made = await watched()
    const { clock, platform, follower } = made
    await breakOff(platform, clock)
    expect(follower.told).toEqual(['B', ended, 'open', closing])
    await clock.advance(1500)
    expect(follower.told.slice(4)).toEqual(['C recovered', 'D recovered', 'D recovered', 'E', 'caught up, 3 recovered'])
    platform.happen('F')
    await clock.advance(0)
    expect(follower.told.at(-1)).toBe('F')
    expect(follower.watch.status()).toMatchObject({ recovering: false, events: 7, recovered: 3, gaps: 1, connects: 2 })
  })

  test('or at once: no event waits', async () => {
    await using made = await watched({ order: 'arrival' })
    const { clock, platform, follower } = made
    await breakOff(platform, clock)
    const recovered = ['C recovered', 'D recovered', 'D recovered']
    expect(follower.told).toEqual(['B', ended, 'open', closing, ...recovered, 'E'])
    expect(follower.watch.status().recovering).toBe(true)
    await clock.advance(1500)
    expect(follower.told.slice(8)).toEqual(['caught up, 3 recovered'])
    // One more was for the newest event at the start.
    expect(platform.count('events')).toBe(3)
  })

  test('without asking for what the watch is not about', async () => {
    await using made = await watched({ filters: { entity: ['machine'] } })
    const { clock, platform, follower } = made
    platform.cut()
    platform.happen('X', { fields: { entity: 'USER' } })
    platform.happen('Y', { fields: { entity: 'MACHINE' } })
    platform.happen('Z')
    await clock.advance(10_000)
    expect(follower.actions).toEqual(['Y'])
    expect(platform.asked.map(({ url }) => url).filter((url) => url.includes('stream'))).toEqual(
      Array(2).fill('https://h/m/stream?X-Atmosphere-Transport=sse&X-Atmosphere-Framework=1.0&entity=MACHINE'),
    )
  })

  test('also what happened long ago, as quickly as it is taken', async () => {
    await using made = await watched({ mode: 'stream' })
    const { clock, platform, follower } = made
    platform.cut()
    platform.answerStream = () => failing(500)
    for (let minute = 0; minute < 60; minute++) {
      platform.happen(`M${minute}`)
      await clock.advance(60_000)
    }
    platform.answerStream = () => undefined
    follower.clear()
    await clock.advance(30_000)
    const told = Array.from({ length: 60 }, (_, minute) => `M${minute} recovered`)
    expect(follower.told).toEqual(['open', expect.stringContaining('answered 500'), ...told, 'caught up, 60 recovered'])
    // Beside the newest event at the start: all that is long past, then the newest, at last what was late.
    await clock.advance(60_000)
    expect(platform.count('events')).toBe(4)
  })

  test('where the platform reads filters otherwise than we do, by the stream', async () => {
    await using made = await watched({ filters: { action: ['B'] } })
    const { clock, platform, follower } = made
    platform.happen('OTHER')
    await clock.advance(0)
    expect(follower.told).toEqual(['OTHER'])
  })
})

describe('events that the history learns late', () => {
  test('are told in their place where they are not too late', async () => {
    await using made = await watched({ settleMs: 5000 })
    const { clock, platform, follower } = made
    platform.cut()
    platform.happen('B', { lateMs: 5900 })
    await clock.advance(1000)
    platform.happen('C')
    await clock.advance(6000)
    expect(follower.told).toEqual([ended, 'open', closing, 'B recovered', 'C', 'caught up, 1 recovered'])
  })

  test('are told a minute later where they are', async () => {
    await using made = await watched()
    const { clock, platform, follower } = made
    platform.cut()
    platform.happen('B', { lateMs: 30_000 })
    platform.happen('C', { lateMs: 60_000 })
    await clock.advance(1000)
    platform.happen('D')
    await clock.advance(4000)
    expect(follower.told.slice(3)).toEqual(['D', 'caught up, 0 recovered'])
    await clock.advance(55_900)
    expect(follower.told.slice(5)).toEqual([])
    await clock.advance(200)
    expect(follower.told.slice(5)).toEqual(['B recovered', 'C recovered'])
    expect(platform.count('events')).toBe(4)
  })

  test('also where the stream breaks again before', async () => {
    await using made = await watched()
    const { clock, platform, follower } = made
    platform.cut()
    platform.happen('LATE', { lateMs: 55_000 })
    // Each time before that minute is over.
    for (let times = 0; times < 8; times++) {
      await clock.advance(20_000)
      platform.happen(`T${times}`)
      platform.cut()
    }
    await clock.advance(200_000)
    expect(follower.actions).toEqual(['T0', 'T1', 'T2', 'LATE', 'T3', 'T4', 'T5', 'T6', 'T7'])
  })

  test('also where the history fails when it is asked once more', async () => {
    await using made = await watched()
    const { clock, platform, follower } = made
    platform.cut()
    platform.happen('LATE', { lateMs: 30_000 })
    await clock.advance(10_000)
    platform.answerHistory = () => failing(500)
    await clock.advance(70_000)
    platform.answerHistory = () => undefined
    platform.happen('NEW')
    await clock.advance(120_000)
    expect(follower.actions).toEqual(['NEW', 'LATE'])
  })

  test('or are told to be lost, where it fails on', async () => {
    await using made = await watched({ idleTimeoutMs: 1e9 })
    const { clock, platform, follower } = made
    platform.cut()
    await clock.advance(10_000)
    follower.clear()
    platform.answerHistory = () => failing(500)
    await clock.advance(300_000)
    platform.happen('NEW')
    await clock.advance(0)
    expect(follower.told).toEqual([
      expect.stringMatching(/^gap, open: Events that the platform learned late cannot be recovered: .* answered 500$/),
      'NEW',
    ])
    // Nothing is asked for any more, and nothing is kept for it.
    expect(clock.left.length).toBe(1)
  })

  test('a history that is late with all it has is no stranger', async () => {
    const clock = new FakeClock()
    const platform = new FakePlatform(clock)
    await using follower = following(platform)
    await clock.advance(0)
    platform.happen('A', { lateMs: 40_000 })
    await clock.advance(20_000)
    platform.cut()
    await clock.advance(5000)
    platform.happen('B')
    await clock.advance(0)
    expect(follower.told).toEqual(['open', 'A', ended, 'open', closing, 'B'])
    await clock.advance(60_000)
    expect(follower.told.slice(6)).toEqual(['caught up, 0 recovered'])
  })
})

test('2,000 events while the connection is cut 50 times at random bytes, up to 2 s late: each once, in order', async () => {
  for (const order of ['time', 'arrival'] as const) {
    for (const habits of [{}, { cap: 25, totalSize: false, links: false }, { floors: true, dates: 'epoch' } as const]) {
      const random = seeded(order.length)
      const clock = new FakeClock()
      const platform = new FakePlatform(clock, habits)
      await using follower = following(platform, { order })
      await clock.advance(0)
      const message = 'ü'.repeat(100)
      for (let index = 0; index < 2000; index++) {
        if (index % 40 === 0) platform.bytesLeft = Math.floor(random() * 6000)
        platform.happen(`E${index}`, { lateMs: random() * 2000, fields: { message } })
        await clock.advance(Math.floor(random() * 4000))
      }
      await clock.advance(120_000)
      const expected = Array.from({ length: 2000 }, (_, index) => `E${index}`)
      const { actions } = follower
      expect(order === 'time' ? actions : actions.toSorted()).toEqual(order === 'time' ? expected : expected.toSorted())
      const { connects, gaps, recovered } = follower.watch.status()
      expect([connects, gaps, recovered > 50]).toEqual([51, 50, true])
    }
  }
})

describe('a gap that cannot be closed is told, and live events go on', () => {
  test('beyond the memory of the platform', async () => {
    await using made = await watched({ mode: 'stream' })
    const { clock, platform, follower } = made
    platform.cut()
    platform.answerStream = () => failing(404)
    await clock.advance(8 * 86_400_000)
    platform.happen('B')
    platform.answerStream = () => undefined
    await clock.advance(90_000)
    platform.happen('C')
    await clock.advance(0)
    const told = follower.told.filter((text) => !text.startsWith('down'))
    const why = 'The platform remembers its events for seven days only'
    const missed = [
      expect.stringMatching(/^gap, closing/),
      `gap, open: ${why}`,
      'B recovered',
      'caught up, 1 recovered',
    ]
    expect(told).toEqual(['open', ...missed, 'C'])
  })

  const refusals: readonly (readonly [what: string, answer: () => Response, why: RegExp])[] = [
    ['where there is no history', () => refusing(404, 'GEN-1'), /answered 404 \(GEN-1: Said GEN-1\)$/],
    ['where the history is for others', () => refusing(403, 'SEC-1'), /answered 403 \(SEC-1: Said SEC-1\)$/],
    ['where it is not understood', () => refusing(400, 'EVENT-1'), /answered 400 \(EVENT-1: Said EVENT-1\)$/],
    ['where it is not to be asked for long', () => failing(503, { 'retry-after': '3600' }), /answered 503$/],
    ['where the log-in is not good enough for it', () => failing(401), /answered 401$/],
  ]
  test.each(refusals)('%s: soon', async (_, answer, why) => {
    await using made = await watched()
    const { clock, platform, follower } = made
    platform.answerHistory = answer
    platform.cut()
    platform.happen('B')
    await clock.advance(1000)
    platform.happen('C')
    await clock.advance(3000)
    platform.happen('D')
    await clock.advance(0)
    const open = expect.stringMatching(/^gap, open: What was missed cannot be recovered: /)
    expect(follower.told).toEqual([ended, 'open', closing, open, 'C', 'D'])
    expect(follower.told[3]).toMatch(why)
    expect(follower.watch.status().gaps).toBe(2)
  })

  const failures: readonly (readonly [what: string, answer: () => Response])[] = [
    ['where the history fails', () => failing(500)],
    ['where somebody else answers', () => new Response('<html>', { headers: { 'content-type': 'text/html' } })],
    ['where a proxy says 404 for everything', () => failing(404)],
    ['where its answers are damaged', () => new Response('{"collection":', { headers: { 'content-type': 'a/json' } })],
  ]
  test.each(failures)('%s: after a minute', async (_, answer) => {
    await using made = await watched()
    const { clock, platform, follower } = made
    platform.answerHistory = answer
    platform.cut()
    platform.happen('B')
    await clock.advance(1000)
    platform.happen('C')
    await clock.advance(30_000)
    expect(follower.told).toEqual([ended, 'open', closing])
    await clock.advance(31_000)
    platform.happen('D')
    await clock.advance(0)
    const open = expect.stringMatching(/^gap, open: What was missed cannot be recovered: /)
    expect(follower.told.slice(3)).toEqual([open, 'C', 'D'])
    // Once it works again, later gaps are closed, and this one with them.
    platform.answerHistory = () => undefined
    platform.cut()
    platform.happen('E')
    await clock.advance(10_000)
    expect(follower.told.slice(6)).toEqual([
      ended,
      'open',
      closing,
      'B recovered',
      'E recovered',
      'caught up, 2 recovered',
    ])
  })

  test('though the stream breaks again and again meanwhile', async () => {
    await using made = await watched()
    const { clock, platform, follower } = made
    platform.answerHistory = () => failing(500)
    for (let times = 0; times < 4; times++) {
      platform.cut()
      await clock.advance(15_000)
      platform.happen(`T${times}`)
      await clock.advance(15_000)
    }
    const open = follower.told.filter((text) => text.startsWith('gap, open'))
    expect([open.length, follower.actions]).toEqual([3, ['T0', 'T1', 'T2', 'T3']])
  })

  test('where the history knows nothing of what the stream told: once it must', async () => {
    await using made = await watched()
    const { clock, platform, follower } = made
    platform.answerHistory = () => Response.json({ collection: [] })
    platform.happen('B')
    await clock.advance(10_000)
    platform.cut()
    platform.happen('C')
    await clock.advance(1000)
    platform.happen('D')
    await clock.advance(3000)
    expect(follower.told).toEqual(['B', ended, 'open', closing, 'D'])
    await clock.advance(60_000)
    const why = "the platform's history has none of the events that its stream told before"
    expect(follower.told.slice(5)).toEqual([`gap, open: What was missed cannot be recovered: ${why}`])
  })

  test('and at once, where the gap is longer than that', async () => {
    await using made = await watched({ mode: 'stream' })
    const { clock, platform, follower } = made
    platform.answerHistory = () => Response.json({ collection: [] })
    platform.answerStream = () => failing(503)
    platform.cut()
    await clock.advance(600_000)
    platform.answerStream = () => undefined
    follower.clear()
    await clock.advance(30_000)
    const why = "the platform's history has none of the events that its stream told before"
    expect(follower.told).toEqual([
      'open',
      expect.stringMatching(/^gap, closing: .* answered 503$/),
      `gap, open: What was missed cannot be recovered: ${why}`,
    ])
  })
})

describe('a history that fails for a moment', () => {
  test('is asked again, and the gap is closed in order', async () => {
    await using made = await watched()
    const { clock, platform, follower } = made
    platform.answerHistory = () => failing(500)
    platform.cut()
    platform.happen('B')
    await clock.advance(1000)
    platform.happen('C')
    await clock.advance(10_000)
    platform.happen('D')
    platform.answerHistory = () => undefined
    await clock.advance(30_000)
    expect(follower.told.slice(3)).toEqual(['B recovered', 'C', 'D', 'caught up, 1 recovered'])
  })

  test('late in a long recovery, is given the same time as at its beginning', async () => {
    await using made = await watched({ mode: 'stream' }, ({ history }) => {
      history.habits = { ...history.habits, cap: 25 }
    })
    const { clock, platform, follower } = made
    platform.cut()
    platform.answerStream = () => failing(500)
    const names = Array.from({ length: 500 }, (_, index) => `E${index}`)
    for (const name of names) {
      platform.happen(name)
      await clock.advance(10_000)
    }
    platform.answerStream = () => undefined
    platform.latencyMs = 10_000
    let failures = 0
    platform.answerHistory = () => (platform.count('events') > 12 && failures++ < 6 ? failing(500) : undefined)
    await clock.advance(600_000)
    expect(follower.actions).toEqual(names)
    expect(follower.told.filter((text) => text.startsWith('gap, open'))).toEqual([])
    expect(failures).toBeGreaterThan(5)
  })
})

describe("the platform's time", () => {
  test.each([-9, 9])('may be %p hours ahead of ours', async (hours) => {
    await using made = await watched({}, (platform) => {
      platform.skewMs = hours * 3_600_000
    })
    const { clock, platform, follower } = made
    await breakOff(platform, clock)
    await clock.advance(10_000)
    expect(follower.actions).toEqual(['B', 'C', 'D', 'D', 'E'])
    expect(follower.updates.find(({ kind }) => kind === 'gap')).toMatchObject({
      from: clock.wallAtZero + 10_000 + platform.skewMs,
    })
    const behind = platform.now - (follower.watch.cursor()?.time ?? 0)
    expect([behind > 0, behind < 15_000]).toEqual([true, true])
  })

  test('may be behind that of its events, and what is remembered stays little', async () => {
    for (const mode of ['stream', 'poll'] as const) {
      const clock = new FakeClock()
      const platform = new FakePlatform(clock)
      await using follower = following(platform, { mode, idleTimeoutMs: 1e9 })
      const ahead = 200_000
      const expected: string[] = []
      await clock.advance(0)
      for (let index = 0; index < 3000; index++) {
        const missed = index % 1000 === 999
        if (missed) platform.cut()
        expected.push(`E${index}`)
        const timestamp = platform.now + ahead
        platform.happen(`E${index}`, { timestamp })
        await clock.advance(1000)
      }
      await clock.advance(10_000)
      expect(follower.actions).toEqual(expected)
      expect(follower.watch.cursor()?.told.length).toBeLessThan(1500)
    }
  })

  test.each([
    ['ahead of', 'time', 120_000],
    ['ahead of', 'arrival', 120_000],
    ['ahead of', 'time', 300_000],
    ['ahead of', 'arrival', 300_000],
    ['behind', 'time', -300_000],
    ['behind', 'arrival', -300_000],
  ] as const)(
    '%s that of its events, as a proxy tells it, loses nothing in order of %s by %d ms',
    async (_, order, ms) => {
      for (const mode of ['stream', 'poll'] as const) {
        const clock = new FakeClock()
        const platform = new FakePlatform(clock)
        platform.happen('OLD', { timestamp: platform.now - ms - 3_600_000 })
        await using follower = following(platform, { mode, order, idleTimeoutMs: 1e9 })
        await clock.advance(100)
        const expected: string[] = []
        for (let index = 0; index < 60; index++) {
          if (index % 20 === 3) platform.cut()
          expected.push(`E${index}`)
          platform.happen(`E${index}`, { timestamp: platform.now - ms })
          await clock.advance(1000)
        }
        await clock.advance(400_000)
        expect([mode, follower.actions.filter((action) => action !== 'OLD').sort()]).toEqual([mode, expected.sort()])
      }
    },
  )

  test('is not needed, once there was an event', async () => {
    await using made = await watched({}, (platform) => {
      platform.tellsTime.stream = false
      platform.tellsTime.history = false
    })
    const { clock, platform, follower } = made
    await breakOff(platform, clock)
    await clock.advance(10_000)
    expect(follower.actions).toEqual(['B', 'C', 'D', 'D', 'E'])
  })

  test('is asked for where the stream does not tell it', async () => {
    const clock = new FakeClock()
    const platform = new FakePlatform(clock)
    platform.tellsTime.stream = false
    platform.happen('OLD')
    await clock.advance(5000)
    await using follower = following(platform)
    await clock.advance(1000)
    // Right behind what had happened by then.
    expect(follower.watch.cursor()).toMatchObject({ time: clock.wallAtZero + 1, told: [] })
    platform.cut()
    platform.happen('A')
    await clock.advance(10_000)
    expect(follower.told).toEqual(['open', ended, 'open', closing, 'A recovered', 'caught up, 1 recovered'])
  })

  test('unknown, leaves a first gap open', async () => {
    const clock = new FakeClock()
    const platform = new FakePlatform(clock)
    platform.tellsTime.stream = false
    platform.answerHistory = () => failing(403)
    await using follower = following(platform)
    await clock.advance(1000)
    expect(follower.watch.cursor()).toBeNull()
    platform.cut()
    await clock.advance(1000)
    platform.happen('A')
    await clock.advance(0)
    expect(follower.told).toEqual(['open', ended, 'open', 'gap, open: The server ended the stream', 'A'])
  })

  test('is that of neither an event of the far future nor one of the far past', async () => {
    for (const tellsTime of [true, false]) {
      await using made = await watched({}, (platform) => {
        platform.tellsTime.stream = tellsTime
        platform.tellsTime.history = tellsTime
      })
      const { clock, platform, follower } = made
      const position = follower.watch.cursor()?.time
      platform.happen('FUTURE', { timestamp: Date.UTC(2099, 0) })
      platform.happen('PAST', { timestamp: 0 })
      await clock.advance(0)
      expect(follower.watch.cursor()?.time).toBe(position ?? 0)
      await breakOff(platform, clock)
      // They are told though they come in a gap; the past by the stream alone.
      platform.cut()
      platform.happen('MISSED', { timestamp: Date.UTC(2099, 1) })
      await clock.advance(2000)
      platform.happen('PASSED', { timestamp: Date.UTC(2099, 2) })
      platform.happen('ANCIENT', { timestamp: 1 })
      await clock.advance(200_000)
      const special = ['FUTURE', 'PAST', 'MISSED', 'PASSED', 'ANCIENT']
      expect(follower.actions.toSorted()).toEqual([...special, 'B', 'C', 'D', 'D', 'E'].toSorted())
    }
  })
})

test('of events of one moment the one that is held back comes before the one that was missed', async () => {
  await using made = await watched()
  const { clock, platform, follower } = made
  platform.cut()
  await clock.advance(1500)
  const timestamp = platform.now
  platform.happen('X', { timestamp })
  await clock.advance(0)
  platform.cut()
  platform.happen('Y', { timestamp })
  await clock.advance(20_000)
  expect(follower.actions).toEqual(['X', 'Y'])
})

test('an event without a moment is told by the stream, in a gap too', async () => {
  await using made = await watched()
  const { clock, platform, follower } = made
  platform.cut()
  await clock.advance(1000)
  platform.happen('A', { timestamp: null })
  platform.happen('B', { timestamp: null })
  await clock.advance(3000)
  platform.happen('B', { timestamp: null })
  await clock.advance(0)
  expect(follower.told).toEqual([ended, 'open', closing, 'A', 'B', 'caught up, 0 recovered', 'B'])
})

test('events up to 4.6, which the history tells in other words, are told at least once', async () => {
  const clock = new FakeClock()
  const platform = new FakePlatform(clock, { dates: 'epoch', floors: true })
  await using follower = following(platform)
  await clock.advance(0)
  const path = '/cloud/virtualdatacenters/1/virtualappliances/2/virtualmachines/3'
  const happen = (action: string, told: object) => {
    const timestamp = platform.now
    const record = { timestamp, actionPerformed: `VIRTUAL_MACHINE_${action}`, component: 'VIRTUAL_MACHINE', ...told }
    platform.history.add({ timestamp, seenAt: platform.now, told: record })
    platform.send(platform.write({ timestamp, action, type: 'VIRTUAL_MACHINE', entityIdentifier: path }))
  }
  const ids = { idVirtualDatacenter: 1, idVirtualApp: 2, idVirtualMachine: 3 }
  happen('A', ids)
  await clock.advance(5000)
  happen('B', {})
  await clock.advance(5000)
  platform.cut()
  happen('C', ids)
  happen('D', {})
  await clock.advance(1000)
  happen('E', ids)
  await clock.advance(100_000)
  // What the history does not say where it was is told twice.
  expect(follower.actions).toEqual(['A', 'B', 'B', 'C', 'D', 'E'])
  expect(eventsOf(follower.updates).map(({ format }) => format)).toEqual(Array(6).fill('legacy'))
})
