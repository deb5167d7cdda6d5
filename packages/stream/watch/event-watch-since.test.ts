import { describe, expect, test } from 'bun:test'
import { FakeClock } from '../../api/testing/fake-clock.ts'
import { FakePlatform, failing } from '../testing/fake-platform.ts'
import { type Following, following } from '../testing/following.ts'
import type { Cursor } from './cursor.ts'
import { watch as watchEvents } from './event-watch.ts'
import type { WatchOptions } from './watch-options.ts'

/** A platform where `E0` to `E9` happened, one each minute, the last a minute ago. */
async function tenMinutes(habits = {}): Promise<{ clock: FakeClock; platform: FakePlatform; begun: number }> {
  const clock = new FakeClock()
  const platform = new FakePlatform(clock, habits)
  const begun = platform.now
  for (let minute = 0; minute < 10; minute++) {
    platform.happen(`E${minute}`)
    await clock.advance(60_000)
  }
  return { clock, platform, begun }
}

const names = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, index) => `E${index + first}`)

/** What JSON makes of a cursor. */
function saved({ watch }: Following): Cursor {
  return JSON.parse(JSON.stringify(watch.cursor()))
}

describe('a watch that begins in the past', () => {
  test.each(['time', 'arrival'] as const)('tells what happened since, and goes on (order: %s)', async (order) => {
    const { clock, platform, begun } = await tenMinutes()
    await using follower = following(platform, { since: begun + 300_000, order })
    await clock.advance(0)
    platform.happen('LIVE')
    await clock.advance(5000)
    const recovered = names(5, 9).map((name) => `${name} recovered`)
    expect(follower.told).toEqual(['open', ...recovered, 'LIVE', 'caught up, 5 recovered'])
    platform.happen('LATER')
    await clock.advance(60_000)
    expect(follower.told.slice(8)).toEqual(['LATER'])
  })

  test('polls where there is no stream', async () => {
    const { clock, platform, begun } = await tenMinutes()
    platform.answerStream = () => failing(404)
    await using follower = following(platform, { since: begun + 300_000 })
    await clock.advance(0)
    expect(follower.told).toEqual([...names(5, 9).map((name) => `${name} recovered`), 'open'])
  })

  test('in the memory of the platform, or is told that it is not', async () => {
    for (const mode of ['stream', 'poll'] as const) {
      const { clock, platform, begun } = await tenMinutes()
      await using follower = following(platform, { since: begun - 8 * 86_400_000, mode })
      await clock.advance(5000)
      const why = 'gap, open: The platform remembers its events for seven days only'
      expect(follower.told.filter((text) => text.startsWith('gap'))).toEqual([why])
      expect(follower.actions).toEqual(names(0, 9))
    }
  })

  test('in the future, has nothing to recover, and tells all that happens then', async () => {
    const { clock, platform } = await tenMinutes()
    await using follower = following(platform, { since: platform.now + 60_000 })
    await clock.advance(5000)
    platform.happen('SOON')
    await clock.advance(0)
    expect(follower.told).toEqual(['open', 'caught up, 0 recovered', 'SOON'])
  })
})

describe('a watch that does not go on', () => {
  test('tells what happened since, and ends', async () => {
    const { clock, platform, begun } = await tenMinutes({ cap: 25 })
    await using follower = following(platform, { since: begun + 300_000, follow: false })
    await clock.advance(0)
    expect(follower.told).toEqual([...names(5, 9).map((name) => `${name} recovered`), 'caught up, 5 recovered'])
    expect([follower.ended, clock.left, platform.count('stream')]).toEqual([true, [], 0])
  })

  test('tells each event once, however often it is run and however late events come', async () => {
    const { clock, platform, begun } = await tenMinutes()
    let since: number | Cursor = begun
    const told: string[] = []
    let happened = 10
    for (let run = 0; run < 20; run++) {
      platform.happen(`E${happened++}`, { lateMs: (run * 7919) % 60_000 })
      platform.happen(`E${happened++}`, { lateMs: (run * 104_729) % 60_000 })
      await clock.advance((run * 15_485_863) % 90_000)
      await using follower = following(platform, { since, follow: false })
      await clock.advance(0)
      told.push(...follower.actions)
      since = saved(follower)
    }
    await clock.advance(60_000)
    await using last = following(platform, { since, follow: false })
    await clock.advance(0)
    expect([...told, ...last.actions].toSorted()).toEqual(names(0, 49).toSorted())
  })

  test('waits for its consumer', async () => {
    const { clock, platform, begun } = await tenMinutes()
    await using follower = following(platform, { since: begun, follow: false, queueLength: 4 })
    follower.pause()
    await clock.advance(0)
    expect(follower.actions).toEqual(['E0'])
    follower.resume()
    await clock.advance(0)
    expect(follower.told).toEqual([...names(0, 9).map((name) => `${name} recovered`), 'caught up, 10 recovered'])
  })

  test('tells why where it cannot, and ends', async () => {
    const { clock, platform, begun } = await tenMinutes()
    platform.answerHistory = () => failing(403)
    await using follower = following(platform, { since: begun, follow: false })
    await clock.advance(0)
    expect(follower.told).toEqual([expect.stringMatching(/^down: GET "https:\/\/h\/api\/events\?.*" answered 403$/)])
    expect([follower.ended, follower.watch.status().state, clock.left]).toEqual([true, 'down', []])
  })

  test('can be closed at any time', async () => {
    const { clock, platform, begun } = await tenMinutes()
    platform.latencyMs = 60_000
    await using follower = following(platform, { since: begun, follow: false })
    await clock.advance(1000)
    await follower.watch.close()
    expect([follower.told, clock.left, platform.running]).toEqual([[], [], 0])
  })
})

