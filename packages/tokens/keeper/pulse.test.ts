import { expect, test } from 'bun:test'
import { Pulse } from './pulse.ts'

test('a loop is overdue from the end of its sleep until it is awake', () => {
  const pulse = new Pulse()
  const before = pulse.overdueMs(1000)
  pulse.sleeps(2000)
  const asleep = [1999, 2000, 2500].map((now) => pulse.overdueMs(now))
  pulse.awake()
  expect([before, asleep, pulse.overdueMs(1_000_000)]).toEqual([0, [0, 0, 500], 0])
})
