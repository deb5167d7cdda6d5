/** Times are rounded up to this many milliseconds, so that thousands of waiting values come due in few steps. */
const grainMs = 10

/** Values that wait for their time. */
export class DelayedSet<T> {
  readonly #dueAt = new Map<T, number>()
  #nextAt = Number.POSITIVE_INFINITY

  /** When the first one may be due. */
  get nextAt(): number {
    return this.#nextAt
  }

  add(value: T, at: number): void {
    const due = Math.ceil(at / grainMs) * grainMs
    this.#dueAt.set(value, due)
    this.#nextAt = Math.min(this.#nextAt, due)
  }

  has(value: T): boolean {
    return this.#dueAt.has(value)
  }

  delete(value: T): boolean {
    return this.#dueAt.delete(value)
  }

  /** Takes out what is due. */
  take(now: number): readonly T[] {
    if (now < this.#nextAt) return []
    const due: T[] = []
    this.#nextAt = Number.POSITIVE_INFINITY
    for (const [value, at] of this.#dueAt) {
      if (at <= now) due.push(value)
      else this.#nextAt = Math.min(this.#nextAt, at)
    }
    for (const value of due) this.#dueAt.delete(value)
    return due
  }
}
