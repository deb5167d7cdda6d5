import { describe, expect, test } from 'bun:test'
import { FakeClock } from '../../api/testing/fake-clock.ts'
import { type Answerer, FakePlatform, failing, refusing } from '../testing/fake-platform.ts'
import { type Following, following } from '../testing/following.ts'
import type { WatchOptions } from './watch-options.ts'

/** A watch of a platform whose stream is answered as given. */
async function watched(
  answerStream: Answerer,
  options: Partial<WatchOptions> = {},
): Promise<{ clock: FakeClock; platform: FakePlatform; follower: Following } & AsyncDisposable> {
  const clock = new FakeClock()
  const platform = new FakePlatform(clock)
  platform.answerStream = answerStream
  platform.happen('OLD')
  await clock.advance(10_000)
  const follower = following(platform, options)
  await clock.advance(0)
  return { clock, platform, follower, [Symbol.asyncDispose]: () => follower[Symbol.asyncDispose]() }
}

const html = () => new Response('<html>Log in</html>', { headers: { 'content-type': 'text/html' } })
const stream = 'GET "https://h/m/stream"'

describe('polls where the platform has no stream', () => {
  const absences: readonly (readonly [what: string, answer: Answerer, instead: string, minutes: readonly number[]])[] =
    [
      ['404', () => failing(404), `${stream} answered 404`, [0.5, 1, 2, 5, 10, 10]],
      ['410', () => failing(410), `${stream} answered 410`, [0.5, 1, 2, 5, 10, 10]],
      [
        '204',
        () => failing(204),
        `${stream} answered 204: the server wants no client to come back`,
        [0.5, 1, 2, 5, 10],
      ],
      ['a page', html, `${stream} answered text/html instead of text/event-stream`, [0.5, 1, 2, 5, 10, 10]],
      ['403', () => failing(403), `${stream} answered 403`, [5, 5, 5]],
      ['401, though the log-in works', () => refusing(401, 'GEN-5'), 'answered 401 (GEN-5: Said GEN-5)', [5, 5, 5]],
    ]
  test.each(absences)('%s', async (_, answer, instead, minutes) => {
    await using made = await watched(answer)
    const { clock, platform, follower } = made
    expect(follower.told).toEqual(['open'])
    expect(follower.watch.status()).toMatchObject({ kind: 'poll', state: 'open', error: null, gaps: 0 })
    expect(follower.watch.status().instead).toContain(instead)
    platform.happen('A')
    await clock.advance(10_000)
    expect(follower.told).toEqual(['open', 'A'])
    const total = minutes.reduce((sum, each) => sum + each, 0)
    await clock.advance(total * 60_000)
    // A refusal is asked about once more, after a log-in of its own.
    const times = [...new Set(platform.asked.filter(({ what }) => what === 'stream').map(({ at }) => at))]
    const waits = times.slice(1).map((at, index) => (at - (times[index] ?? 0)) / 60_000)
    expect(waits).toEqual([...minutes])
    expect(follower.told).toEqual(['open', 'A'])
  })

  test('but not where it fails for a while, or is out of reach', async () => {
    const failures: readonly Answerer[] = [
      () => failing(503),
      () => failing(500),
      () => failing(429, { 'retry-after': '5' }),
      () => Promise.reject(new Error('No route')),
    ]
    for (const answer of failures) {
      await using made = await watched(answer)
      const { clock, platform, follower } = made
      await clock.advance(60_000)
      expect(platform.count('events')).toBe(0)
      expect(follower.watch.status()).toMatchObject({ kind: 'stream', instead: null, state: 'down' })
    }
  })

  test('but where it goes on failing for minutes, until it is there again', async () => {
    await using made = await watched(() => failing(503))
    const { clock, platform, follower } = made
    platform.happen('A')
    await clock.advance(180_000)
    expect(follower.watch.status()).toMatchObject({ kind: 'poll', instead: `${stream} answered 503`, state: 'open' })
    platform.happen('B')
    await clock.advance(10_000)
    platform.answerStream = () => undefined
    await clock.advance(60_000)
    platform.happen('C')
    await clock.advance(0)
    expect(follower.actions).toEqual(['B', 'C'])
    expect(follower.watch.status()).toMatchObject({ kind: 'stream', instead: null, state: 'open' })
  })

  test('nor where the log-in is refused', async () => {
    const clock = new FakeClock()
    const platform = new FakePlatform(clock)
    platform.answerLogin = () => refusing(401, 'GEN-5')
    await using follower = following(platform)
    await clock.advance(60_000)
    expect(follower.told).toEqual([expect.stringContaining('refuses the log-in')])
    expect(platform.asked.map(({ what }) => what)).toEqual(['login'])
  })

  test('nor where the stream alone is asked for', async () => {
    await using made = await watched(() => failing(404), { mode: 'stream' })
    const { clock, platform, follower } = made
    await clock.advance(60_000)
    expect([platform.count('events'), follower.told.length]).toEqual([0, 2])
  })

  test('nor where scopes are asked for, which the history does not know', async () => {
    await using made = await watched(() => failing(404), { filters: { scope: ['PLATFORM'] } })
    const { clock, platform, follower } = made
    await clock.advance(60_000)
    expect([platform.count('events'), follower.watch.status().kind]).toEqual([0, 'stream'])
  })

  test('and goes on polling while its stream fails in another way', async () => {
    await using made = await watched(() => failing(404))
    const { clock, platform, follower } = made
    platform.answerStream = () => failing(503)
    await clock.advance(60_000)
    platform.happen('A')
    await clock.advance(60_000)
    expect(follower.told).toEqual(['open', 'A'])
    expect(follower.watch.status()).toMatchObject({ kind: 'poll', instead: `${stream} answered 404` })
  })

  test('and tells where polling fails, too', async () => {
    await using made = await watched(() => failing(404))
    const { clock, platform, follower } = made
    platform.answerHistory = () => failing(403)
    await clock.advance(60_000)
    expect(follower.told).toEqual(['open', expect.stringMatching(/^down: .*\/events.* answered 403$/)])
    expect(follower.watch.status()).toMatchObject({ kind: 'poll', state: 'down' })
  })
})

