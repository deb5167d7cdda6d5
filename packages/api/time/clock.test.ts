import { afterEach, beforeEach, expect, jest, test } from 'bun:test'
import { getEventListeners } from 'node:events'
import { systemClock } from './clock.ts'

beforeEach(() => void jest.useFakeTimers())
afterEach(() => void jest.useRealTimers())

/** Follows a promise: `pending` until it settles. */
function follow(promise: Promise<unknown>): { state: string } {
  const followed = { state: 'pending' }
  promise.then(
    () => {
      followed.state = 'resolved'
    },
    (error: unknown) => {
      followed.state = `rejected: ${error}`
    },
  )
  return followed
}

async function pass(ms: number): Promise<void> {
  jest.advanceTimersByTime(ms)
  for (let turn = 0; turn < 5; turn++) await Promise.resolve()
}

test('a sleep ends after its time and leaves no listener behind', async () => {
  const { signal } = new AbortController()
  const slept = follow(systemClock.sleep(100, signal))
  await pass(99)
  expect(slept.state).toBe('pending')
  await pass(1)
  expect(slept.state).toBe('resolved')
  expect(getEventListeners(signal, 'abort')).toEqual([])
})

test("an abort ends a sleep with the signal's reason and leaves no timer behind", async () => {
  const controller = new AbortController()
  const slept = follow(systemClock.sleep(100, controller.signal))
  expect(jest.getTimerCount()).toBe(1)
  controller.abort('enough')
  await pass(0)
  expect(slept.state).toBe('rejected: enough')
  expect(jest.getTimerCount()).toBe(0)
})

test('a sleep under an aborted signal does not begin', async () => {
  const slept = follow(systemClock.sleep(100, AbortSignal.abort('before')))
  await pass(0)
  expect(slept.state).toBe('rejected: before')
  expect(jest.getTimerCount()).toBe(0)
})

test('a sleep longer than a timer takes does not end at once, and a negative one does', async () => {
  const controller = new AbortController()
  const long = follow(systemClock.sleep(2 ** 40, controller.signal))
  const negative = follow(systemClock.sleep(-5))
  await pass(60_000)
  expect([long.state, negative.state]).toEqual(['pending', 'resolved'])
  controller.abort('done')
})

test('now never goes back when the wall clock does', () => {
  const before = systemClock.now()
  jest.setSystemTime(new Date('2001-01-01T00:00:00Z'))
  expect(systemClock.now()).toBeGreaterThanOrEqual(before)
  expect(systemClock.wall()).toBe(Date.parse('2001-01-01T00:00:00Z'))
})
