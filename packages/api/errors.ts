/**
 * What kind of failure an {@link ApiError} is:
 * `unreachable` no connection, or it broke; `timeout` no answer in time; `login-refused` the platform refuses the
 * log-in; `unauthorized` one resource says 401 although the log-in is accepted; `forbidden` 403; `not-found` 404;
 * `busy` 429 or 503 with Retry-After; `status` any other status; `not-abiquo` an answer of somebody else, such as a
 * proxy's HTML page; `malformed` an answer that cannot be read; `too-large` one over its size limit; `redirect` one
 * that leads to another origin, or in a circle.
 */
export type ApiErrorCode =
  | 'unreachable'
  | 'timeout'
  | 'login-refused'
  | 'unauthorized'
  | 'forbidden'
  | 'not-found'
  | 'busy'
  | 'status'
  | 'not-abiquo'
  | 'malformed'
  | 'too-large'
  | 'redirect'

/** What is known of a failed request. No field ever carries credentials or a body. */
export interface ApiErrorDetails {
  /** URL of the request, without secrets in its query. */
  url: string
  /** HTTP status, where an answer came. */
  status?: number
  /** Code of Abiquo's own error body, such as `GEN-5`: present only when the body was in Abiquo's error format. */
  abiquoCode?: string
  /** How long the server asks to wait, in milliseconds. */
  retryAfterMs?: number
  /** The failure below this one. */
  cause?: unknown
}

/** A request that did not give what was asked for. Its message names the request and, where known, what to do. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly code: ApiErrorCode
  readonly url: string
  readonly status: number | null
  readonly abiquoCode: string | null
  readonly retryAfterMs: number | null

  constructor(code: ApiErrorCode, message: string, details: ApiErrorDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = code
    this.url = details.url
    this.status = details.status ?? null
    this.abiquoCode = details.abiquoCode ?? null
    this.retryAfterMs = details.retryAfterMs ?? null
  }
}

/**
 * Whether `error` is the platform itself saying that the thing does not exist: a 404 in Abiquo's error format. A proxy
 * says 404 for everything while the API restarts, so a 404 in any other format proves nothing.
 */
export function saysGone(error: unknown): boolean {
  return error instanceof ApiError && error.code === 'not-found' && error.abiquoCode !== null
}

/** Whether `error` is the platform itself refusing one resource: a 403 in Abiquo's error format. */
export function saysForbidden(error: unknown): boolean {
  return error instanceof ApiError && error.code === 'forbidden' && error.abiquoCode !== null
}

/** The text of anything thrown, on one line. */
export function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message || error.name : String(error)
  return text.replace(/\s+/g, ' ').trim()
}
