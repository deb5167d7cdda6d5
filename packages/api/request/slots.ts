/** Lists may take long, so they never use the last slots: a single read is never behind them. */
export type Lane = 'single' | 'list'

interface Waiting {
  start(): void
}

/** Bounds how many requests run at once, single reads first. */
export class Slots {
  readonly #total: number
  readonly #forLists: number
  readonly #waiting: Record<Lane, Set<Waiting>> = { single: new Set(), list: new Set() }
  readonly #running: Record<Lane, number> = { single: 0, list: 0 }

  /** @param total how many requests may run at once; of them, three in four (at least one) may be lists */
  constructor(total: number) {
    if (!Number.isInteger(total) || total < 1) throw new RangeError('The number of slots is a whole number from 1')
    this.#total = total
    this.#forLists = Math.max(1, Math.floor(total * 0.75))
  }

  /** How many requests of the lane may run at once. */
  limit(lane: Lane): number {
    return lane === 'list' ? this.#forLists : this.#total
  }

  /** Waits for a slot; dispose what it resolves to when the request has ended. */
  async acquire(lane: Lane, signal?: AbortSignal): Promise<Disposable> {
    signal?.throwIfAborted()
    if (this.#mayStart(lane)) this.#running[lane]++
    else await this.#turn(lane, signal)
    let held = true
    return {
      [Symbol.dispose]: () => {
        if (!held) return
        held = false
        this.#running[lane]--
        this.#startNext()
      },
    }
  }

  #turn(lane: Lane, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        this.#waiting[lane].delete(waiting)
        reject(signal?.reason)
      }
      const waiting: Waiting = {
        start: () => {
          signal?.removeEventListener('abort', onAbort)
          this.#running[lane]++
          resolve()
        },
      }
      signal?.addEventListener('abort', onAbort, { once: true })
      this.#waiting[lane].add(waiting)
    })
  }

  #mayStart(lane: Lane): boolean {
    const { single, list } = this.#running
    return single + list < this.#total && (lane === 'single' || list < this.#forLists)
  }

  #startNext(): void {
    for (const lane of ['single', 'list'] as const) {
      for (const waiting of this.#waiting[lane]) {
        if (!this.#mayStart(lane)) break
        this.#waiting[lane].delete(waiting)
        waiting.start()
      }
    }
  }
}
