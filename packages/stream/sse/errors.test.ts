import { expect, test } from 'bun:test'
import { SseError } from './errors.ts'

test('errors of the stream say what they are of', () => {
  const cause = new Error('below')
  const full = new SseError('broken', 'Broken', { status: 500, retryAfterMs: 5, cause })
  expect({ ...full, cause: full.cause } as unknown).toEqual({
    name: 'SseError',
    code: 'broken',
    status: 500,
    retryAfterMs: 5,
    cause,
  })
  const least = new SseError('ended', 'Ended')
  expect({ ...least, has: 'cause' in least } as unknown).toEqual({
    name: 'SseError',
    code: 'ended',
    status: null,
    retryAfterMs: null,
    has: false,
  })
})
