import { describe, expect, test } from 'bun:test'
import { FakeClock, settled } from '../../api/testing/fake-clock.ts'
import { Wake } from './wake.ts'

/** A wait whose end can be looked at. */
function waiting(wake: Wake, clock: FakeClock, ms: number, signal = new AbortController().signal) {
  const state = { done: false }
  wake.wait(clock, ms, signal).then(() => {
    state.done = true
  })
  return state
}

describe('a wait', () => {
  test('ends when its time is over', async () => {
    const clock = new FakeClock()
    const state = waiting(new Wake(), clock, 100)
    await clock.advance(99)
    expect(state.done).toBe(false)
    await clock.advance(1)
    expect(state.done).toBe(true)
  })

  test('ends when something happens, and leaves no timer', async () => {
    const clock = new FakeClock()
    const wake = new Wake()
    const state = waiting(wake, clock, 100)
    await settled()
    wake.up()
    await settled()
    expect([state.done, clock.left]).toEqual([true, []])
  })

  test('does not begin where something happened since the last one, once', async () => {
    const clock = new FakeClock()
    const wake = new Wake()
    wake.up()
    wake.up()
    const first = waiting(wake, clock, 100)
    await settled()
    const second = waiting(wake, clock, 100)
    await settled()
    expect([first.done, second.done]).toEqual([true, false])
  })

  test('is not cut short by what woke the last one', async () => {
    const clock = new FakeClock()
    const wake = new Wake()
    waiting(wake, clock, 100)
    await settled()
    wake.up()
    await settled()
    const second = waiting(wake, clock, 100)
    await settled()
    expect(second.done).toBe(false)
  })

  test.each([0, -5, Number.NEGATIVE_INFINITY])('of %p ms is over at once', async (ms) => {
    const state = waiting(new Wake(), new FakeClock(), ms)
    await settled()
    expect(state.done).toBe(true)
  })

  test('ends with the signal, without an error and without a timer', async () => {
    const clock = new FakeClock()
    const ending = new AbortController()
    const state = waiting(new Wake(), clock, 100, ending.signal)
    await settled()
    ending.abort(new Error('the end'))
    await settled()
    const late = waiting(new Wake(), clock, 100, ending.signal)
    await settled()
    expect([state.done, late.done, clock.left]).toEqual([true, true, []])
  })

  test('passes on what the clock itself fails with', async () => {
    const clock = { now: () => 0, wall: () => 0, sleep: () => Promise.reject(new Error('no clock')) }
    await expect(new Wake().wait(clock, 100, new AbortController().signal)).rejects.toThrow('no clock')
  })

  test('leaves nothing on a signal that outlives it', async () => {
    const clock = new FakeClock()
    const ending = new AbortController()
    const added: string[] = []
    const { signal } = ending
    const add = signal.addEventListener.bind(signal)
    const remove = signal.removeEventListener.bind(signal)
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      added.push(args[0])
      add(...args)
    }
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      added.pop()
      remove(...args)
    }
    waiting(new Wake(), clock, 100, signal)
    await clock.advance(100)
    expect(added).toEqual([])
  })
})
