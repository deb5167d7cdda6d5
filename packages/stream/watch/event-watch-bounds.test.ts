import { describe, expect, test } from 'bun:test'
import { FakeClock } from '../../api/testing/fake-clock.ts'
import type { HistoryHabits } from '../../api/testing/fake-history.ts'
import { FakePlatform, failing } from '../testing/fake-platform.ts'
import { type Following, following } from '../testing/following.ts'
import type { WatchOptions } from './watch-options.ts'

const names = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, index) => `E${index + first}`)

/** A watch of a platform where `A` has happened and 10 s went by. */
async function watched(
  options: Partial<WatchOptions> = {},
  habits: Partial<HistoryHabits> = {},
): Promise<{ clock: FakeClock; platform: FakePlatform; follower: Following } & AsyncDisposable> {
  const clock = new FakeClock()
  const platform = new FakePlatform(clock, habits)
  const follower = following(platform, options)
  await clock.advance(0)
  platform.happen('A')
  await clock.advance(10_000)
  follower.clear()
  return { clock, platform, follower, [Symbol.asyncDispose]: () => follower[Symbol.asyncDispose]() }
}

/** What was told beside events. */
function others({ told }: Following): readonly string[] {
  return told.filter((text) => !/^[A-Z]+\d*( recovered)?$/.test(text))
}

const ended = 'down: The server ended the stream'
const closing = 'gap, closing: The server ended the stream'

describe('while a gap is closed, events for which there is no room', () => {
  test('are left to the history, and told in order and without another gap', async () => {
    await using made = await watched({ queueLength: 40 })
    const { clock, platform, follower } = made
    platform.cut()
    platform.happen('E0')
    await clock.advance(1000)
    for (let index = 1; index < 200; index++) {
      platform.happen(`E${index}`)
      await clock.advance(20)
    }
    await clock.advance(15_000)
    expect(follower.actions).toEqual(names(0, 199))
    expect(others(follower)).toEqual([ended, 'open', closing, expect.stringMatching(/^caught up/)])
  })

  test('are told all the same where the history cannot be asked for their moment', async () => {
    await using made = await watched({ queueLength: 40 })
    const { clock, platform, follower } = made
    platform.cut()
    await clock.advance(1000)
    for (const name of names(0, 49)) platform.happen(name)
    platform.happen('ANCIENT', { timestamp: 1 })
    platform.happen('UNTIMED', { timestamp: null })
    platform.happen('FUTURE', { timestamp: Date.UTC(2099, 0) })
    await clock.advance(15_000)
    expect(follower.actions.toSorted()).toEqual([...names(0, 49), 'ANCIENT', 'FUTURE', 'UNTIMED'].toSorted())
  })

  test('are not lost where there is none for what tells how the watch stands, either', async () => {
    await using made = await watched({ queueLength: 6 })
    const { clock, platform, follower } = made
    follower.pause()
    for (const name of names(0, 9)) {
      platform.cut()
      await clock.advance(0)
      follower.watch.retryNow()
      await clock.advance(100)
      platform.happen(name)
      await clock.advance(100)
    }
    follower.resume()
    await clock.advance(60_000)
    expect(follower.actions).toEqual(names(0, 9))
    expect(follower.told.at(-1)).toMatch(/^caught up/)
  })

  test('wait for the consumer, rather than be dropped', async () => {
    await using made = await watched({ queueLength: 100 })
    const { clock, platform, follower } = made
    follower.pause()
    platform.cut()
    for (const name of names(0, 46)) platform.happen(name)
    await clock.advance(1000)
    for (const name of names(47, 96)) platform.happen(name)
    await clock.advance(10_000)
    follower.resume()
    await clock.advance(10_000)
    expect(follower.actions).toEqual(names(0, 96))
    expect(others(follower)).toEqual([ended, 'open', closing, 'caught up, 47 recovered'])
  })
})

test('a consumer that stands still over a reconnection misses nothing, however long', async () => {
  for (const order of ['time', 'arrival'] as const) {
    await using made = await watched({ queueLength: 20, order })
    const { clock, platform, follower } = made
    follower.pause()
    for (const name of names(0, 299)) {
      if (name === 'E100') platform.cut()
      platform.happen(name)
      await clock.advance(1000)
    }
    follower.resume()
    await clock.advance(100_000)
    expect(follower.actions.toSorted()).toEqual(names(0, 299).toSorted())
  }
})

test('a late event of the last seconds before a longer gap ended is told in its place', async () => {
  await using made = await watched()
  const { clock, platform, follower } = made
  platform.answerStream = () => failing(503)
  platform.cut()
  await clock.advance(20_000)
  platform.answerStream = () => undefined
  platform.happen('E0', { lateMs: 2500 })
  await clock.advance(500)
  platform.happen('E1')
  follower.watch.retryNow()
  await clock.advance(10_000)
  expect(follower.actions).toEqual(['E0', 'E1'])
})

test('events that are ahead of the clock that answers tell are told in order', async () => {
  await using made = await watched({ queueLength: 40 })
  const { clock, platform, follower } = made
  let next = 0
  const happen = () => platform.happen(`E${next++}`, { timestamp: platform.now + 30_000 })
  for (let times = 0; times < 3; times++) {
    platform.cut()
    for (let index = 0; index < 40; index++) {
      happen()
      await clock.advance(100)
    }
    await clock.advance(70_000)
  }
  expect(follower.actions).toEqual(names(0, next - 1))
})

