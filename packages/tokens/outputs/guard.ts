import type { Token } from '../token/token.ts'

/** When removals are held. */
export interface GuardOptions {
  /** Held when they are more than this share of the output, 0 to 1; null switches this off. */
  readonly share: number | null
  /** Milliseconds after which a second list may confirm what is held. */
  readonly confirmAfterMs: number
}

/** What is known when removals that rest on lists are judged. Times are monotonic milliseconds. */
export interface Judgement {
  /** The tokens that would go. */
  readonly candidates: readonly Token[]
  /** How many tokens the output has. */
  readonly size: number
  /** Whether the lists showed no address at all. */
  readonly empty: boolean
  /** Since when every enterprise was listed completely: the beginning of the oldest such list. */
  readonly agreedSince: number
  readonly now: number
}

/** Removals below this number are never held: a small site undeploys a third of its VMs on a Friday. */
const fewest = 20

/**
 * Holds back removals that rest on lists alone when they are suspiciously many, or when the lists show no address at
 * all: until a second complete list, begun a while later, agrees, or a person does. Nothing that an event announced ever
 * comes here.
 */
export class Guard {
  readonly #options: GuardOptions
  #held = new Map<Token, number>()
  #passed = { since: 0, count: 0 }
  #why: string | null = null
  #since: number | null = null

  /** @param held tokens that an earlier run held, with the time from when they count as held */
  constructor(options: GuardOptions, held: Iterable<[Token, number]> = []) {
    this.#options = options
    this.#held = new Map(held)
    for (const at of this.#held.values()) this.#since = Math.min(at, this.#since ?? at)
  }

  /** The tokens that are held. */
  get held(): ReadonlyMap<Token, number> {
    return this.#held
  }

  /** Why they are held. */
  get why(): string | null {
    return this.#why
  }

  /** Since when anything is held, monotonic; null where nothing is. */
  get since(): number | null {
    return this.#held.size === 0 ? null : this.#since
  }

  /** The candidates that may go now; the others are held. */
  judge(judgement: Judgement): readonly Token[] {
    const { candidates, size, empty, agreedSince, now } = judgement
    const { share, confirmAfterMs } = this.#options
    if (now - this.#passed.since >= confirmAfterMs) this.#passed = { since: now, count: 0 }
    const confirmed = (token: Token) => {
      const at = this.#held.get(token)
      return at !== undefined && !empty && agreedSince >= at + confirmAfterMs
    }
    const passing = candidates.filter(confirmed)
    const rest = candidates.filter((token) => !confirmed(token))
    // Removals that lists caused in one go are judged as one, however many lists they came by.
    const removals = rest.length + this.#passed.count
    const base = size + this.#passed.count
    const many = share !== null && removals > fewest && removals > share * base
    if (rest.length > 0 && (many || empty)) {
      if (this.#held.size === 0) this.#since = now
      // Lists that show no address at all are no first witness either.
      this.#held = new Map(rest.map((token) => [token, empty ? now : (this.#held.get(token) ?? now)]))
      this.#why = empty
        ? `the lists show no address at all, and ${rest.length} tokens would go`
        : `${removals} of ${base} tokens would go by lists alone`
      return passing
    }
    this.#held.clear()
    this.#why = null
    this.#passed.count += rest.length
    return candidates
  }

  /** An event announced the removal of a token after all: nothing holds it any more. */
  forget(token: Token): void {
    this.#held.delete(token)
    if (this.#held.size === 0) this.#why = null
  }

  /** A person agreed: lets go of what is held, and returns it. */
  release(): readonly Token[] {
    const tokens = [...this.#held.keys()]
    this.#held.clear()
    this.#why = null
    return tokens
  }
}
