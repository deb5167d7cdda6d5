import type { Token } from '../token/token.ts'
import type { Want } from './plan.ts'

/** For how long a token that an event removed is not taken back from what somebody else wrote. */
const rememberMs = 600_000

/**
 * Tokens that an output has and no VM has claimed: those that it had at start, and those that somebody else put there
 * (foreign ones). They stay until lists prove that nobody holds them. And those that events removed, which nobody's older
 * copy brings back.
 */
export class Claims {
  readonly #unclaimed = new Map<Token, { since: number; foreign: boolean }>()
  readonly #removed = new Map<Token, number>()

  /** How many tokens no VM has claimed. */
  get unclaimed(): number {
    return this.#unclaimed.size
  }

  /** The output was found to have this token at `now`. */
  found(token: Token, now: number, foreign: boolean): void {
    this.#unclaimed.set(token, { since: now, foreign })
  }

  /** It is known now whose the token is, or that it is nobody's; tells whether it was not before. */
  settle(token: Token): boolean {
    return this.#unclaimed.delete(token)
  }

  /** An event removed the token at `now`; those removed long ago are forgotten. */
  remove(token: Token, now: number): void {
    this.#removed.delete(token)
    this.#removed.set(token, now)
    for (const [oldest, at] of this.#removed) {
      if (now - at < rememberMs) break
      this.#removed.delete(oldest)
    }
  }

  /** Whether an event removed the token, not long ago. */
  wasRemoved(token: Token): boolean {
    return this.#removed.has(token)
  }

  /** All tokens that events removed, not long ago. */
  removed(): Iterable<Token> {
    return this.#removed.keys()
  }

  /**
   * What lists that were complete since `provenSince` leave of the unclaimed tokens: those that are still not proven to
   * be nobody's, and the foreign ones that are, which go without further ado: they were never ours.
   */
  sift(want: Want, provenSince: number): { unproven: ReadonlySet<Token>; foreign: readonly Token[] } {
    const unproven = new Set<Token>()
    const gone: Token[] = []
    for (const [token, { since, foreign }] of this.#unclaimed) {
      if (want.holds(token)) this.#unclaimed.delete(token)
      else if (provenSince <= since) unproven.add(token)
      else if (foreign) {
        this.#unclaimed.delete(token)
        gone.push(token)
      }
    }
    return { unproven, foreign: gone }
  }
}
