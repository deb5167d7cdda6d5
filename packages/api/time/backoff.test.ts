import { expect, test } from 'bun:test'
import { assert, double, integer, property } from 'fast-check'
import { Backoff, backoffDelay } from './backoff.ts'

const random = () => 0

test('the delay is doubled with each failure and never longer than its limit', () => {
  const delays = [0, 1, 2, 3, 4, 5, 6, 7, 100].map((failures) => backoffDelay(failures, { random }))
  expect(delays).toEqual([1000, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000])
})

test('first delay and limit are options', () => {
  const delays = [1, 2, 3, 4].map((failures) => backoffDelay(failures, { firstMs: 200, maxMs: 500, random }))
  expect(delays).toEqual([200, 400, 500, 500])
})

test('chance shortens the delay by up to half and never lengthens it', () => {
  const chance = double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
  assert(
    property(integer({ min: 1, max: 10_000 }), chance, (failures, value) => {
      const full = backoffDelay(failures, { random: () => 0 })
      const delay = backoffDelay(failures, { random: () => value })
      expect(delay).toBeLessThanOrEqual(full)
      expect(delay).toBeGreaterThan(full / 2 - 1e-9)
    }),
  )
})

test('10,000 failures in a row keep the longest delay, as does the largest number there is', () => {
  const backoff = new Backoff({ random })
  const delays = Array.from({ length: 10_000 }, (_, index) => backoff.fail(index))
  expect(new Set(delays.slice(5))).toEqual(new Set([30_000]))
  expect(backoff.failures).toBe(10_000)
  expect(backoffDelay(Number.MAX_VALUE, { random })).toBe(30_000)
})

test('health of 60 s makes the next failure a first one again', () => {
  const backoff = new Backoff({ random })
  expect([backoff.fail(0), backoff.fail(0), backoff.fail(0)]).toEqual([1000, 2000, 4000])
  backoff.succeed(10_000)
  expect(backoff.fail(70_000)).toBe(1000)
})

test('health of less than 60 s forgets nothing, lest a flapping thing be tried in a hot loop', () => {
  const backoff = new Backoff({ random })
  expect([backoff.fail(0), backoff.fail(0)]).toEqual([1000, 2000])
  backoff.succeed(10_000)
  expect(backoff.fail(69_999)).toBe(4000)
  expect(backoff.fail(200_000)).toBe(8000)
})

test('health counts from its beginning, however often it is told', () => {
  const backoff = new Backoff({ random })
  backoff.fail(0)
  backoff.succeed(1000)
  backoff.succeed(60_000)
  expect(backoff.fail(61_000)).toBe(1000)
})

test('a reset forgets failures and health', () => {
  const backoff = new Backoff({ random })
  backoff.fail(0)
  backoff.succeed(0)
  backoff.reset()
  expect(backoff.failures).toBe(0)
  expect([backoff.fail(100_000), backoff.fail(100_000)]).toEqual([1000, 2000])
})
