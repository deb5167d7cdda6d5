import { expect, test } from 'bun:test'
import { ApiError } from '@novnc-tokens/api'
import { SseError } from '@novnc-tokens/stream'
import { apiFailure } from './api-failure.ts'

const url = 'https://h/api'

test.each<[string, Error, string, number]>([
  ['a refused log-in', new ApiError('login-refused', 'No', { url, status: 401 }), 'No', 4],
  ['a list that is refused', new ApiError('forbidden', 'No', { url, status: 403 }), 'Cannot list: No', 4],
  ['a stream that is refused', new SseError('status', 'No', { status: 401 }), 'Cannot list: No', 4],
  ['a stream that is not there', new SseError('status', 'No', { status: 404 }), 'Cannot list: No', 3],
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
