import type { Address } from '../token/address.ts'
import type { SortedLines } from '../token/lines.ts'
import type { Token } from '../token/token.ts'
import type { Guard } from './guard.ts'

/** What an output should have, by all that is known. */
export interface Want {
  holds(token: Token): boolean
  lines(): Iterable<[Token, Address]>
  /** How many tokens. */
  readonly tokens: number
}

/** What one comparison of an output with the book rests on. Times are monotonic milliseconds. */
export interface Ground {
  readonly want: Want
  /** Tokens that the output has, that no VM has claimed, and that no lists prove to be nobody's: they stay. */
  readonly unproven: ReadonlySet<Token>
  /** Since when every enterprise was listed completely. */
  readonly agreedSince: number
  readonly now: number
}

/** How an output becomes what it should be. */
export interface Plan {
  readonly put: ReadonlyMap<Token, Address>
  readonly drop: ReadonlySet<Token>
}

/** Compares what an output has with what it should have. Additions are never held; removals pass the guard. */
export function plan(have: SortedLines, ground: Ground, guard: Guard): Plan {
  const { want, unproven, agreedSince, now } = ground
  const put = have.size === 0 ? new Map(want.lines()) : missing(have, want)
  const candidates: Token[] = []
  for (const token of have.tokens()) {
    if (!want.holds(token) && !unproven.has(token)) candidates.push(token)
  }
  const size = have.size
  const drop = guard.judge({ candidates, size, empty: want.tokens === 0, agreedSince, now })
  return { put, drop: new Set(drop) }
}

/** The lines that it should have, and has not or with another address. */
function missing(have: SortedLines, want: Want): ReadonlyMap<Token, Address> {
  const put = new Map<Token, Address>()
  for (const [token, address] of want.lines()) {
    if (!have.isAt(token, address)) put.set(token, address)
  }
  return put
}
