/** What the client of the soak is to do. */
export interface StallPlan {
  readonly apiUrl: string
  readonly streamUrl: string
  readonly username: string
  readonly password: string
  /** How often events come, and how many each time. */
  readonly rounds: number
  readonly inRound: number
  /** When the consumer stands still after the first event, and for how long. */
  readonly stalls: readonly { readonly atMs: number; readonly forMs: number }[]
  /** How long it goes on once it has all events, in milliseconds. */
  readonly settleMs: number
}

/** A line of what the client tells. */
export interface StallReport {
  readonly kind: 'progress' | 'result'
  /** Whether the consumer stands still now. */
  readonly stalled: boolean
  /** Milliseconds since the last byte. */
  readonly silentMs: number
  readonly connects: number
  readonly recovered: number
  /** Gaps that were told, those of them that were to be closed, and how often it was told that nothing is missing. */
  readonly gaps: number
  readonly closing: number
  readonly caughtUp: number
  readonly downs: number
  /** Different events so far, events that came again, and events that came after a later one. */
  readonly seen: number
  readonly twice: number
  readonly late: number
}
