import { expect, test } from 'bun:test'
import { ApiError } from '../errors.ts'
import { FakeClock } from '../testing/fake-clock.ts'
import { Pause } from './pause.ts'

const url = 'https://h/api/x'
const busy = (retryAfterMs: number, status = 503) => new ApiError('busy', 'Too much', { url, status, retryAfterMs })

/** What a request ends with: the milliseconds that are left of the silence, or null where it is sent. */
function left(pause: Pause): number | null {
  try {
    pause.refuse(url)
    return null
  } catch (error) {
    if (error instanceof ApiError && error.code === 'busy') return error.retryAfterMs
    throw error
  }
}

test('a silence that a server asks for lasts a little longer, and a shorter one does not end it', async () => {
  const clock = new FakeClock()
  const pause = new Pause(clock, () => 0.5)
  expect(left(pause)).toBeNull()
  pause.heed(busy(10_000))
  expect(left(pause)).toBe(10_500)
  pause.heed(busy(1000, 429))
  expect(left(pause)).toBe(10_500)
  pause.heed(busy(200_000))
  expect(left(pause)).toBe(202_500)
  await clock.advance(202_499)
  expect(() => pause.refuse(url)).toThrow(
    'GET "https://h/api/x" not sent: the platform asked for silence, 1 s of it left',
  )
  await clock.advance(1)
  expect(left(pause)).toBeNull()
})

test.each([
  ['a failure of another kind', new ApiError('status', 'No', { url, status: 500, retryAfterMs: 1000 })],
  ['our own refusal to send', new ApiError('busy', 'Not sent', { url, retryAfterMs: 1000 })],
  ['anything else', new Error('No')],
])('%s asks for no silence', (_, error) => {
  const pause = new Pause(new FakeClock(), () => 0)
  pause.heed(error)
  expect(left(pause)).toBeNull()
})