describe('goes over to the stream when there is one', () => {
  test.each(['time', 'arrival'] as const)('without losing or doubling an event (order: %s)', async (order) => {
    await using made = await watched(() => failing(404), { order })
    const { clock, platform, follower } = made
    const expected: string[] = []
    for (let second = 0; second < 120; second++) {
      if (second === 20) platform.answerStream = () => undefined
      if (second === 60) {
        platform.answerStream = () => failing(410)
        platform.cut()
      }
      const action = `S${second}`
      expected.push(action)
      platform.happen(action, { lateMs: (second * 7919) % 2500 })
      await clock.advance(1000)
    }
    await clock.advance(10_000)
    const { actions } = follower
    expect(order === 'time' ? actions : actions.toSorted()).toEqual(order === 'time' ? expected : expected.toSorted())
    const told = follower.told.filter((text) => !text.startsWith('S'))
    expect(told).toEqual([
      'open',
      'open',
      expect.stringMatching(/^caught up/),
      'down: The server ended the stream',
      'open',
    ])
    expect(follower.watch.status()).toMatchObject({ kind: 'poll', connects: 1, gaps: 0 })
  })

  test('at once where that is asked for', async () => {
    await using made = await watched(() => failing(404))
    const { clock, platform, follower } = made
    platform.answerStream = () => undefined
    await clock.advance(1000)
    follower.watch.retryNow()
    await clock.advance(10_000)
    expect(follower.told).toEqual(['open', 'open', 'caught up, 0 recovered'])
    expect(follower.watch.status()).toMatchObject({ kind: 'stream', instead: null, state: 'open', recovering: false })
  })

  test.each([
    ['404', () => failing(404), 1],
    ['a page', html, 1],
    ['403', () => failing(403), 0],
    ['404 with Retry-After', () => failing(404, { 'retry-after': '3600' }), 0],
  ] as const)('as soon as polling works again, where %s was said while nothing worked', async (_, answer, opened) => {
    await using made = await watched(answer)
    const { clock, platform, follower } = made
    platform.answerHistory = () => failing(404)
    await clock.advance(240_000)
    const before = platform.count('stream')
    platform.answerStream = () => undefined
    platform.answerHistory = () => undefined
    await clock.advance(35_000)
    platform.happen('A')
    await clock.advance(0)
    expect([platform.count('stream') - before, follower.watch.status().connects]).toEqual([opened, opened])
    expect(follower.actions).toEqual(opened === 1 ? ['A'] : [])
  })

  test('in the middle of a poll', async () => {
    await using made = await watched(() => failing(404))
    const { clock, platform, follower } = made
    for (let times = 0; times < 5; times++) {
      platform.latencyMs = 3000
      platform.happen(`A${times}`)
      await clock.advance(4000 + times * 500)
      platform.answerStream = () => undefined
      follower.watch.retryNow()
      await clock.advance(1500)
      platform.happen(`B${times}`)
      await clock.advance(times * 3000)
      platform.answerStream = () => failing(404)
      platform.cut()
      platform.happen(`C${times}`)
      await clock.advance(20_000)
    }
    await clock.advance(60_000)
    const expected = Array.from({ length: 5 }, (_, times) => [`A${times}`, `B${times}`, `C${times}`]).flat()
    expect(follower.actions).toEqual(expected)
  })

  test('also before any poll was answered', async () => {
    await using made = await watched(() => failing(404))
    const { clock, platform, follower } = made
    await using other = following(platform)
    platform.answerHistory = () => failing(500)
    await clock.advance(10_000)
    platform.answerStream = () => undefined
    await clock.advance(30_000)
    platform.happen('A')
    await clock.advance(0)
    expect([other.actions, other.told.filter((text) => text.startsWith('gap'))]).toEqual([['A'], []])
    expect(follower.actions).toEqual([])
  })

  test('and tells the gap where the history must not be asked for it', async () => {
    await using made = await watched(() => failing(404), { recover: false })
    const { clock, platform, follower } = made
    platform.happen('A')
    await clock.advance(10_000)
    platform.answerStream = () => undefined
    await clock.advance(20_000)
    platform.happen('B')
    await clock.advance(0)
    expect(follower.told).toEqual(['open', 'A', 'open', expect.stringMatching(/^gap, open/), 'B'])
    expect(follower.watch.status().recovering).toBe(false)
  })
})

