import { describe, expect, test } from 'bun:test'
import { FakeClock } from '../../api/testing/fake-clock.ts'
import { FakePlatform, failing, refusing } from '../testing/fake-platform.ts'
import { type Following, following } from '../testing/following.ts'
import type { WatchOptions } from './watch-options.ts'

/** A poll of a platform where `OLD` happened a minute ago and `JUST` just now. */
async function polled(
  options: Partial<WatchOptions> = {},
  prepare: (platform: FakePlatform) => void = () => {},
): Promise<{ clock: FakeClock; platform: FakePlatform; follower: Following } & AsyncDisposable> {
  const clock = new FakeClock()
  const platform = new FakePlatform(clock)
  platform.happen('OLD')
  await clock.advance(60_000)
  platform.happen('JUST', { timestamp: platform.now - 1 })
  prepare(platform)
  const follower = following(platform, { mode: 'poll', ...options })
  await clock.advance(0)
  return { clock, platform, follower, [Symbol.asyncDispose]: () => follower[Symbol.asyncDispose]() }
}

describe('a poll', () => {
  test('takes nothing old, and each event once, in order and some seconds later', async () => {
    await using made = await polled()
    const { clock, platform, follower } = made
    expect(follower.told).toEqual(['open'])
    expect(follower.updates).toEqual([{ kind: 'open', at: platform.now }])
    platform.happen('A', { lateMs: 2500 })
    platform.happen('B')
    platform.happen('B')
    await clock.advance(1999)
    platform.happen('C')
    await clock.advance(3000)
    expect(follower.actions).toEqual([])
    await clock.advance(1)
    expect(follower.actions).toEqual(['A', 'B', 'B', 'C'])
    platform.happen('D')
    await clock.advance(4999)
    expect(follower.actions.length).toBe(4)
    await clock.advance(1)
    expect(follower.told.slice(4)).toEqual(['C', 'D'])
    expect(follower.watch.status()).toMatchObject({
      kind: 'poll',
      instead: null,
      state: 'open',
      events: 5,
      recovered: 0,
      polls: 3,
      connects: 0,
      gaps: 0,
      recovering: false,
      lastByteAt: clock.wall(),
      lastEventAt: clock.wall(),
    })
    expect(platform.count('stream')).toBe(0)
  })

  test('takes each event as soon as it sees it, where order does not matter', async () => {
    await using made = await polled({ order: 'arrival', pollIntervalMs: 1000 })
    const { clock, platform, follower } = made
    platform.happen('A', { lateMs: 2500 })
    platform.happen('B')
    await clock.advance(1000)
    expect(follower.actions).toEqual(['B'])
    await clock.advance(2000)
    expect(follower.actions).toEqual(['B', 'A'])
  })

  test('looks once a minute for what came late', async () => {
    await using made = await polled()
    const { clock, platform, follower } = made
    const lates = [59, 40, 20, 7]
    for (const seconds of lates) platform.happen(`LATE ${seconds}`, { lateMs: seconds * 1000 })
    for (let second = 0; second < 180; second++) {
      if (second % 10 === 0) platform.happen(`S${second}`)
      await clock.advance(1000)
    }
    expect(follower.actions.filter((action) => action.startsWith('LATE')).toSorted()).toEqual(
      lates.map((seconds) => `LATE ${seconds}`).toSorted(),
    )
    expect(new Set(follower.actions).size).toBe(follower.actions.length)
    // Most polls ask for seconds.
    const froms = platform.asked.flatMap(({ url }) => new URL(url).searchParams.get('datefrom') ?? [])
    const behind = froms.slice(-12).map((from) => clock.wall() - Date.parse(from))
    expect(behind.filter((ms) => ms > 100_000).length).toBeLessThanOrEqual(2)
  })

  test('filters on our side', async () => {
    await using made = await polled({ filters: { user: ['system'], action: ['a'] } })
    const { clock, platform, follower } = made
    platform.happen('A', { fields: { userURI: '/api/users/1' } })
    platform.happen('B')
    platform.happen('A', { fields: { userURI: null } })
    await clock.advance(10_000)
    expect(follower.updates.slice(1)).toMatchObject([{ event: { action: 'A', userPath: null } }])
  })

  test('with wider filters tells the rest, too', async () => {
    await using made = await polled({ filters: { action: ['A'] } })
    const { clock, platform, follower } = made
    platform.happen('B')
    await clock.advance(80_000)
    follower.watch.widen()
    platform.happen('C')
    await clock.advance(10_000)
    // What was not told in the last minute or two comes to light.
    expect(follower.actions).toEqual(['B', 'C'])
  })

  test('is made at once where that is asked for', async () => {
    await using made = await polled()
    const { clock, platform, follower } = made
    platform.answerHistory = () => failing(500)
    await clock.advance(30_000)
    const { retryAt } = follower.watch.status()
    expect(retryAt).toBeGreaterThan(clock.wall())
    platform.answerHistory = () => undefined
    follower.watch.retryNow()
    await clock.advance(0)
    expect(follower.watch.status()).toMatchObject({ state: 'open', error: null, retryAt: null })
  })

  test('begins with the first event of a platform that tells neither its time nor an event', async () => {
    const clock = new FakeClock()
    const platform = new FakePlatform(clock)
    platform.tellsTime.history = false
    await using follower = following(platform, { mode: 'poll' })
    await clock.advance(12_000)
    platform.happen('A')
    await clock.advance(30_000)
    platform.happen('B')
    await clock.advance(10_000)
    expect(follower.told).toEqual(['open', 'A', 'B'])
  })

  test('begins after the newest event where the platform does not tell its time', async () => {
    await using made = await polled({}, (platform) => {
      platform.tellsTime.history = false
    })
    const { clock, platform, follower } = made
    platform.happen('A')
    await clock.advance(10_000)
    expect(follower.told).toEqual(['open', 'A'])
    expect(follower.updates[0]).toEqual({ kind: 'open', at: null })
  })

  test.each([-9, 9])('knows what is new on a platform that is %p hours ahead', async (hours) => {
    const clock = new FakeClock()
    const platform = new FakePlatform(clock)
    platform.skewMs = hours * 3_600_000
    platform.happen('OLD')
    await clock.advance(10_000)
    await using follower = following(platform, { mode: 'poll' })
    await clock.advance(0)
    for (let minute = 0; minute < 10; minute++) {
      platform.happen(`M${minute}`)
      await clock.advance(60_000)
    }
    expect(follower.actions).toEqual(Array.from({ length: 10 }, (_, minute) => `M${minute}`))
  })
})

