/**
 * Why a stream ended or never began: `ended` the server ended it cleanly; `silent` no byte came for the idle timeout;
 * `broken` the connection broke; `status` the server answered another status than 200; `stopped` it answered 204, which
 * asks a client not to come back; `content-type` the answer is no event stream; `redirect` the answer leads nowhere, or
 * in a circle; `unreachable` no answer; `timeout` no answer in time; `too-large` one event is over the size limit;
 * `handler` one of the functions that the stream was handed to threw.
 */
export type SseErrorCode =
  | 'ended'
  | 'silent'
  | 'broken'
  | 'status'
  | 'stopped'
  | 'content-type'
  | 'redirect'
  | 'unreachable'
  | 'timeout'
  | 'too-large'
  | 'handler'

/** A stream that ended or never began. */
export class SseError extends Error {
  override readonly name = 'SseError'
  readonly code: SseErrorCode
  /** HTTP status, where the answer was the problem. */
  readonly status: number | null
  /** How long the server asks to wait, in milliseconds. */
  readonly retryAfterMs: number | null

  constructor(
    code: SseErrorCode,
    message: string,
    details: { status?: number; retryAfterMs?: number | null; cause?: unknown } = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = code
    this.status = details.status ?? null
    this.retryAfterMs = details.retryAfterMs ?? null
  }
}
