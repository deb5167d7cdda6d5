import { expect, test } from 'bun:test'
import { getEventListeners } from 'node:events'
import { settled } from '../testing/fake-clock.ts'
import { Trial } from './trial.ts'

/** Turns that were asked for, in the order in which they came. */
function takers(trial: Trial, count: number): Disposable[] {
  const turns: Disposable[] = []
  for (let index = 0; index < count; index++) void trial.turn().then((turn) => turns.push(turn))
  return turns
}

test('requests go one at a time until one has shown that its header is taken, then all go', async () => {
  const trial = new Trial(false)
  const turns = takers(trial, 5)
  await settled()
  expect(turns.length).toBe(1)
  // It was refused, or failed.
  turns[0]?.[Symbol.dispose]()
  await settled()
  expect(turns.length).toBe(2)
  trial.end()
  turns[1]?.[Symbol.dispose]()
  await settled()
  expect(turns.length).toBe(5)
  const more = takers(trial, 3)
  await settled()
  expect(more.length).toBe(3)
})

test('where nothing is to be shown all go at once', async () => {
  const turns = takers(new Trial(true), 5)
  await settled()
  expect(turns.length).toBe(5)
})

test('who leaves while waiting leaves its turn and no listener', async () => {
  const trial = new Trial(false)
  const [first] = [await trial.turn()]
  const leaving = new AbortController()
  const left = trial.turn(leaving.signal).catch((error: unknown) => error)
  const turns = takers(trial, 1)
  leaving.abort(new Error('enough'))
  expect(await left).toEqual(new Error('enough'))
  expect(getEventListeners(leaving.signal, 'abort')).toEqual([])
  first?.[Symbol.dispose]()
  await settled()
  expect(turns.length).toBe(1)
})
