import { expect, test } from 'bun:test'
import { FakeClock, settled } from '../../api/testing/fake-clock.ts'
import { Watchdog } from './watchdog.ts'

function watch(idleMs: number) {
  const clock = new FakeClock()
  const barks: number[] = []
  const watchdog = new Watchdog(idleMs, clock, () => barks.push(clock.now()))
  return { clock, barks, watchdog }
}

test('silence is told once, after its time', async () => {
  const { clock, barks } = watch(150_000)
  await clock.advance(149_999)
  expect(barks).toEqual([])
  await clock.advance(1)
  expect(barks).toEqual([150_000])
  await clock.advance(1_000_000)
  expect([barks, clock.left]).toEqual([[150_000], []])
})

test('each byte starts the time anew, whenever it comes', async () => {
  const { clock, barks, watchdog } = watch(1000)
  for (const ms of [1, 999, 500, 998, 3]) {
    await clock.advance(ms)
    watchdog.feed()
  }
  expect([barks, clock.now()]).toEqual([[], 2501])
  await clock.advance(5000)
  expect(barks).toEqual([3501])
})

test('however much it is fed, it has one timer', async () => {
  const { clock, watchdog } = watch(1000)
  for (let chunk = 0; chunk < 10_000; chunk++) watchdog.feed()
  await settled()
  expect(clock.left).toEqual([1000])
})

test('once disposed it is quiet and has no timer', async () => {
  const { clock, barks, watchdog } = watch(1000)
  await clock.advance(500)
  watchdog[Symbol.dispose]()
  watchdog[Symbol.dispose]()
  await settled()
  expect(clock.left).toEqual([])
  await clock.advance(5000)
  expect(barks).toEqual([])
})
