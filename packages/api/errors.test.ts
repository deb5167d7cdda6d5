import { expect, test } from 'bun:test'
import { ApiError, type ApiErrorCode, messageOf, saysForbidden, saysGone } from './errors.ts'

const url = 'https://h/api/x'

test('an error has what is known of the request, and null for the rest', () => {
  const cause = new Error('below')
  const full = new ApiError('busy', 'Too much', { url, status: 429, abiquoCode: 'GEN-1', retryAfterMs: 5, cause })
  expect({ ...full, message: full.message, cause: full.cause } as unknown).toEqual({
    name: 'ApiError',
    code: 'busy',
    message: 'Too much',
    url,
    status: 429,
    abiquoCode: 'GEN-1',
    retryAfterMs: 5,
    cause,
  })
  const least = new ApiError('timeout', 'Too late', { url })
  expect({ ...least } as unknown).toEqual({
    name: 'ApiError',
    code: 'timeout',
    url,
    status: null,
    abiquoCode: null,
    retryAfterMs: null,
  })
  expect('cause' in least).toBe(false)
})

test("only the platform's own words say that a thing is gone, or forbidden", () => {
  const error = (code: ApiErrorCode, status: number, abiquo: boolean) =>
    new ApiError(code, 'No', { url, status, ...(abiquo ? { abiquoCode: 'GEN-1' } : {}) })
  const all = [
    error('not-found', 404, true),
    error('not-found', 404, false),
    error('forbidden', 403, true),
    error('forbidden', 403, false),
    error('status', 500, true),
    new Error('404'),
    null,
  ]
  expect(all.map(saysGone)).toEqual([true, false, false, false, false, false, false])
  expect(all.map(saysForbidden)).toEqual([false, false, true, false, false, false, false])
})

test('the text of anything thrown is on one line', () => {
  const thrown = [new Error(' a\n  b\t'), new TypeError(''), 'text\r\n', 7, null, undefined]
  expect(thrown.map(messageOf)).toEqual(['a b', 'TypeError', 'text', '7', 'null', 'undefined'])
})
