import { ApiError } from '../errors.ts'
import { backoffDelay } from '../time/backoff.ts'

const quickRetries = 2
/** A Retry-After up to this is waited out within the request; a longer one is the caller's to know. */
const shortRetryAfterMs = 5000

/**
 * Milliseconds until the next quick try of a request that failed; null where its failure is to be handed up.
 *
 * @param retries how many tries followed the first
 */
export function quickRetryDelay(error: unknown, retries: number, random: () => number): number | null {
  if (!(error instanceof ApiError) || retries >= quickRetries) return null
  const { code, status, retryAfterMs } = error
  const asked = code === 'busy' ? retryAfterMs : null
  const passing = code === 'unreachable' || asked !== null || (code === 'status' && status !== null && status >= 500)
  if (!passing || (asked ?? 0) > shortRetryAfterMs) return null
  return (asked ?? 0) + backoffDelay(retries + 1, { firstMs: 200, random })
}
