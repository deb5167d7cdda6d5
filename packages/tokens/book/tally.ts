import type { Want } from '../outputs/plan.ts'
import type { Address } from '../token/address.ts'
import { type Token, tokenOf } from '../token/token.ts'
import type { Change, Row, Sighting } from './book.ts'

/**
 * What a single list of everything tells, where nothing was known before and nothing comes after: the tokens alone. A
 * book of all VMs takes four times the memory, and garbage collections as much longer.
 */
export class Tally implements Want {
  readonly #lines = new Map<Token, Address>()

  /** How many tokens. */
  get tokens(): number {
    return this.#lines.size
  }

  holds(token: Token): boolean {
    return this.#lines.has(token)
  }

  lines(): ReadonlyMap<Token, Address> {
    return this.#lines
  }

  /** A VM was found. */
  found({ address, leftOut }: Sighting): readonly Change[] {
    if (address !== null && !leftOut) this.#lines.set(tokenOf(address), address)
    return []
  }

  /** A VM is gone, of which nothing was known. */
  gone(): readonly Change[] {
    return []
  }

  /** The VMs that a list lacks: none, as none was known. */
  absent(): readonly Row[] {
    return []
  }

  /** Enterprises known beside those that are listed. */
  enterprises(): string[] {
    return []
  }
}
