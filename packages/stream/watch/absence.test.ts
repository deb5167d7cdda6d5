import { expect, test } from 'bun:test'
import { ApiError } from '@novnc-tokens/api'
import { SseError } from '../sse/errors.ts'
import { isAbsence, isOutage } from './absence.ts'

const status = (code: number) => new SseError('status', 'x', { status: code })
const url = 'https://h/m/stream'
const failures: readonly (readonly [what: string, error: unknown, absent: boolean, outage?: boolean])[] = [
  ['404', status(404), true],
  ['410', status(410), true],
  ['401', status(401), true],
  ['403', status(403), true],
  ['204', new SseError('stopped', 'x', { status: 204 }), true],
  ['a page', new SseError('content-type', 'x'), true],
  ['401 after an accepted log-in', new ApiError('unauthorized', 'x', { url, status: 401 }), true],
  ['a refused log-in', new ApiError('login-refused', 'x', { url, status: 401 }), false],
  ['no connection', new ApiError('unreachable', 'x', { url }), false, true],
  ['no answer', new ApiError('timeout', 'x', { url }), false, true],
  ['a redirect to elsewhere', new ApiError('redirect', 'x', { url, status: 302 }), true],
  ['405', status(405), true],
  ['408', status(408), false],
  ['500', status(500), false, true],
  ['503', status(503), false, true],
  ['503 with Retry-After', new SseError('status', 'x', { status: 503, retryAfterMs: 1 }), false],
  ['429', status(429), false],
  ['an end', new SseError('ended', 'x'), false, true],
  ['a reset', new SseError('broken', 'x'), false, true],
  ['silence', new SseError('silent', 'x'), false, true],
  ['another error', new Error('x'), false],
]

test.each(failures)('%s', (_, error, absent, outage = false) => {
  expect([isAbsence(error), isOutage(error)]).toEqual([absent, outage])
})
