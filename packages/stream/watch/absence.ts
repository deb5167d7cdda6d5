import { ApiError } from '@novnc-tokens/api'
import { SseError } from '../sse/errors.ts'

/**
 * Whether a failure says that this platform has no stream, or none for this user although the log-in works: then its
 * history is polled instead. Abiquo removed the stream in 6.2.
 */
export function isAbsence(error: unknown): boolean {
  // Its log-in was accepted a moment ago, or this would be another error.
  if (error instanceof ApiError) return error.code === 'unauthorized' || error.code === 'redirect'
  if (!(error instanceof SseError)) return false
  const { code, status } = error
  const refused = status !== null && status >= 400 && status < 500 && status !== 408 && status !== 429
  return code === 'content-type' || code === 'stopped' || refused
}

/**
 * Whether such a failure may be the word of a proxy alone, which says 404, or shows a page of its own, for everything
 * while the platform restarts. A refusal is the platform's.
 */
export function isDoubtfulAbsence(error: unknown): boolean {
  const refused = (error instanceof SseError || error instanceof ApiError) && [401, 403].includes(error.status ?? 0)
  const asked = error instanceof SseError && error.retryAfterMs !== null
  return isAbsence(error) && !refused && !asked
}

/** Whether a failure passes by itself once the platform is back: nobody was there to refuse anything. */
export function isOutage(error: unknown): boolean {
  if (error instanceof ApiError) return error.code === 'unreachable' || error.code === 'timeout'
  if (!(error instanceof SseError) || error.retryAfterMs !== null) return false
  return ['ended', 'broken', 'silent'].includes(error.code) || (error.status !== null && error.status >= 500)
}

/** For how long a stream has to fail before the history is polled in its place, in milliseconds. */
const lastingMs = 120_000

/**
 * Whether a stream that fails since `since` (both of the clock's `now`) is as good as absent: a proxy goes on
 * answering 503 for a stream whose server was taken away.
 */
export function isLastingFailure(error: unknown, since: number, now: number): boolean {
  if (now - since < lastingMs) return false
  // Where the log-in is refused, there is nothing to poll either.
  return error instanceof SseError || (error instanceof ApiError && error.code !== 'login-refused')
}
