import { expect, test } from 'bun:test'
import { median, percentile } from './samples.ts'

test('the median is a value that was measured', () => {
  expect(median([9, 1, 5])).toBe(5)
  expect(median([4, 1, 3, 2])).toBe(2)
  expect(median([7])).toBe(7)
})

test('percentiles are nearest ranks', () => {
  const values = Array.from({ length: 300 }, (_, index) => 300 - index)
  expect(percentile(values, 0.99)).toBe(297)
  expect(percentile(values, 1)).toBe(300)
  expect(percentile([3, 2], 0.01)).toBe(2)
})

test('no values have no median', () => {
  expect(() => median([])).toThrow(RangeError)
})
