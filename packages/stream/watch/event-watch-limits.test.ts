import { describe, expect, test } from 'bun:test'
import { getEventListeners } from 'node:events'
import { FakeClock } from '../../api/testing/fake-clock.ts'
import { type Answerer, FakePlatform, failing, refusing } from '../testing/fake-platform.ts'
import { following } from '../testing/following.ts'
import { seeded } from '../testing/seeded.ts'
import type { WatchOptions } from './watch-options.ts'

const html = () => new Response('<html>', { headers: { 'content-type': 'text/html' } })

/** A stream that sends a text, and ends if it is told to. */
function stream(text: string, end: 'open' | 'closed' | 'broken'): Response {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(Buffer.from(text))
      if (end === 'closed') controller.close()
      if (end === 'broken') controller.error(new Error('Reset'))
    },
  })
  return new Response(body, { headers: { 'content-type': 'text/event-stream' } })
}

describe('at most one request a second, on average over any minute', () => {
  const streams: Readonly<Record<string, Answerer>> = {
    works: () => undefined,
    'is not there': () => failing(404),
    fails: () => failing(500),
    'is busy for 2 s': () => failing(503, { 'retry-after': '2' }),
    'is busy for no time': () => failing(503, { 'retry-after': '0' }),
    'is a page': html,
    'is refused': () => refusing(401, 'GEN-5'),
    'is forbidden': () => failing(403),
    'is elsewhere': () => failing(302, { location: 'https://elsewhere.example.com/' }),
    'leads in a circle': () => failing(302, { location: '/m/stream' }),
    'is out of reach': () => Promise.reject(new Error('No route')),
    'is silent': () => stream('', 'open'),
    'is silent after its padding': () => stream(`${' '.repeat(2000)}\n`, 'open'),
    'closes at once': () => stream('', 'closed'),
    'closes after an event': () => stream('data:{"action":"A","timestamp":1}\n\n', 'closed'),
    'stops in the middle of an event': () => stream('data:{"action":"A"', 'broken'),
  }
  const histories: Readonly<Record<string, Answerer>> = {
    works: () => undefined,
    fails: () => failing(500),
    'is not there': () => refusing(404, 'GEN-1'),
    'is refused': () => failing(401),
    'is out of reach': () => Promise.reject(new Error('No route')),
  }
  const cases = Object.keys(streams).flatMap((stream) => Object.keys(histories).map((history) => [stream, history]))
  test.each(cases)('while the stream %s and the history %s', async (stream, history) => {
    const options: readonly Partial<WatchOptions>[] = [{}, { order: 'arrival', mode: 'stream' }]
    for (const option of options) {
      const clock = new FakeClock()
      const platform = new FakePlatform(clock)
      // There is something to recover, all the time.
      for (let minute = 0; minute < 5; minute++)
        platform.happen(`E${minute}`, { timestamp: platform.now - minute * 60_000 })
      await using follower = following(platform, { since: platform.now - 300_000, ...option })
      await clock.advance(10_000)
      platform.cut()
      platform.answerStream = streams[stream ?? ''] ?? html
      platform.answerHistory = histories[history ?? ''] ?? html
      for (let minute = 0; minute < 12; minute++) {
        platform.happen(`M${minute}`)
        await clock.advance(60_000)
      }
      expect([platform.busiestMinute <= 60, follower.ended]).toEqual([true, false])
    }
  })

  test('while the stream has an event of 17 MB', async () => {
    const clock = new FakeClock()
    const platform = new FakePlatform(clock)
    const huge = `data:${'x'.repeat(17 * 2 ** 20)}\n\n`
    platform.answerStream = () => stream(huge, 'open')
    await using follower = following(platform)
    await clock.advance(180_000)
    expect(follower.told[1]).toBe('down: An event is over 16777216 characters')
    expect(platform.busiestMinute).toBeLessThanOrEqual(60)
  })

  test('while the log-in fails', async () => {
    const answers: readonly Answerer[] = [
      () => failing(500),
      () => refusing(401, 'GEN-5'),
      html,
      () => Promise.reject(new Error('No route')),
    ]
    for (const answer of answers) {
      for (const mode of ['auto', 'poll'] as const) {
        for (const patient of [true, false]) {
          const clock = new FakeClock()
          const platform = new FakePlatform(clock)
          platform.answerLogin = answer
          await using _follower = following(platform, { mode, patient })
          await clock.advance(900_000)
          expect(platform.busiestMinute).toBeLessThanOrEqual(60)
        }
      }
    }
  })
})

