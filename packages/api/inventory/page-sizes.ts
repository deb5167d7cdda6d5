/** Abiquo's own page size: a server that knows no `limit` insists on it, so it is never taken for the end. */
const platformPageSize = 25

/** So many lists must have ended with a page of some length before such a page is taken for the last one. */
const proofsNeeded = 3

/** Lengths that a server may insist on, whatever is asked for. */
function isUsual(length: number): boolean {
  return length >= platformPageSize && (length % 10 === 0 || length % 25 === 0 || (length & (length - 1)) === 0)
}

/**
 * What is known of a server's longest pages. A page shorter than asked is the last one, unless the server insists on
 * shorter pages: one of a usual length, as long as any before, is doubted, until several lists have proved to end with
 * such a page and none to go on.
 */
export class PageSizes {
  #longest = 0
  readonly #proofs = new Map<number, number>()
  readonly #refuted = new Set<number>()

  /** Whether a page of this length, though shorter than asked, may have others behind it. */
  doubts(length: number): boolean {
    if (length < this.#longest || !isUsual(length)) return false
    if (this.#refuted.has(length) || length === platformPageSize) return true
    return (this.#proofs.get(length) ?? 0) < proofsNeeded
  }

  /** A page of this length came: what is shorter is shorter because it is the last one. */
  saw(length: number): void {
    this.#longest = Math.max(this.#longest, length)
  }

  /** A page of this length was the last one. */
  prove(length: number): void {
    this.#proofs.set(length, (this.#proofs.get(length) ?? 0) + 1)
  }

  /** A page of this length was followed by others. */
  refute(length: number): void {
    this.#refuted.add(length)
  }
}
