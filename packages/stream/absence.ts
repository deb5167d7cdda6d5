import { ApiError } from '@novnc-tokens/api'
import { SseError } from './sse/errors.ts'

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
