import { describe, expect, test } from 'bun:test'
import { ApiError, type ApiErrorCode } from '@novnc-tokens/api'
import { SseError } from '../sse/errors.ts'
import { RetryDelays } from './retry-delays.ts'

const url = 'https://h/m/stream'
const status = (status: number, retryAfterMs: number | null = null) =>
  new SseError('status', 'No', { status, retryAfterMs })
const api = (code: ApiErrorCode, details: object = {}) => new ApiError(code, 'No', { url, ...details })
const failure = new SseError('broken', 'The stream broke off')

/** The delays after one failure again and again, at the beginning of time. */
function delays(error: unknown, count: number, random = 0): number[] {
  const retry = new RetryDelays(() => random)
  return Array.from({ length: count }, () => retry.after(error, 0))
}

const growing: readonly (readonly [what: string, error: unknown])[] = [
  ['that the server ended', new SseError('ended', 'The server ended the stream')],
  ['that broke off', failure],
  ['with an event too large', new SseError('too-large', 'Too large')],
  ['answered 500', status(500)],
  ['answered 503', status(503)],
  ['answered 408', status(408)],
  ['answered 429', status(429)],
  ['out of reach', api('unreachable')],
  ['that does not answer', api('timeout')],
  ['whose log-in is answered 502', api('status', { status: 502 })],
  ['whose opening failed in another way', new TypeError('x')],
  ['whose opening failed without an error', undefined],
]

test.each(growing)('a stream %s is tried after 1 s, doubled up to 30 s', (_, error) => {
  expect(delays(error, 8)).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000])
  expect(delays(error, 8, 0.5)).toEqual([750, 1500, 3000, 6000, 12_000, 22_500, 22_500, 22_500])
})

const absent: readonly (readonly [what: string, error: unknown])[] = [
  ['answered 404', status(404)],
  ['answered 400', status(400)],
  ['answered 410', status(410)],
  ['answered 204', status(204)],
  ['redirected to another place', api('redirect', { status: 302 })],
  ['answered with an HTML page', new SseError('content-type', 'text/html')],
  ['whose log-in is answered 404', api('not-found', { status: 404 })],
]

test.each(absent)('a stream %s is not there, and tried slowly', (_, error) => {
  expect(delays(error, 6, 0.5)).toEqual([30_000, 60_000, 120_000, 300_000, 600_000, 600_000])
})

test('a stream that is not there is tried each minute where nothing takes its place', () => {
  const retry = new RetryDelays(() => 0, true)
  const waits = Array.from({ length: 5 }, () => retry.after(status(404), 0))
  expect(waits).toEqual([30_000, 60_000, 60_000, 60_000, 60_000])
})

const refused: readonly (readonly [what: string, error: unknown])[] = [
  ['401', status(401)],
  ['403', status(403)],
  ['401 with Retry-After', status(401, 1000)],
  ['401 although the log-in is accepted', api('unauthorized', { status: 401 })],
  ['at its log-in', api('login-refused', { status: 401 })],
]

test.each(refused)('a stream refused %s is tried each 5 min, lest the account be locked', (_, error) => {
  expect(delays(error, 3, 0.5)).toEqual([300_000, 300_000, 300_000])
})

describe('Retry-After', () => {
  const errors: readonly (readonly [of: string, error: unknown])[] = [
    ['503', status(503, 10_000)],
    ['429', status(429, 10_000)],
    ['the log-in', api('busy', { status: 503, retryAfterMs: 10_000 })],
  ]
  test.each(errors)('of %s is honoured, with up to a second more', (_, error) => {
    expect([delays(error, 2), delays(error, 2, 0.5)]).toEqual([
      [10_000, 10_000],
      [10_500, 10_500],
    ])
  })

  test('shorter than the back-off does not shorten it', () => {
    expect(delays(status(503, 0), 4, 0.5)).toEqual([1250, 2000, 3500, 6500])
  })

  test('of years is an hour', () => {
    expect(delays(status(503, 999_999_999_000), 1)).toEqual([3_600_000])
  })
})

test('a silent stream is opened anew at once, however often, and makes no failure', () => {
  const retry = new RetryDelays(() => 0)
  const silent = new SseError('silent', 'The stream was silent')
  expect([1, 2, 3].map(() => retry.after(silent, 0))).toEqual([0, 0, 0])
  expect(retry.after(failure, 0)).toBe(1000)
})

test('a stream that was open for 60 s has no failures behind it', () => {
  const retry = new RetryDelays(() => 0)
  expect([retry.after(failure, 0), retry.after(failure, 0)]).toEqual([1000, 2000])
  retry.opened(10_000)
  expect(retry.after(failure, 69_999)).toBe(4000)
  retry.opened(80_000)
  expect(retry.after(failure, 140_000)).toBe(1000)
})

test('a stream that was there once is looked for soon again', () => {
  const retry = new RetryDelays(() => 0)
  expect([1, 2, 3].map(() => retry.after(status(404), 0))).toEqual([30_000, 60_000, 120_000])
  retry.opened(0)
  expect(retry.after(status(404), 0)).toBe(30_000)
})

test('10,000 failures in a row are waited for as long as ten', () => {
  expect(delays(failure, 10_000).slice(-1)).toEqual([30_000])
  expect(delays(status(404), 10_000).slice(-1)).toEqual([600_000])
})
