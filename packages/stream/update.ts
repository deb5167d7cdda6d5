import type { PlatformEvent } from '@novnc-tokens/api'

/** What a watch tells, in the order it happened. */
export type Update =
  /** The watch is connected: what happens from now on is seen. `at` is the platform's clock, where it told it. */
  | { readonly kind: 'open'; readonly at: number | null }
  | { readonly kind: 'event'; readonly event: PlatformEvent; readonly recovered: boolean }
  /** Events may have been missed, since `from` by the platform's clock (null: unknown). */
  | { readonly kind: 'gap'; readonly from: number | null; readonly why: string }
  /** The watch sees nothing; the next try is due at `retryAt` of the clock's `now`. */
  | { readonly kind: 'down'; readonly error: Error; readonly retryAt: number }

/** How a watch stands. Times are milliseconds since 1970 by our clock, but `retryAt`, which is of the clock's `now`. */
export interface WatchStatus {
  readonly kind: 'stream' | 'none'
  readonly state: 'connecting' | 'open' | 'down'
  /** When it came into this state. */
  readonly since: number
  readonly lastByteAt: number | null
  readonly lastEventAt: number | null
  /** Counts since the start: connections, events, messages that were no valid event, gaps. */
  readonly connects: number
  readonly events: number
  readonly malformed: number
  readonly gaps: number
  readonly error: string | null
  readonly retryAt: number | null
}

/** A way to watch the platform. */
export interface Watch extends AsyncIterable<Update> {
  status(): WatchStatus
  /** Asks for all events instead of the chosen ones: for a platform whose filters hide what they should not. */
  widen(): void
  /** Tries at once what waits for its time. */
  retryNow(): void
}
