import { expect, test } from 'bun:test'
import { describeSpan } from './spans.ts'

const second = 1000
const minute = 60 * second
const hour = 60 * minute

test.each<[number, string]>([
  [-5, '0 s'],
  [499, '0 s'],
  [119 * second, '119 s'],
  [2 * minute, '2 min'],
  [119 * minute + 59 * second, '119 min'],
  [2 * hour, '2 h'],
  [3 * hour + 5 * minute, '3 h 5 min'],
  [47 * hour + 59 * minute, '47 h 59 min'],
  [48 * hour, '2 d'],
  [52 * hour, '2 d 4 h'],
])('%d ms is %s', (milliseconds, text) => {
  expect(describeSpan(milliseconds)).toBe(text)
})
