/**
 * A queue between a producer that must never wait and one consumer. Beyond `limit` waiting values it drops them all and
 * puts `onOverflow(dropped)` in their place, so that the loss is told and memory stays bounded.
 */
export class Queue<T> implements AsyncIterableIterator<T> {
  readonly #limit: number
  readonly #onOverflow: (dropped: number) => T
  #values: T[] = []
  #taken = 0
  /** How many values the first one that waits stands for, if `onOverflow` made it. */
  #lost = 0
  #waiting: ((result: IteratorResult<T>) => void) | null = null
  #closed = false

  constructor(limit: number, onOverflow: (dropped: number) => T) {
    this.#limit = limit
    this.#onOverflow = onOverflow
  }

  push(value: T): void {
    if (this.#closed) return
    if (this.#waiting) {
      const waiting = this.#waiting
      this.#waiting = null
      waiting({ done: false, value })
      return
    }
    const count = this.#values.length - this.#taken
    if (count >= this.#limit) {
      this.#lost += this.#lost > 0 ? count - 1 : count
      this.#values = [this.#onOverflow(this.#lost)]
      this.#taken = 0
    } else if (this.#taken >= this.#limit) {
      // A consumer that is always a little behind never empties it.
      this.#values = this.#values.slice(this.#taken)
      this.#taken = 0
    }
    this.#values.push(value)
  }

  /** Ends the iteration once what waits is taken. */
  close(): void {
    this.#closed = true
    this.#waiting?.({ done: true, value: undefined })
    this.#waiting = null
  }

  next(): Promise<IteratorResult<T>> {
    if (this.#taken < this.#values.length) {
      const value = this.#values[this.#taken++] as T
      this.#lost = 0
      if (this.#taken === this.#values.length) {
        this.#values = []
        this.#taken = 0
      }
      return Promise.resolve({ done: false, value })
    }
    if (this.#closed) return Promise.resolve({ done: true, value: undefined })
    return new Promise((resolve) => {
      this.#waiting = resolve
    })
  }

  return(): Promise<IteratorResult<T>> {
    this.close()
    this.#values = []
    this.#taken = 0
    return Promise.resolve({ done: true, value: undefined })
  }

  [Symbol.asyncIterator](): this {
    return this
  }
}