test('a stream that is opened anew again and again does not ask the history each time', async () => {
  await using made = await watched({ order: 'arrival' })
  const { clock, platform, follower } = made
  const before = platform.count('events')
  for (let times = 0; times < 20; times++) {
    platform.cut()
    platform.happen(`E${times}`)
    await clock.advance(0)
    follower.watch.retryNow()
    await clock.advance(500)
  }
  expect(platform.count('events') - before).toBeLessThan(6)
  await clock.advance(100_000)
  expect(follower.actions.toSorted()).toEqual(names(0, 19).toSorted())
})

test('what is asked for again in a gap after a gap is little', async () => {
  await using made = await watched()
  const { clock, platform, follower } = made
  for (let times = 0; times < 30; times++) {
    platform.cut()
    platform.happen(`E${times}`)
    await clock.advance(40_000)
  }
  const behind = platform.asked.flatMap(({ url, at }) => {
    const from = new URL(url).searchParams.get('datefrom')
    return from === null ? [] : [clock.wallAtZero + at - Date.parse(from)]
  })
  expect([behind.length > 30, Math.max(...behind.slice(-20)) < 180_000]).toEqual([true, true])
  await clock.advance(100_000)
  expect(follower.actions).toEqual(names(0, 29))
})

test('long after a gap nothing of it is remembered', async () => {
  await using made = await watched({ idleTimeoutMs: 1e9 })
  const { clock, platform, follower } = made
  platform.cut()
  for (const name of names(0, 4999)) {
    platform.happen(name)
    await clock.advance(1000)
  }
  const cursor = follower.watch.cursor()
  expect([
    cursor?.told.length !== undefined && cursor.told.length < 500,
    platform.now - (cursor?.time ?? 0) < 5000,
  ]).toEqual([true, true])
})

test('a stream that comes before polling ever worked remembers little, too', async () => {
  const clock = new FakeClock()
  const platform = new FakePlatform(clock)
  platform.answerStream = () => failing(404)
  platform.answerHistory = () => failing(500)
  await using follower = following(platform, { idleTimeoutMs: 1e9 })
  await clock.advance(20_000)
  platform.answerStream = () => undefined
  await clock.advance(20_000)
  for (const name of names(0, 2999)) {
    platform.happen(name)
    await clock.advance(1000)
  }
  expect(follower.actions).toEqual(names(0, 2999))
  expect(follower.watch.cursor()?.told.length).toBeLessThan(500)
})

test('a failure of the history counts for that gap alone', async () => {
  await using made = await watched({ mode: 'stream' })
  const { clock, platform, follower } = made
  platform.answerHistory = () => failing(500)
  platform.cut()
  await clock.advance(10_000)
  // The stream is gone before it is given up, and comes back an hour later.
  platform.answerStream = () => failing(404)
  platform.cut()
  await clock.advance(3_600_000)
  platform.answerStream = () => undefined
  platform.happen('E0')
  await clock.advance(600_000)
  follower.clear()
  platform.answerHistory = () => undefined
  await clock.advance(600_000)
  expect(follower.actions).toEqual(['E0'])
})

describe('polling in place of a stream that has gone', () => {
  test('tells as recovered what happened before it began, each time', async () => {
    await using made = await watched()
    const { clock, platform, follower } = made
    for (let times = 0; times < 2; times++) {
      platform.answerStream = () => failing(404)
      platform.cut()
      platform.happen('MISSED')
      await clock.advance(10_000)
      platform.happen('LIVE')
      await clock.advance(10_000)
      platform.answerStream = () => undefined
      follower.watch.retryNow()
      await clock.advance(100_000)
    }
    const events = follower.told.filter((text) => /MISSED|LIVE/.test(text))
    expect(events).toEqual(['MISSED recovered', 'LIVE', 'MISSED recovered', 'LIVE'])
  })

  test('has caught up when it has told what was missed, not before', async () => {
    await using made = await watched()
    const { clock, platform, follower } = made
    platform.cut()
    platform.happen('E0')
    await clock.advance(1500)
    // The gap is told, and not closed yet.
    platform.answerStream = () => failing(404)
    platform.cut()
    platform.happen('E1')
    await clock.advance(100)
    platform.happen('E2', { lateMs: 1000 })
    platform.latencyMs = 10
    await clock.advance(900)
    follower.watch.retryNow()
    await clock.advance(0)
    expect(follower.watch.status()).toMatchObject({ kind: 'poll', recovering: true })
    await clock.advance(20_000)
    const told = follower.told.slice(follower.told.indexOf(closing) + 1).filter((text) => !/^(down|open)/.test(text))
    expect(told).toEqual(['E0 recovered', 'E1 recovered', 'E2 recovered', 'caught up, 3 recovered'])
    expect(follower.watch.status().recovering).toBe(false)
  })

  test('finds late events, whenever they happen', async () => {
    await using made = await watched({ mode: 'poll' })
    const { clock, platform, follower } = made
    const late: string[] = []
    for (let second = 0; second < 300; second++) {
      if (second % 3 === 0) platform.happen(`S${second}`)
      if (second % 7 === 0) {
        late.push(`L${second}`)
        platform.happen(`L${second}`, { lateMs: 20_000 + ((second * 7919) % 39_000) })
      }
      await clock.advance(1000)
    }
    await clock.advance(130_000)
    expect(follower.actions.filter((action) => action.startsWith('L')).toSorted()).toEqual(late.toSorted())
    expect(new Set(follower.actions).size).toBe(follower.actions.length)
  })
})

test('a watch whose signal is aborted already never begins', async () => {
  const clock = new FakeClock()
  const platform = new FakePlatform(clock)
  await using follower = following(platform, { signal: AbortSignal.abort() })
  await follower.end()
  expect([follower.told, platform.asked, clock.left]).toEqual([[], [], []])
})
