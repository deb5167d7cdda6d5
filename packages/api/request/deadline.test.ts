import { afterEach, beforeEach, expect, jest, test } from 'bun:test'
import { getEventListeners } from 'node:events'
import { Deadline } from './deadline.ts'

beforeEach(() => void jest.useFakeTimers())
afterEach(() => void jest.useRealTimers())

test('without progress it ends the operation after its time', () => {
  using deadline = new Deadline(100)
  jest.advanceTimersByTime(99)
  expect([deadline.expired, deadline.signal.aborted]).toEqual([false, false])
  jest.advanceTimersByTime(1)
  expect([deadline.expired, deadline.signal.aborted]).toEqual([true, true])
})

test('progress starts the time anew, with one timer at a time', () => {
  using deadline = new Deadline(100)
  for (let step = 0; step < 10; step++) {
    jest.advanceTimersByTime(99)
    deadline.extend()
  }
  expect([deadline.expired, jest.getTimerCount()]).toEqual([false, 1])
  jest.advanceTimersByTime(100)
  expect(deadline.expired).toBe(true)
})

test('while it is paused no time passes, and the caller still ends the operation', () => {
  const caller = new AbortController()
  using deadline = new Deadline(100, caller.signal)
  deadline.pause()
  expect(jest.getTimerCount()).toBe(0)
  jest.advanceTimersByTime(1000)
  expect(deadline.signal.aborted).toBe(false)
  caller.abort('enough')
  expect([deadline.signal.aborted, deadline.signal.reason, deadline.expired]).toEqual([true, 'enough', false])
})

test('a caller that has left already ends the operation at its beginning', () => {
  using deadline = new Deadline(100, AbortSignal.abort('before'))
  expect([deadline.signal.aborted, deadline.signal.reason, deadline.expired]).toEqual([true, 'before', false])
})

test('it can be ended by whoever has it', () => {
  using deadline = new Deadline(100)
  deadline.abort('by hand')
  expect([deadline.signal.reason, deadline.expired]).toEqual(['by hand', false])
})

test('once disposed it leaves neither timer nor listener', () => {
  const caller = new AbortController()
  for (let request = 0; request < 100; request++) new Deadline(100, caller.signal)[Symbol.dispose]()
  expect([jest.getTimerCount(), getEventListeners(caller.signal, 'abort').length]).toEqual([0, 0])
})
