import type { Doubt } from '../output.ts'
import type { Counts } from './scripts.ts'

/** No count tells who changed the value of a key of ours: all are compared now and then. */
const compareEveryMs = 3_600_000

/** What a grant of the lease tells. */
export interface Grant {
  /** Whether another process wrote since we did. */
  readonly others: boolean
  /** Whether the connection is new. */
  readonly connected: boolean
  /** Whether we wrote until now, as far as we know. */
  readonly led: boolean
  /** What the keys count now; null while we write. */
  readonly counts: Counts | null
}

/** What is known of the keys in Redis, and whether that may still hold. Times are monotonic milliseconds. */
export class Doubts {
  #doubt: Doubt | null = null
  #raised = 0
  #loaded = false
  #comparedAt = 0
  /** How many tokens ours ought to be. */
  #tokens: number | null = null
  /** How many keys there are beside the tokens: where that changes, so may ours have. */
  #beside: number | null = null
  #latest: Counts | null = null
  /** How often tokens were written, as it was last told, and at most since it last grew. */
  #version = 0
  #newest = 0

  /** Why what is known may not hold any more; null where it holds. */
  get doubt(): Doubt | null {
    return this.#doubt
  }

  /** How often a doubt has come up: what was begun before the last one settles nothing. */
  get raised(): number {
    return this.#raised
  }

  /** Whether the keys have to be loaded before anything is written: another process wrote them, and may know more. */
  get mustLoad(): boolean {
    return this.#doubt === 'inherited' && this.#loaded
  }

  /** Tells, whoever leads, how often tokens were written. */
  saw(version: number): void {
    if (version > this.#version) this.#newest = version
    this.#version = version
  }

  /** Whether what is there is older than what was there: the server began anew with what it had saved once. */
  get #outdated(): boolean {
    return this.#version < this.#newest
  }

  /** The lease is ours, for the first time or still. */
  granted({ others, connected, led, counts }: Grant): void {
    const changed = counts !== null && this.#tokens !== null && counts.tokens !== this.#tokens
    if (others) this.raise(this.#outdated ? 'others' : 'inherited')
    else if (changed && !connected) this.raise('others')
    else if (connected || !led) this.raise('unsure')
    if (counts === null) return
    this.#tokens = counts.tokens
    this.#latest = counts
  }

  /** We wrote, and this is what the keys count since. */
  wrote(counts: Counts): void {
    this.#tokens = counts.tokens
    this.#latest = counts
  }

  /** Lists confirmed what we have: the keys ought to count as much as then. */
  confirmed(counts: Counts, now: number): void {
    if (this.#tokens !== null && counts.tokens !== this.#tokens) this.raise('others')
    else if (this.#beside !== null && besideOf(counts) !== this.#beside) this.raise('unsure')
    else if (now - this.#comparedAt >= compareEveryMs) this.raise('unsure')
    this.wrote(counts)
  }

  /**
   * All keys were read, or compared and put right, and `raised` is from when that began.
   *
   * @param led whether we held the lease all the time
   */
  settled(raised: number, led: boolean, now: number): void {
    this.#loaded = true
    if (!led || raised !== this.#raised) return
    this.#doubt = null
    this.#comparedAt = now
    this.#beside = this.#latest && besideOf(this.#latest)
  }

  /** Something tells that what is known may not hold. */
  raise(doubt: Doubt): void {
    this.#raised++
    // What another process wrote is not forgotten for anything less.
    if (this.#doubt !== 'inherited') this.#doubt = doubt
  }
}

/** How many keys there are beside those of our tokens, and their set, which is none while it is empty. */
function besideOf({ keys, tokens }: Counts): number {
  return tokens === 0 ? keys : keys - tokens - 1
}
