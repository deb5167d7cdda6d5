/** How much an {@link SseQueue} holds, and what it says of the rest. */
export interface SseQueueOptions<T> {
  /** Most values that wait. */
  length: number
  /** Most weight that waits, unless it is of one value alone. */
  weight: number
  weigh(value: T): number
  /** Makes the value that stands for values that were dropped. */
  lost(dropped: number): T
}

/**
 * A queue between a producer that never waits and a consumer that may be slow. Once it is full it drops what comes until
 * the consumer has taken all that waited, and then tells how much that was, where it would have been: a consumer that
 * is too slow sees few long gaps instead of many short ones, and memory stays bounded.
 */
export class SseQueue<T> {
  readonly #options: SseQueueOptions<T>
  #values: T[] = []
  #taken = 0
  #weight = 0
  #lost = 0
  #dropped = 0
  #ended = false
  readonly #waiting: ((result: IteratorResult<T>) => void)[] = []

  constructor(options: SseQueueOptions<T>) {
    this.#options = options
  }

  /** Values dropped since the beginning. */
  get dropped(): number {
    return this.#dropped
  }

  push(value: T): void {
    if (this.#ended) return
    const waiting = this.#waiting.shift()
    if (waiting) {
      waiting({ done: false, value })
      return
    }
    const weight = this.#options.weigh(value)
    const count = this.#values.length - this.#taken
    const full = count >= this.#options.length || (count > 0 && this.#weight + weight > this.#options.weight)
    if (full || this.#lost > 0) {
      this.#lost++
      this.#dropped++
      return
    }
    this.#weight += weight
    this.#values.push(value)
  }

  /**
   * Ends it once what waits is taken.
   *
   * @param last a value that is told however full it is
   */
  end(last?: T): void {
    if (this.#ended) return
    this.#ended = true
    if (last !== undefined) {
      if (this.#lost > 0) this.#values.push(this.#lostValue())
      this.#values.push(last)
    }
    while (this.#waiting.length > 0) this.#waiting.shift()?.(this.#take())
  }

  /** Ends it at once; what waits is forgotten. */
  clear(): void {
    this.#values = []
    this.#taken = 0
    this.#lost = 0
    this.end()
  }

  next(): Promise<IteratorResult<T>> {
    if (this.#taken < this.#values.length || this.#lost > 0 || this.#ended) return Promise.resolve(this.#take())
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  #take(): IteratorResult<T> {
    if (this.#taken === this.#values.length) {
      return this.#lost > 0 ? { done: false, value: this.#lostValue() } : { done: true, value: undefined }
    }
    const value = this.#values[this.#taken] as T
    this.#taken++
    this.#weight -= this.#options.weigh(value)
    // What is taken must not be kept: all at once where nothing waits, else whenever it is as much as what does.
    if (this.#taken === this.#values.length) {
      this.#values = []
      this.#taken = 0
    } else if (this.#taken >= 1024 && this.#taken * 2 >= this.#values.length) {
      this.#values = this.#values.slice(this.#taken)
      this.#taken = 0
    }
    return { done: false, value }
  }

  #lostValue(): T {
    const value = this.#options.lost(this.#lost)
    this.#lost = 0
    return value
  }
}
