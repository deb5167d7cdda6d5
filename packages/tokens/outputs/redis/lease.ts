import type { OutputRole } from '../output.ts'

/** How long a lease lasts that nobody renews: a standby takes over within 10 s of the leader's death, comparing included. */
export const leaseMs = 6000
/** Two renewals may fail. */
const renewEveryMs = leaseMs / 3
/** How often a standby asks for it: it takes over within 1 s of a clean end. */
const askEveryMs = 250
/**
 * Of a Redis that comes back, be it with old data, the process that led knows best what is right: others ask later than
 * that one needs to be back.
 */
export const afterLeaderMs = 1250

/** What this process knows of the lease, without timers of its own. Times are monotonic milliseconds. */
export class Lease {
  #heldUntil: number | null = null
  #refused = false

  /**
   * Takes the answer of Redis to a call that was sent at `askedAt`.
   *
   * @param granted whether the lease is ours
   */
  take(granted: boolean, askedAt: number): void {
    this.#refused = !granted
    // By our clock it lasts from when we asked: later than that no other process can have been refused for us.
    this.#heldUntil = granted ? askedAt + leaseMs : Number.NEGATIVE_INFINITY
  }

  /** It turned out not to be ours any more, whoever's it is. */
  lose(): void {
    this.#heldUntil = Number.NEGATIVE_INFINITY
  }

  /** Whether another process held it when it was last asked for. */
  get refused(): boolean {
    return this.#refused
  }

  /** Who writes, as far as is known at `now`; undefined before anything is. */
  role(now: number): OutputRole | undefined {
    if (this.#heldUntil === null) return undefined
    return now < this.#heldUntil ? 'leader' : 'standby'
  }

  /** In how many milliseconds to ask again, having asked just now. */
  askAgainMs(now: number): number {
    return this.role(now) === 'leader' ? renewEveryMs : askEveryMs
  }
}
