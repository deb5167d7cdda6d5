import { ApiError, type ApiErrorCode } from '../errors.ts'
import { readErrors } from '../notation/collection.ts'
import { retryAfterMs } from '../time/retry-after.ts'
import { readBody, UnreadableBody } from './body.ts'
import type { Deadline } from './deadline.ts'
import { networkReason } from './network-reason.ts'

const errorBodyBytes = 64 * 2 ** 10
/** No server may silence a client for longer than this by one header. */
const longestRetryAfterMs = 3_600_000

/** What an error tells of its request. */
export interface Asked {
  readonly url: string
  /** @default 'GET' */
  readonly method?: string
}

/** Method and URL of a request, for messages. */
export function requestLine({ method = 'GET', url }: Asked): string {
  return `${method} ${quote(url)}`
}

/** A URL in quotes. A long query, as of the stream's filters, says nothing that a reader does not know. */
export function quote(url: string): string {
  const shown = withoutSecrets(url)
  return JSON.stringify(shown.length > 120 ? shown.replace(/\?.*$/s, '?...') : shown)
}

/** A URL without the tokens of an OAuth authorization, the only secrets that a query of the API ever has. */
export function withoutSecrets(url: string): string {
  return url.replace(/([?&]oauth_\w+=)[^&#]*/g, '$1...')
}

/**
 * The error that a response means; reads its body for Abiquo's own words.
 *
 * @param wallNow milliseconds since 1970, for a `Retry-After` that is a date
 */
export async function answeredError(
  response: Response,
  asked: Asked,
  deadline: Deadline,
  wallNow: number,
): Promise<ApiError> {
  const { status, statusText } = response
  let errors: ReturnType<typeof readErrors> = null
  try {
    const body = await readBody(response, { maxBytes: errorBodyBytes, onProgress: () => deadline.extend() })
    errors = readErrors(body, response.headers.get('content-type'))
  } catch (error) {
    // The status is known and says enough; only the caller's abort matters more.
    if (deadline.signal.aborted && !deadline.expired) throw deadline.signal.reason ?? error
  }
  const after = retryAfterMs(response.headers.get('retry-after'), wallNow)
  const wait = after === null ? null : Math.min(after, longestRetryAfterMs)
  const said = errors === null ? '' : ` (${errors.code}${errors.message ? `: ${errors.message}` : ''})`
  const line = `${requestLine(asked)} answered ${status}${statusText ? ` ${statusText}` : ''}${said}`
  return new ApiError(codeOf(status, wait), line.replace(/[\p{Cc}\s]+/gu, ' ').slice(0, 500), {
    url: withoutSecrets(asked.url),
    status,
    ...(errors === null ? {} : { abiquoCode: errors.code }),
    ...(wait === null ? {} : { retryAfterMs: wait }),
  })
}

/** The error that a request means which got no answer, or one whose body `what` happened to. */
export function failure(error: unknown, asked: Asked, deadline: Deadline, what: string): unknown {
  const url = withoutSecrets(asked.url)
  if (error instanceof UnreadableBody) {
    return new ApiError(error.code, `The answer to ${requestLine(asked)} ${error.message}`, { url, cause: error })
  }
  if (deadline.expired) {
    return new ApiError('timeout', `${requestLine(asked)} made no progress for ${deadline.ms / 1000} s`, { url })
  }
  if (deadline.lost) {
    return new ApiError('unreachable', `${requestLine(asked)} got no answer, although the platform is there`, { url })
  }
  // The caller's own abort is passed on as it is.
  if (deadline.signal.aborted) return deadline.signal.reason
  return new ApiError('unreachable', `${requestLine(asked)} ${what}: ${networkReason(error)}`, { url, cause: error })
}

function codeOf(status: number, retryAfter: number | null): ApiErrorCode {
  if (status === 401) return 'unauthorized'
  if (status === 403) return 'forbidden'
  if (status === 404 || status === 410) return 'not-found'
  return status === 429 || (status === 503 && retryAfter !== null) ? 'busy' : 'status'
}
