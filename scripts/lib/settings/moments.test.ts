import { expect, test } from 'bun:test'
import { parsePastMoment } from './moments.ts'

const now = Date.parse('2026-11-21T12:00:00Z')

test.each([
  ['2026-11-20T10:00:00Z', '2026-11-20T10:00:00.000Z'],
  ['2026-11-20t10:00:00z', '2026-11-20T10:00:00.000Z'],
  ['2026-11-20T10:00Z', '2026-11-20T10:00:00.000Z'],
  ['2026-11-20 10:00:00Z', '2026-11-20T10:00:00.000Z'],
  ['2026-11-20T10:00:00.5Z', '2026-11-20T10:00:00.500Z'],
  ['2026-11-20T10:00:00,123456Z', '2026-11-20T10:00:00.123Z'],
  ['2026-11-20T10:00:00+02:00', '2026-11-20T08:00:00.000Z'],
  ['2026-11-20T10:00:00-0330', '2026-11-20T13:30:00.000Z'],
  ['2026-11-20T10:00:00+02', '2026-11-20T08:00:00.000Z'],
  ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
  ['2026-11-21T12:00:00Z', '2026-11-21T12:00:00.000Z'],
  ['90s', '2026-11-21T11:58:30.000Z'],
  ['90m', '2026-11-21T10:30:00.000Z'],
  ['1h', '2026-11-21T11:00:00.000Z'],
  ['7d', '2026-11-14T12:00:00.000Z'],
])('%s is %s', (text, moment) => {
  expect(new Date(parsePastMoment(text, now)).toISOString()).toBe(moment)
})

test('without a zone the time is local', () => {
  expect(parsePastMoment('2026-11-20T10:00:00', now)).toBe(new Date(2026, 10, 20, 10).getTime())
  expect(parsePastMoment('2026-11-20', now)).toBe(new Date(2026, 10, 20).getTime())
})

test.each([
  '',
  'yesterday',
  '1',
  '1w',
  '-1h',
  '1.5h',
  '1 h',
  '2026',
  '2026-11',
  '20261120',
  '2026-13-01T00:00:00Z',
  '2026-02-29T00:00:00Z',
  '2026-02-30',
  '2026-11-20T24:00:00Z',
  '2026-11-20T10:60:00Z',
  '2026-11-20T10:00:60Z',
  '2026-11-20T10:00:00+24:00',
  '2026-11-20T10:00:00 CET',
  '1763632800000',
])('"%s" is refused', (text) => {
  expect(() => parsePastMoment(text, now)).toThrow(
    `"${text}" is neither a time such as 2026-11-20T10:00:00Z or 2026-11-20 nor a span such as 1h`,
  )
})

test.each([
  ['2026-11-21T12:00:00.001Z', 'is in the future: now it is 2026-11-21T12:00:00.000Z'],
  ['2027-01-01', 'is in the future: now it is 2026-11-21T12:00:00.000Z'],
  ['99999d', 'is before 1970'],
])('"%s" is refused, since it %s', (text, why) => {
  expect(() => parsePastMoment(text, now)).toThrow(`"${text}" ${why}`)
})
