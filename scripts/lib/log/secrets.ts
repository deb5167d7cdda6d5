/** How many secrets of passing use are remembered: with tokens renewed each half an hour, those of a day. */
const mostPassing = 50

/** What must never be shown, as it comes to be known. */
export class Secrets {
  readonly #lasting = new Set<string>()
  readonly #passing = new Set<string>()

  /** Keeps secrets for good: those of the settings, earlier ones too, as they may be in use elsewhere. */
  keep(secrets: Iterable<string>): void {
    for (const secret of secrets) this.#lasting.add(secret)
  }

  /** Keeps a secret until many others have come after it: a token that is renewed from time to time. */
  keepForNow(secret: string): void {
    // Used again, it is the newest.
    this.#passing.delete(secret)
    this.#passing.add(secret)
    const [oldest] = this.#passing
    if (this.#passing.size > mostPassing && oldest !== undefined) this.#passing.delete(oldest)
  }

  /** All of them. */
  all(): readonly string[] {
    return [...this.#lasting, ...this.#passing]
  }
}
