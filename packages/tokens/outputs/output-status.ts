import type { OutputErrorCode, OutputRole } from './output.ts'

/** How one output stands. Times are milliseconds since 1970, but `retryAt`, which is of the clock's `now`. */
export interface OutputStatus {
  readonly name: string
  /** Who writes it, where several processes share it. */
  readonly role?: OutputRole
  /** Whether what it had at start is known. */
  readonly loaded: boolean
  /** Whether there was one at start. */
  readonly existed: boolean
  readonly tokens: number
  /** Tokens that it cannot carry, as their hosts are IPv6. */
  readonly uncarried: number
  /** Tokens that are left out since no reader could make sense of their lines. */
  readonly malformed: number
  /** Tokens that it had at start and that no VM has claimed yet. */
  readonly unclaimed: number
  /** Changes that are not written yet. */
  readonly pending: number
  readonly writes: number
  readonly failures: number
  readonly changedByOthers: number
  readonly lastWriteAt: number | null
  /** Until when its content is known to have been right: when it was written before us, or last confirmed by lists. */
  readonly modifiedAt: number | null
  readonly held: number
  readonly heldWhy: string | null
  /** Since when any removal is held; null where none is. */
  readonly heldSince: number | null
  readonly error: string | null
  /** What cannot be done: read it, or write it. */
  readonly errorCode: OutputErrorCode | null
  readonly retryAt: number | null
  /** For how many milliseconds a turn of its own loop has been due: waiting for a disk or a server counts as none. */
  readonly overdueMs: number
}
