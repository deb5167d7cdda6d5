import { expect, test } from 'bun:test'
import { FakeClock, settled } from '../../api/testing/fake-clock.ts'
import { Wait } from './wait.ts'

test('a wait ends in time, by anyone, or by its signal, and leaves nothing', async () => {
  const clock = new FakeClock()
  const wait = new Wait(clock)
  const { signal } = new AbortController()
  const inTime = wait.sleep(1000, signal)
  await clock.advance(1000)
  await inTime
  const ended = wait.sleep(1000, signal)
  wait.end()
  await ended
  const leaving = new AbortController()
  const left = wait.sleep(1000, leaving.signal)
  leaving.abort()
  await left
  await wait.sleep(1000, leaving.signal)
  expect([clock.now(), clock.left]).toEqual([1000, []])
})

test('what ends none does not end the next one', async () => {
  const clock = new FakeClock()
  const wait = new Wait(clock)
  wait.end()
  let over = false
  const sleep = wait.sleep(1000, new AbortController().signal).then(() => {
    over = true
  })
  await settled()
  expect([over, clock.left]).toEqual([false, [1000]])
  wait.end()
  await sleep
})
