import { expect, test } from 'bun:test'
import { httpDate } from './http-date.ts'

const at = Date.UTC(1994, 10, 6, 8, 49, 37)

test.each([
  // The three forms of an HTTP date (RFC 9110, section 5.6.7): today's, that of RFC 850, that of asctime.
  ['Sun, 06 Nov 1994 08:49:37 GMT', at],
  ['Sunday, 06-Nov-94 08:49:37 GMT', at],
  ['Sun Nov  6 08:49:37 1994', at],
  [' Sun, 06 Nov 1994 08:49:37 GMT ', at],
  [null, null],
  ['', null],
  ['now', null],
  ['1994', null],
  ['1994-11-06T08:49:37Z', null],
  ['Sun, 99 Nov 1994 08:49:37 GMT', null],
])('the date %p is %p', (header, ms) => {
  expect(httpDate(header)).toBe(ms)
})
