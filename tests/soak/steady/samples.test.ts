import { expect, test } from 'bun:test'
import { clockOf, growthOf, rowsOf, type Sample } from './samples.ts'

function sample(atMs: number, residentMb: number, step = 'change'): Sample {
  return { atMs, step, pid: 1, residentMb, descriptors: 20 }
}

test('growth is that of the middles of the first and the last third', () => {
  const samples = Array.from({ length: 91 }, (_, index) => sample(index * 60_000, 100 + index))
  expect(growthOf(samples, 'residentMb')).toEqual({ first: 114, last: 175, perHour: 61 })
  expect(growthOf(samples, 'descriptors')).toEqual({ first: 20, last: 20, perHour: 0 })
  expect(growthOf(samples.slice(0, 8), 'residentMb')).toBeNull()
})

test('rows have what was seen in each part of the time', () => {
  const samples = [sample(0, 100), sample(10_000, 110, 'cut'), sample(59_999, 90), sample(119_999, 200)]
  const latencies = [5, 7, 100].map((ms) => ({ atMs: 30_000, ms }))
  expect(rowsOf(samples, latencies, 2)).toEqual([
    ['0:00', 'change, cut', '100 (110)', '20 (20)', '7 / 100 / 100', '3'],
    ['1:00', 'change', '200 (200)', '20 (20)', '-', '0'],
  ])
  expect(rowsOf([], [], 3)).toEqual([])
})

test('a time is told in minutes and seconds', () => {
  expect([clockOf(0), clockOf(61_999), clockOf(3_600_000)]).toEqual(['0:00', '1:01', '60:00'])
})