test('after 1,000 reconnections nothing is left of them', async () => {
  for (const order of ['time', 'arrival'] as const) {
    const clock = new FakeClock()
    const platform = new FakePlatform(clock)
    const leaving = new AbortController()
    await using follower = following(platform, { order, signal: leaving.signal })
    await clock.advance(0)
    const sizes: number[] = []
    for (let times = 0; times < 1000; times++) {
      platform.happen(`A${times}`)
      await clock.advance(1000)
      platform.cut()
      platform.happen(`B${times}`)
      await clock.advance(0)
      follower.watch.retryNow()
      await clock.advance(times % 4 === 0 ? 70_000 : 500)
      if (times % 100 === 99) sizes.push(follower.watch.cursor()?.told.length ?? 0)
    }
    await clock.advance(100_000)
    const { connects, gaps, events } = follower.watch.status()
    expect({ connects, gaps, events }).toEqual({ connects: 1001, gaps: 1000, events: 2000 })
    // The watchdog of the stream alone.
    expect([clock.left.length, platform.streams, platform.running]).toEqual([1, 1, 0])
    expect(getEventListeners(leaving.signal, 'abort').length).toBe(1)
    expect(Math.max(...sizes)).toBeLessThan(600)
  }
})

describe('closed at any moment, a watch leaves nothing open', () => {
  const ways = ['close', 'signal', 'twice', 'disposal of the connection, too'] as const
  test.each(ways)('by %s', async (way) => {
    for (let seed = 0; seed < 40; seed++) {
      const random = seeded(seed * 7 + way.length)
      const upTo = (most: number) => Math.floor(random() * most)
      const clock = new FakeClock()
      const platform = new FakePlatform(clock, { cap: 25 })
      for (let index = 0; index < 100; index++) platform.happen(`E${index}`, { timestamp: platform.now - index * 1000 })
      platform.latencyMs = upTo(2) * upTo(3000)
      const leaving = new AbortController()
      await using follower = following(platform, {
        mode: (['auto', 'stream', 'poll'] as const)[upTo(3)] ?? 'auto',
        order: upTo(2) === 0 ? 'time' : 'arrival',
        queueLength: 20 + upTo(100),
        signal: leaving.signal,
        follow: upTo(5) > 0,
        since: platform.now - 100_000,
      })
      for (let step = upTo(12); step > 0; step--) {
        const kind = upTo(8)
        if (kind === 0) platform.cut()
        if (kind === 1) follower.pause()
        if (kind === 2) follower.resume()
        if (kind === 3) platform.answerStream = () => failing([404, 500, 200][upTo(3)] ?? 404)
        if (kind === 4) platform.answerHistory = () => failing(500)
        if (kind === 5) for (let index = 0; index < 50; index++) platform.happen('X')
        if (kind === 6) follower.watch.widen()
        await clock.advance(upTo(3) * upTo(10_000))
        // In the middle of what is set going, not only after it.
        for (let turns = upTo(20); turns > 0; turns--) await undefined
      }
      if (way === 'signal') leaving.abort()
      const closed = follower.watch.close()
      if (way === 'twice') await Promise.all([closed, follower.watch.close()])
      if (way === 'disposal of the connection, too') follower.connection[Symbol.dispose]()
      await closed
      expect([clock.left, platform.streams, platform.running]).toEqual([[], 0, 0])
      const { length } = platform.asked
      const { events } = follower.watch.status()
      follower.resume()
      platform.happen('LATER')
      await clock.advance(1_000_000)
      await follower.end()
      expect([platform.asked.length, follower.watch.status().events, clock.left]).toEqual([length, events, []])
      expect(follower.watch.status()).toMatchObject({ state: 'down', error: 'The watch is closed', retryAt: null })
      expect(getEventListeners(leaving.signal, 'abort')).toEqual([])
    }
  })
})
