import { describe, expect, test } from 'bun:test'
import { FakeClock } from '../../api/testing/fake-clock.ts'
import type { HistoryHabits } from '../../api/testing/fake-history.ts'
import { FakePlatform, failing } from '../testing/fake-platform.ts'
import { type Following, following } from '../testing/following.ts'
import type { WatchOptions } from './watch-options.ts'

const names = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, index) => `E${index + first}`)

/** A watch whose consumer has taken `open` and stands still. */
async function stalled(
  options: Partial<WatchOptions> = {},
  habits: Partial<HistoryHabits> = {},
): Promise<{ clock: FakeClock; platform: FakePlatform; follower: Following } & AsyncDisposable> {
  const clock = new FakeClock()
  const platform = new FakePlatform(clock, habits)
  const follower = following(platform, { queueLength: 100, ...options })
  await clock.advance(0)
  follower.pause()
  // The consumer waits for one more already.
  platform.happen('FIRST')
  await clock.advance(1000)
  follower.clear()
  return { clock, platform, follower, [Symbol.asyncDispose]: () => follower[Symbol.asyncDispose]() }
}

/** Many events at once. */
function happen(platform: FakePlatform, first: number, last: number, lateMs = 0): void {
  for (const name of names(first, last)) platform.happen(name, { lateMs })
}

const dropped = (count: number) => `gap, closing: The consumer was too slow: ${count} events were dropped`

