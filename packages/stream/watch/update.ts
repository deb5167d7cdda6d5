import type { PlatformEvent } from '@novnc-tokens/api'

/** What a watch tells, in the order it happened. Moments are of the platform's clock, in milliseconds since 1970. */
export type Update =
  /** The watch is connected: what happens from now on is seen. `at` is the platform's clock, where it told it. */
  | { readonly kind: 'open'; readonly at: number | null }
  /** Something happened. `recovered` marks what the history had to tell, since the stream did not. */
  | { readonly kind: 'event'; readonly event: PlatformEvent; readonly recovered: boolean }
  /**
   * Events may have been missed, since `from` (null: unknown). Where it is `closing`, the history is being asked: what
   * was missed follows as events, and `caught-up` ends it. Otherwise they stay missed.
   */
  | { readonly kind: 'gap'; readonly from: number | null; readonly why: string; readonly closing: boolean }
  /** Nothing is missed any more since the last gap, of which `recovered` events came from the history. */
  | { readonly kind: 'caught-up'; readonly recovered: number }
  /** The watch sees nothing; the next try came `retryInMs` milliseconds after this was told. */
  | { readonly kind: 'down'; readonly error: Error; readonly retryInMs: number }

/** How a watch stands. Times are milliseconds since 1970 by our clock. */
export interface WatchStatus {
  /** How it watches now. */
  readonly kind: 'stream' | 'poll' | 'none'
  /** Why it polls although the stream was asked for first; null where it does not. */
  readonly instead: string | null
  readonly state: 'connecting' | 'open' | 'down'
  /** When it came into this state. */
  readonly since: number
  readonly lastByteAt: number | null
  readonly lastEventAt: number | null
  /** Whether the history is being asked for what was missed. */
  readonly recovering: boolean
  /** Counts since the start: connections, polls, events, those of them that the history had to tell, messages that were no valid event, gaps. */
  readonly connects: number
  readonly polls: number
  readonly events: number
  readonly recovered: number
  readonly malformed: number
  readonly gaps: number
  readonly error: string | null
  /** When the next try is due; null while it is open, being opened, or closed. */
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