describe('a stream that says nothing', () => {
  test('is opened anew without a penalty where it lives otherwise, and misses nothing', async () => {
    await using made = await watched(() => undefined, { idleTimeoutMs: 60_000 })
    const { clock, platform, follower } = made
    for (let times = 0; times < 5; times++) {
      platform.send('data:X\r\n\r\n')
      await clock.advance(60_000)
    }
    platform.happen('A')
    await clock.advance(10_000)
    expect(platform.count('stream')).toBe(6)
    // Nor is anything told of it, as nothing was missed.
    expect(follower.told.filter((text) => /^(down|gap)/.test(text))).toEqual([])
    expect(follower.actions).toEqual(['A'])
  })

  test('is opened less and less often where it never says a byte', async () => {
    await using made = await watched(() => undefined, { idleTimeoutMs: 10_000 })
    const { clock, platform } = made
    await clock.advance(150_000)
    // After 10 s of silence 1, 2, 4, 8, 16, 30 s of waiting.
    expect(platform.asked.filter(({ what }) => what === 'stream').map(({ at }) => at / 1000)).toEqual([
      10, 21, 33, 47, 65, 91, 131,
    ])
  })
})

test('wider filters open the stream anew, and what they hid is told', async () => {
  await using made = await watched(() => undefined, { filters: { action: ['A'] } })
  const { clock, platform, follower } = made
  await clock.advance(10_000)
  platform.happen('HIDDEN', { streamed: false })
  await clock.advance(1000)
  follower.watch.widen()
  await clock.advance(10_000)
  expect(follower.told).toEqual([
    'open',
    'open',
    'gap, closing: The stream was opened anew',
    'HIDDEN recovered',
    'caught up, 1 recovered',
  ])
  expect(platform.asked.at(-2)?.url).not.toContain('action')
})

test.each([3_600_000, -3_600_000])('a clock that jumps by %d ms changes no age in the status', async (ms) => {
  await using made = await watched(() => undefined)
  const { clock, platform, follower } = made
  platform.happen('A')
  await clock.advance(1000)
  platform.answerStream = () => failing(503)
  platform.cut()
  await clock.advance(300)
  const ages = () => {
    const { since, lastByteAt, lastEventAt, retryAt } = follower.watch.status()
    return [since, lastByteAt ?? 0, lastEventAt ?? 0, retryAt ?? 0].map((at) => clock.wall() - at)
  }
  const before = ages()
  clock.jump(ms)
  expect([before, ages()]).toEqual([[300, 1300, 1300, -700], before])
})
