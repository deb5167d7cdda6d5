import { expect, test } from 'bun:test'
import { Repeats } from './repeats.ts'

const minute = 60_000

function levelsOf(failures: readonly (readonly [minutes: number, reason: string])[]): string[] {
  let now = 0
  const repeats = new Repeats({ now: () => now })
  return failures.map(([minutes, reason]) => {
    now = minutes * minute
    return reason === '' ? `${repeats.works('it')}` : repeats.failed('it', reason, 'error')
  })
}

test('each step of a back-off is told, until it takes no longer ones', () => {
  const repeats = new Repeats({ now: () => 0 })
  const waits = [900, 1200, 3900, 2100, 7000, 9000, 20_000, 16_000, 30_000]
  const levels = waits.map((ms) => repeats.failed('it', 'a', 'error', ms))
  expect(levels).toEqual(['error', 'error', 'error', 'debug', 'error', 'error', 'error', 'debug', 'debug'])
})

test.each<[string, Parameters<typeof levelsOf>[0], readonly string[]]>([
  [
    'a reason that stays is told again after ten minutes',
    [
      [0, 'a'],
      [1, 'a'],
      [9.9, 'a'],
      [10, 'a'],
      [11, 'a'],
      [20, 'a'],
    ],
    ['error', 'debug', 'debug', 'warn', 'debug', 'warn'],
  ],
  [
    'a new reason is told at once, and so is the old one when it comes back',
    [
      [0, 'a'],
      [1, 'b'],
      [2, 'a'],
      [3, 'a'],
    ],
    ['error', 'error', 'error', 'debug'],
  ],
  [
    'a time in the reason makes it no new one, other numbers do',
    [
      [0, 'answered 503, 30 s left'],
      [1, 'answered 503, 29 s left'],
      [2, 'answered 500, 29 s left'],
    ],
    ['error', 'debug', 'error'],
  ],
  [
    'once it works, the next failure is a new one',
    [
      [0, ''],
      [0, 'a'],
      [1, ''],
      [2, 'a'],
    ],
    ['false', 'error', 'true', 'error'],
  ],
])('%s', (_, failures, levels) => {
  expect(levelsOf(failures)).toEqual([...levels])
})

test('things that fail at the same time are told apart', () => {
  const repeats = new Repeats({ now: () => 0 })
  const levels = ['x', 'y', 'x'].map((what) => repeats.failed(what, 'a', 'warn'))
  expect(levels).toEqual(['warn', 'warn', 'debug'])
})
