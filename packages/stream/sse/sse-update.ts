import type { SseError } from './errors.ts'
import type { SseMessage } from './sse-message.ts'

/** What an SseClient tells, in the order it happened. */
export type SseUpdate =
  /** A connection is open; `url` is where its redirects led. */
  | { readonly kind: 'open'; readonly url: string; readonly headers: Headers }
  | { readonly kind: 'message'; readonly message: SseMessage }
  /** A comment, without its colon and one blank after it. */
  | { readonly kind: 'comment'; readonly text: string }
  /** An attempt failed, or a connection ended; the next try is in `retryInMs` milliseconds, null: never. */
  | { readonly kind: 'error'; readonly error: SseError; readonly retryInMs: number | null }
  /** The consumer was too slow: here are this many updates missing. */
  | { readonly kind: 'overflow'; readonly dropped: number }

/** How an SseClient stands. Times are milliseconds since 1970 by its clock. */
export interface SseStatus {
  readonly state: 'idle' | 'connecting' | 'open' | 'waiting' | 'closed'
  /** When it came into this state. */
  readonly since: number
  readonly lastByteAt: number | null
  readonly lastEventId: string
  /** Counts since the beginning. */
  readonly attempts: number
  readonly connects: number
  readonly messages: number
  readonly dropped: number
  /** The last failure, until a connection is open. */
  readonly error: SseError | null
  /** When the next try is due, while it waits. */
  readonly retryAt: number | null
}
