import { afterEach, expect, test } from 'bun:test'
import { retryAfterMs } from './retry-after.ts'

const now = Date.UTC(2015, 9, 21, 7, 28, 0)
const zone = process.env['TZ']

afterEach(() => {
  process.env['TZ'] = zone ?? 'UTC'
})

const cases: readonly (readonly [header: string | null, ms: number | null])[] = [
  ['120', 120_000],
  ['0', 0],
  [' 5 ', 5000],
  ['999999999', 999_999_999_000],
  // The three forms of an HTTP date (RFC 9110, section 5.6.7): today's, that of RFC 850, that of asctime.
  ['Wed, 21 Oct 2015 07:28:30 GMT', 30_000],
  ['Wednesday, 21-Oct-15 07:28:30 GMT', 30_000],
  ['Wed Oct 21 07:28:30 2015', 30_000],
  ['Sun Nov  1 07:28:00 2015', 11 * 86_400_000],
  ['Wed, 21 Oct 2015 07:27:00 GMT', 0],
  ['Sunday, 06-Nov-94 08:49:37 GMT', 0],
  [null, null],
  ['', null],
  ['soon', null],
  ['-1', null],
  ['1.5', null],
  ['1e3', null],
  ['5 s', null],
  ['9999999999999999999', null],
  ['2015-10-21T07:28:30Z', null],
  ['Wed', null],
  ['Wed, 1', null],
  ['Wed, 99 Oct 2015 07:28:00 GMT', null],
  ['Foo, 21 Oct 2015 07:28:00 GMT', null],
]

test.each(cases)('Retry-After %p asks to wait %p ms', (header, ms) => {
  expect(retryAfterMs(header, now)).toBe(ms)
})

test('a date without a zone is GMT, wherever the machine stands', () => {
  process.env['TZ'] = 'America/New_York'
  expect(new Date(now).getHours()).not.toBe(7)
  expect(retryAfterMs('Wed Oct 21 07:28:30 2015', now)).toBe(30_000)
})
