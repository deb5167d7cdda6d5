import { expect, test } from 'bun:test'
import { figureTable, show } from './table.ts'

test('a figure stands beside its floor, and a missed limit is said', () => {
  const floor = { what: 'curl', samples: [1000, 1000, 1000], inTurns: true }
  const table = figureTable([
    { what: 'regen', unit: 'ms', samples: [1500, 1400, 3000], floor, limit: { of: 'ratio', most: 1.4 } },
    { what: 'requests', unit: 'requests', samples: [1, 1], limit: { of: 'figure', most: 1 }, besides: 'undeploy: 1' },
  ])
  const cells = table.map((row) => row.split('|').map((cell) => cell.trim()))
  expect(cells[2]?.slice(1, -1)).toEqual([
    'regen',
    '1.50 s (1.40 s - 3.00 s)',
    '1.00 s: curl',
    '1.50 (1.40 - 3.00)',
    '1.4 x',
    'MISSED',
    '',
  ])
  expect(cells[3]?.slice(1, -1)).toEqual(['requests', '1', '', '', '1', 'ok', 'undeploy: 1'])
})

test('numbers are as long as they are of use', () => {
  expect(show(0.456, 'ms')).toBe('0.5 ms')
  expect(show(0.0456, 'ms')).toBe('0.046 ms')
  expect(show(123.4, 'ms')).toBe('123 ms')
  expect(show(1234, 'ms')).toBe('1.23 s')
  expect(show(69.6, 'MB')).toBe('70 MB')
  expect(show(0.3, '%')).toBe('0.30 %')
  expect(show(1.05, 'requests')).toBe('1.05')
})