describe('a consumer that stands still', () => {
  test('for long gets all that happened, once and in order, and memory stays bounded', async () => {
    await using made = await stalled({ queueLength: 2000 }, { totalSize: false, links: false })
    const { clock, platform, follower } = made
    const wire: string[] = []
    for (let second = 0; second < 60; second++) {
      for (let index = 0; index < 5000; index++) {
        const event = { action: `E${second * 5000 + index}`, timestamp: platform.now + Math.floor(index / 5) }
        platform.history.add({ timestamp: event.timestamp, seenAt: event.timestamp + 500, told: event })
        wire.push(platform.write(event))
      }
      platform.send(wire.splice(0).join(''))
      await clock.advance(1000)
      expect(follower.watch.cursor()?.told.length).toBeLessThan(2100)
    }
    expect(follower.updates).toEqual([])
    follower.resume()
    await clock.advance(120_000)
    expect(follower.told.filter((text) => !text.startsWith('E'))).toEqual([
      dropped(2001),
      'open',
      'caught up, 300000 recovered',
    ])
    const { actions } = follower
    expect([actions.length, actions.findIndex((action, index) => action !== `E${index}`)]).toEqual([300_000, -1])
    // One may be told before the others are dropped.
    expect(follower.watch.status()).toMatchObject({ gaps: 1, recovering: false, connects: 1 })
  })

  test('is told so at once where it comes back, and then what it missed', async () => {
    await using made = await stalled()
    const { clock, platform, follower } = made
    happen(platform, 0, 149)
    await clock.advance(10_000)
    platform.happen('E150')
    follower.resume()
    await clock.advance(0)
    expect(follower.told.slice(0, 3)).toEqual([dropped(101), 'open', 'E0 recovered'])
    expect(follower.watch.status().recovering).toBe(true)
    platform.happen('E151')
    await clock.advance(3000)
    expect(follower.actions).toEqual(names(0, 151))
    expect(follower.told.slice(-2)).toEqual(['E151', 'caught up, 151 recovered'])
  })

  test('twice, gets all that happened', async () => {
    await using made = await stalled()
    const { clock, platform, follower } = made
    let next = 0
    for (let times = 0; times < 3; times++) {
      happen(platform, next, next + 119, 1000)
      next += 120
      await clock.advance(4000)
      follower.resume()
      await clock.advance(times * 2000)
      follower.pause()
      await clock.advance(1000)
    }
    follower.resume()
    await clock.advance(100_000)
    expect(follower.actions).toEqual(names(0, 359))
  })

  test('while it is told what it missed, gets all that happened without another gap', async () => {
    await using made = await stalled()
    const { clock, platform, follower } = made
    platform.cut()
    happen(platform, 0, 499)
    await clock.advance(1000)
    for (let second = 0; second < 50; second++) {
      happen(platform, 500 + second * 10, 509 + second * 10)
      await clock.advance(1000)
    }
    follower.resume()
    await clock.advance(20_000)
    const [down, open, gap] = ['down: The server ended the stream', 'open', 'gap, closing: The server ended the stream']
    expect(follower.told.filter((text) => !text.startsWith('E'))).toEqual([
      down,
      open,
      gap,
      expect.stringMatching(/^caught up/),
    ])
    expect(follower.actions).toEqual(names(0, 999))
  })

  test('while no event has to wait, gets all that happened', async () => {
    await using made = await stalled({ order: 'arrival' })
    const { clock, platform, follower } = made
    for (let times = 0; times < 5; times++) {
      platform.cut()
      happen(platform, times * 400, times * 400 + 199)
      await clock.advance(40_000)
      happen(platform, times * 400 + 200, times * 400 + 399)
      await clock.advance(2000)
      if (times % 2 === 0) follower.resume()
      await clock.advance(times * 700)
      follower.pause()
    }
    follower.resume()
    await clock.advance(100_000)
    expect(follower.actions.toSorted()).toEqual(names(0, 1999).toSorted())
  })

  test('and comes back while the stream is down, is told what it missed when that is up', async () => {
    await using made = await stalled()
    const { clock, platform, follower } = made
    happen(platform, 0, 149)
    await clock.advance(1000)
    platform.cut()
    platform.answerStream = () => failing(503)
    await clock.advance(10_000)
    follower.resume()
    await clock.advance(1000)
    expect(follower.actions).toEqual([])
    platform.answerStream = () => undefined
    await clock.advance(60_000)
    expect(follower.actions).toEqual(names(0, 149))
    expect(follower.told.at(-1)).toBe('caught up, 150 recovered')
  })

  test('while the platform goes over to polling, is told that it has caught up', async () => {
    await using made = await stalled()
    const { clock, platform, follower } = made
    happen(platform, 0, 149)
    await clock.advance(1000)
    platform.cut()
    platform.answerStream = () => failing(404)
    await clock.advance(60_000)
    platform.happen('E150')
    follower.resume()
    await clock.advance(10_000)
    expect(follower.actions).toEqual(names(0, 150))
    expect(follower.told.filter((text) => text.startsWith('caught'))).toEqual(['caught up, 150 recovered'])
    expect(follower.told[0]).toBe(dropped(101))
  })

  test('while polling, makes the polls wait', async () => {
    const clock = new FakeClock()
    const platform = new FakePlatform(clock)
    await using follower = following(platform, { mode: 'poll', queueLength: 10 })
    await clock.advance(0)
    follower.pause()
    happen(platform, 0, 99)
    await clock.advance(60_000)
    const polls = platform.count('events')
    await clock.advance(600_000)
    expect(platform.count('events')).toBe(polls)
    follower.resume()
    await clock.advance(10_000)
    expect(follower.told).toEqual(['open', ...names(0, 99)])
  })

  test('still learns of a gap that stays open', async () => {
    await using made = await stalled()
    const { clock, platform, follower } = made
    platform.answerHistory = () => failing(401)
    platform.cut()
    platform.happen('LOST')
    await clock.advance(10_000)
    platform.answerHistory = () => undefined
    happen(platform, 0, 149)
    await clock.advance(1000)
    follower.resume()
    await clock.advance(10_000)
    const lost = /^gap, open: What was missed cannot be recovered: .* answered 401$/
    // It comes to light all the same, since it is not long ago.
    const updates = [expect.stringMatching(lost), dropped(97), 'open', 'LOST recovered', 'E0 recovered']
    expect(follower.told.slice(0, 5)).toEqual(updates)
    expect(follower.actions.slice(1)).toEqual(names(0, 149))
  })

  test('is told how many events are lost that the history cannot tell', async () => {
    await using made = await stalled()
    const { clock, platform, follower } = made
    for (let times = 0; times < 3; times++) platform.happen('UNTIMED', { timestamp: null })
    happen(platform, 0, 149)
    platform.happen('UNTIMED', { timestamp: null })
    await clock.advance(1000)
    follower.resume()
    await clock.advance(10_000)
    expect(follower.told.filter((text) => text.startsWith('gap'))).toEqual([
      dropped(101),
      'gap, open: The consumer was too slow: 4 events were dropped that the history cannot tell',
    ])
    expect(follower.actions).toEqual(names(0, 149))
  })

  test('for hours on a quiet platform, is told nothing twice', async () => {
    await using made = await stalled()
    const { clock, platform, follower } = made
    follower.resume()
    await clock.advance(0)
    for (const name of names(0, 59)) {
      platform.happen(name)
      await clock.advance(1000)
    }
    expect(follower.actions).toEqual(names(0, 59))
    follower.pause()
    // Far more time passes than it is remembered for that an event was told.
    for (const name of names(60, 599)) {
      platform.happen(name)
      await clock.advance(20_000)
    }
    follower.resume()
    await clock.advance(100_000)
    expect(follower.actions).toEqual(names(0, 599))
  })
})