describe('a watch that goes on where another left off', () => {
  test('tells what happened in between, once', async () => {
    const { clock, platform } = await tenMinutes()
    const first = following(platform)
    await clock.advance(1000)
    platform.happen('A')
    platform.happen('A')
    await clock.advance(1000)
    const cursor = saved(first)
    await first[Symbol.asyncDispose]()
    expect([first.actions, Object.keys(cursor)]).toEqual([
      ['A', 'A'],
      ['time', 'begun', 'told'],
    ])
    platform.happen('B')
    await clock.advance(3_600_000)
    platform.happen('C')
    await using later = following(platform, { since: cursor })
    await clock.advance(10_000)
    expect(later.told).toEqual(['open', 'B recovered', 'C recovered', 'caught up, 2 recovered'])
  })

  test('does not tell what was before the first one began', async () => {
    const { clock, platform } = await tenMinutes()
    platform.happen('BEFORE')
    await clock.advance(10_000)
    let cursor: Cursor | null = null
    for (let watches = 0; watches < 3; watches++) {
      await using follower: Following = following(platform, cursor === null ? {} : { since: cursor })
      await clock.advance(5000)
      cursor = saved(follower)
      expect(follower.actions).toEqual([])
    }
  })

  test('also tells what waited for its consumer, whether it left or not', async () => {
    for (const leave of [true, false]) {
      const { clock, platform } = await tenMinutes()
      const first = following(platform)
      await clock.advance(0)
      platform.happen('A')
      await clock.advance(0)
      first.pause()
      for (const name of 'BCDE') platform.happen(name)
      await clock.advance(0)
      // The one that the consumer waited for already was taken.
      expect(first.actions).toEqual(['A', 'B'])
      if (leave) await first.watch.close()
      const cursor = saved(first)
      await using later = following(platform, { since: cursor })
      await clock.advance(5000)
      expect(later.actions).toEqual(['C', 'D', 'E'])
      await first[Symbol.asyncDispose]()
    }
  })

  test('also after its consumer left the loop', async () => {
    const { clock, platform } = await tenMinutes()
    await using follower = following(platform)
    const watch = watchEvents({ connection: follower.connection })
    const told: string[] = []
    const consume = async () => {
      for await (const update of watch) {
        if (update.kind !== 'event') continue
        told.push(update.event.action)
        if (told.length === 2) break
      }
    }
    const consumed = consume()
    await clock.advance(0)
    for (const name of 'ABCD') platform.happen(name)
    await consumed
    const since = watch.cursor() ?? 0
    await using later = following(platform, { since })
    await clock.advance(5000)
    expect([...told, ...later.actions]).toEqual(['A', 'B', 'C', 'D'])
  })

  test('also tells what was held back, or on its way in a page', async () => {
    const options: readonly Partial<WatchOptions>[] = [{}, { queueLength: 4 }, { queueLength: 4, order: 'arrival' }]
    for (const option of options) {
      const { clock, platform, begun } = await tenMinutes()
      const first = following(platform, { since: begun, ...option })
      first.pause()
      await clock.advance(0)
      platform.happen('HELD')
      await clock.advance(1000)
      const taken = [...first.actions]
      await using later = following(platform, { since: saved(first) })
      await clock.advance(5000)
      expect([...taken, ...later.actions]).toEqual([...names(0, 9), 'HELD'])
      await first[Symbol.asyncDispose]()
    }
  })

  test('tells late events of the time before', async () => {
    const { clock, platform } = await tenMinutes()
    const first = following(platform)
    await clock.advance(1000)
    platform.cut()
    platform.happen('LATE', { lateMs: 50_000 })
    await clock.advance(20_000)
    for (let second = 0; second < 20; second++) {
      platform.happen(`S${second}`)
      await clock.advance(1000)
    }
    const cursor = saved(first)
    await first[Symbol.asyncDispose]()
    await clock.advance(60_000)
    await using later = following(platform, { since: cursor })
    await clock.advance(10_000)
    expect([first.actions.length, later.actions]).toEqual([20, ['LATE']])
  })

  test('has a small cursor, however long it watched', async () => {
    const clock = new FakeClock()
    const platform = new FakePlatform(clock)
    await using follower = following(platform)
    const sizes: number[] = []
    for (let event = 0; event < 10_000; event++) {
      platform.happen(`E${event}`)
      await clock.advance(1000)
      if (event % 1000 === 999) sizes.push(saved(follower).told.length)
    }
    expect(Math.max(...sizes)).toBeLessThan(500)
  })

  test('has no cursor before it began', async () => {
    const clock = new FakeClock()
    const platform = new FakePlatform(clock)
    await using follower = following(platform)
    expect(follower.watch.cursor()).toBeNull()
  })
})
