/** The timers of one mock, so that stopping it leaves none behind. */
export class Timers {
  readonly #pending = new Set<ReturnType<typeof setTimeout>>()

  /** Runs `action` after `ms` milliseconds; the answer cancels it. */
  after(ms: number, action: () => void): () => void {
    const timer = setTimeout(() => {
      this.#pending.delete(timer)
      action()
    }, ms)
    this.#pending.add(timer)
    return () => {
      clearTimeout(timer)
      this.#pending.delete(timer)
    }
  }

  /** Cancels all of them. */
  clear(): void {
    for (const timer of this.#pending) clearTimeout(timer)
    this.#pending.clear()
  }
}
