import { expect, test } from 'bun:test'
import { FakeClock } from '../../api/testing/fake-clock.ts'
import { PlatformClock } from './platform-clock.ts'

test("the platform's clock is what its last answer told, carried on by ours", async () => {
  const clock = new FakeClock()
  const platform = new PlatformClock(clock)
  expect(platform.now()).toBeNull()
  platform.note(5000)
  await clock.advance(300)
  expect(platform.now()).toBe(5300)
  platform.note(null)
  expect(platform.now()).toBe(5300)
  platform.note(5000)
  expect(platform.now()).toBe(5000)
})

test('moments are allowed up to a minute ahead of it; up to a week ahead of ours while it is not known', () => {
  const clock = new FakeClock()
  const platform = new PlatformClock(clock)
  const week = clock.wall() + 7 * 86_400_000
  expect([week, week + 1].map((moment) => platform.allows(moment))).toEqual([true, false])
  platform.note(5000)
  expect([0, 65_000, 65_001].map((moment) => platform.allows(moment))).toEqual([true, true, false])
})
