import { expect, test } from 'bun:test'
import { type Figure, judge } from './figure.ts'

const base: Figure = { what: 'regen', unit: 'ms', samples: [300, 100, 200], limit: { of: 'figure', most: 200 } }

test('the median is held against the limit, which may just be reached', () => {
  expect(judge(base)).toEqual({
    figure: { value: 200, least: 100, most: 300 },
    floor: null,
    ratio: null,
    met: true,
  })
  expect(judge({ ...base, limit: { of: 'figure', most: 199 } }).met).toBe(false)
})

test('the ratio of runs in turns is that of the pairs, not that of the medians', () => {
  const floor = { what: 'curl', samples: [100, 50, 200], inTurns: true }
  const judged = judge({ ...base, floor, limit: { of: 'ratio', most: 2 } })
  expect(judged.ratio).toEqual({ value: 2, least: 1, most: 3 })
  expect(judged.met).toBe(true)
})

test('the most of the samples, and their 99th percentile, can be held against the limit', () => {
  expect(judge({ ...base, statistic: 'most' }).met).toBe(false)
  const samples = Array.from({ length: 200 }, (_, index) => index + 1)
  expect(judge({ ...base, samples, statistic: 'p99', floor: { what: 'write', samples: [99] } })).toEqual({
    figure: { value: 198, least: 1, most: 200 },
    floor: { value: 99, least: 99, most: 99 },
    ratio: { value: 2, least: 2, most: 2 },
    met: true,
  })
})

test('a limit of the ratio needs a floor', () => {
  expect(() => judge({ ...base, limit: { of: 'ratio', most: 1 } })).toThrow(RangeError)
})
