import { expect, test } from 'bun:test'
import { Slices } from './slices.ts'

/** Works until the slice is over. */
function exhaust(slices: Slices): void {
  while (!slices.over);
}

test('a slice is over after a while, and the next one begins after a turn of the event loop', async () => {
  const slices = new Slices()
  const order: string[] = []
  exhaust(slices)
  setImmediate(() => order.push('others'))
  await slices.next()
  order.push('next slice')
  expect([order, slices.over]).toEqual([['others', 'next slice'], false])
})

test('timers go on between slices', async () => {
  const slices = new Slices()
  let fired = false
  const timer = setTimeout(() => {
    fired = true
  }, 1)
  for (let turn = 0; turn < 100 && !fired; turn++) {
    exhaust(slices)
    await slices.next()
  }
  clearTimeout(timer)
  expect(fired).toBe(true)
})
