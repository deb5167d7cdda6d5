import { expect, test } from 'bun:test'
import { EventCount } from './event-count.ts'

test('each event is counted once, what comes again or late is told, and what is none of ours is passed over', () => {
  const count = new EventCount(2, 3)
  const ours = ['soak-0-1', 'soak-0-3...', 'soak-0-2', 'soak-1-1', 'soak-1-3', 'soak-1-2', 'soak-1-3']
  for (const message of [...ours, null, 'soak-1-4', 'soak-0-0', 'soak-4', 'other']) count.take(message)
  expect(count.result()).toEqual({ seen: 6, twice: 1, late: 2 })
  expect(count.isComplete).toBe(true)
})

test('while one is missing it is not complete', () => {
  const count = new EventCount(1, 2)
  count.take('soak-0-2')
  count.take('soak-0-2')
  expect(count.isComplete).toBe(false)
})
