/** Settings of a {@link Queue}. */
export interface QueueOptions<T> {
  /** How many values may wait, 1 or more. */
  limit: number
  /** How much they may weigh together, unless it is one alone. @default no limit */
  heaviest?: number
  weigh?: (value: T) => number
  /** Gives what waits instead of the values that are dropped once one too many waits; must be far fewer. */
  onOverflow: (dropped: readonly T[]) => readonly T[]
  /** Called when the consumer takes a value. */
  onTaken?: (value: T) => void
}

/**
 * A queue between a producer that must never wait and one consumer. Beyond its limit it drops all that waits, so that
 * memory stays bounded, and puts in its place what tells the loss.
 */
export class Queue<T> implements AsyncIterableIterator<T> {
  readonly #options: QueueOptions<T>
  #values: T[] = []
  #taken = 0
  /** What those weigh that wait. */
  #weight = 0
  readonly #consumers: ((result: IteratorResult<T>) => void)[] = []
  readonly #producers = new Set<() => void>()
  #closed = false
  #left = false

  constructor(options: QueueOptions<T>) {
    this.#options = options
  }

  /** How many values wait. */
  get length(): number {
    return this.#values.length - this.#taken
  }

  /** Whether a producer that can wait need not: at most half of the places are taken, or the queue is closed. */
  get isRoomy(): boolean {
    const { limit, heaviest = Number.POSITIVE_INFINITY } = this.#options
    return this.#closed || (this.length <= limit / 2 && this.#weight <= heaviest / 2)
  }

  /** The values that wait, the next one first; those that nobody takes any more, too. */
  waiting(): readonly T[] {
    return this.#values.slice(this.#taken)
  }

  push(value: T): void {
    if (this.#closed) return
    const { limit, heaviest = Number.POSITIVE_INFINITY, onTaken } = this.#options
    const consumer = this.#consumers.shift()
    if (consumer !== undefined) {
      onTaken?.(value)
      consumer({ done: false, value })
      return
    }
    const weight = this.#weigh(value)
    if (this.length >= limit || (this.length > 0 && this.#weight + weight > heaviest)) {
      this.#drop([...this.waiting(), value])
      return
    }
    // A consumer that is always a little behind never empties it.
    if (this.#taken >= limit) {
      this.#values = this.#values.slice(this.#taken)
      this.#taken = 0
    }
    this.#values.push(value)
    this.#weight += weight
  }

  /** Resolves once the queue is roomy or the signal says so. */
  room(signal: AbortSignal): Promise<void> {
    if (this.isRoomy || signal.aborted) return Promise.resolve()
    return new Promise((resolve) => {
      const go = () => {
        signal.removeEventListener('abort', go)
        this.#producers.delete(go)
        resolve()
      }
      signal.addEventListener('abort', go, { once: true })
      this.#producers.add(go)
    })
  }

  /** Ends the iteration once what waits is taken. */
  close(): void {
    this.#closed = true
    for (const consumer of this.#consumers.splice(0)) consumer({ done: true, value: undefined })
    this.#wakeProducers()
  }

  next(): Promise<IteratorResult<T>> {
    if (!this.#left && this.#taken < this.#values.length) {
      const value = this.#values[this.#taken++] as T
      this.#weight -= this.#weigh(value)
      if (this.#taken === this.#values.length) {
        this.#values = []
        this.#taken = 0
      }
      if (this.isRoomy) this.#wakeProducers()
      this.#options.onTaken?.(value)
      return Promise.resolve({ done: false, value })
    }
    if (this.#closed) return Promise.resolve({ done: true, value: undefined })
    return new Promise((resolve) => this.#consumers.push(resolve))
  }

  /** The consumer leaves: nothing is taken any more. What waits is kept, since it was not dealt with. */
  return(): Promise<IteratorResult<T>> {
    this.#left = true
    this.close()
    return Promise.resolve({ done: true, value: undefined })
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  #drop(dropped: readonly T[]): void {
    this.#values = []
    this.#taken = 0
    this.#weight = 0
    for (const value of this.#options.onOverflow(dropped)) this.push(value)
  }

  #weigh(value: T): number {
    return this.#options.weigh?.(value) ?? 0
  }

  #wakeProducers(): void {
    if (this.#producers.size > 0) for (const go of [...this.#producers]) go()
  }
}
