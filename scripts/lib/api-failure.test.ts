import { expect, test } from 'bun:test'
import { ApiError } from '@novnc-tokens/api'
import { SseError } from '@novnc-tokens/stream'
import { apiFailure } from './api-failure.ts'

const url = 'https://h/api'

test.each<[string, Error, string, number]>([
  ['a refused log-in', new ApiError('login-refused', 'No', { url, status: 401 }), 'No', 4],
  ['a list that is refused', new ApiError('forbidden', 'No', { url, status: 403 }), 'Cannot list: No', 4],
  ['a stream that is refused', new SseError('status', 'No', { status: 401 }), 'Cannot list: No', 4],
  [
    'a stream that is not there',
    new SseError('status', 'No', { status: 404 }),
    'Cannot list: No; where a platform has no event stream, --watch auto or --watch poll asks the API for its events',
    3,
  ],
  [
    'a page instead of a stream',
    new SseError('content-type', 'No', { status: 200 }),
    'Cannot list: No; where a platform has no event stream, --watch auto or --watch poll asks the API for its events',
    3,
  ],
  [
    'an API that is not there',
    new ApiError('not-found', 'No', { url: `${url}/login`, status: 404 }),
    'Cannot list: No; is this the URL of the API (--api)? It usually ends in /api',
    3,
  ],
  [
    'something else that is not there',
    new ApiError('not-found', 'No', { url: `${url}/logins`, status: 404 }),
    'Cannot list: No',
    3,
  ],
  [
    'a signature that is refused',
    new ApiError('login-refused', 'No. Check that the API location is right', { url, status: 401 }),
    'No. Check that the API location is right; --api-location gives the API location',
    4,
  ],
  ['no answer', new ApiError('unreachable', 'No', { url }), 'Cannot list: No', 3],
  ['anything else', new Error('two\n lines'), 'Cannot list: two lines', 3],
  [
    'an unknown certificate',
    new ApiError('unreachable', 'The certificate is not trusted', { url }),
    'Cannot list: The certificate is not trusted; trust its CA with --ca FILE',
    3,
  ],
])('%s ends a task in its own way', (_, error, message, exitCode) => {
  expect(apiFailure(error, 'Cannot list')).toMatchObject({ sentence: message, exitCode, cause: error })
})