describe('polling that fails', () => {
  test('is told, waits longer and longer, and misses nothing', async () => {
    await using made = await polled()
    const { clock, platform, follower } = made
    await clock.advance(5000)
    platform.answerHistory = () => failing(500)
    platform.happen('A')
    await clock.advance(600_000)
    const waits = follower.updates.flatMap((update) => (update.kind === 'down' ? [update.retryInMs] : []))
    expect(waits.slice(0, 7)).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000])
    expect(follower.watch.status()).toMatchObject({ state: 'down', error: expect.stringMatching(/answered 500$/) })
    platform.answerHistory = () => undefined
    platform.happen('B')
    await clock.advance(60_000)
    expect(follower.told.slice(-3)).toEqual(['A recovered', 'B recovered', 'open'])
    platform.happen('C')
    await clock.advance(10_000)
    expect(follower.told.at(-1)).toBe('C')
  })

  test('from the beginning, begins when it works', async () => {
    await using made = await polled({}, (platform) => {
      platform.answerHistory = () => failing(500)
    })
    const { clock, platform, follower } = made
    await clock.advance(30_000)
    expect(follower.told.every((text) => text.startsWith('down'))).toBe(true)
    platform.answerHistory = () => undefined
    await clock.advance(30_000)
    platform.happen('A')
    await clock.advance(10_000)
    expect(follower.told.slice(-2)).toEqual(['open', 'A'])
  })

  const waits: readonly (readonly [what: string, answer: () => Response, seconds: number])[] = [
    ['503 with Retry-After waits as long', () => failing(503, { 'retry-after': '120' }), 120],
    ['429 with Retry-After waits as long', () => failing(429, { 'retry-after': '90' }), 90],
    ['401, though the log-in works, waits 5 minutes', () => failing(401), 300],
    ['403 waits 5 minutes', () => failing(403), 300],
    ['403 in the words of the platform, too', () => refusing(403, 'SEC-1'), 300],
  ]
  test.each(waits)('%s', async (_, answer, seconds) => {
    await using made = await polled()
    const { clock, platform, follower } = made
    platform.answerHistory = answer
    await clock.advance(6000)
    const asked = platform.asked.length
    const [, down] = follower.updates
    expect(down).toMatchObject({ kind: 'down', retryInMs: seconds * 1000 })
    platform.happen('A')
    platform.answerHistory = () => undefined
    await clock.advance(seconds * 1000 - 1001)
    expect(platform.asked.length).toBe(asked)
    await clock.advance(5001)
    expect(follower.actions).toEqual(['A'])
  })

  test('at the log-in waits as long as that has to', async () => {
    await using made = await polled({}, (platform) => {
      platform.answerLogin = () => refusing(401, 'GEN-5')
    })
    const { clock, platform, follower } = made
    await clock.advance(3_600_000)
    expect([platform.count('login') < 10, platform.count('events')]).toEqual([true, 0])
    expect(follower.told[0]).toContain('refuses the log-in of "admin"')
  })
})

describe('closed while it polls, leaves nothing open', () => {
  test.each([0, 500, 4000])('%p ms after a poll began', async (ms) => {
    await using made = await polled({}, (platform) => {
      platform.latencyMs = 1000
    })
    const { clock, platform, follower } = made
    await clock.advance(6000 + ms)
    await follower.watch.close()
    expect([clock.left, platform.running, follower.ended]).toEqual([[], 0, true])
    const { length } = platform.asked
    await clock.advance(60_000)
    expect(platform.asked.length).toBe(length)
  })
})
