/** Page sizes that a server may insist on, whatever is asked for: 25 is Abiquo's default, others are usual elsewhere. */
function isUsual(length: number): boolean {
  return length >= 25 && (length % 10 === 0 || length % 25 === 0 || (length & (length - 1)) === 0)
}

/**
 * What is known of a server's longest pages. A page shorter than asked is the last one, unless the server insists on
 * shorter pages: one of a usual length, longer than all before, is doubted until it has once proved to be the last one.
 */
export class PageSizes {
  #longest = 0
  readonly #trusted = new Set<number>()

  /** Whether a page of this length, though shorter than asked, may have others behind it. */
  doubts(length: number): boolean {
    return length >= this.#longest && isUsual(length) && !this.#trusted.has(length)
  }

  /** A page of this length came: what is shorter is shorter because it is the last one. */
  saw(length: number): void {
    this.#longest = Math.max(this.#longest, length)
  }

  /** A page of this length was the last one. */
  trust(length: number): void {
    this.#trusted.add(length)
  }
}
