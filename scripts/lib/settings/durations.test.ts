import { expect, test } from 'bun:test'
import { formatDuration, parseDuration } from './durations.ts'

const bounds = { leastMs: 0, mostMs: 86_400_000 }

test.each([
  ['500ms', 500],
  ['5s', 5000],
  ['5m', 300_000],
  ['1h', 3_600_000],
  ['0s', 0],
])('%s is %i milliseconds', (text, milliseconds) => {
  expect(parseDuration(text, bounds)).toBe(milliseconds)
})

test.each(['5', '', 's', '1.5s', '-1s', '5 s', '5S', '1h30m', '1d', '9999999999999s'])('%p is no duration', (text) => {
  expect(() => parseDuration(text, bounds)).toThrow('is not a duration such as 500ms, 5s, 5m or 1h')
})

test.each(['999ms', '2h'])('%s is out of bounds, which are told', (text) => {
  expect(() => parseDuration(text, { leastMs: 1000, mostMs: 3_600_000 })).toThrow(
    `"${text}" is out of bounds: from 1s to 1h`,
  )
})

test.each([
  [0, '0ms'],
  [1500, '1500ms'],
  [90_000, '90s'],
  [120_000, '2m'],
  [86_400_000, '24h'],
])('%i milliseconds are written %s', (milliseconds, text) => {
  expect(formatDuration(milliseconds)).toBe(text)
})
