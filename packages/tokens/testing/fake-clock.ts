import type { Clock } from '@novnc-tokens/api'

interface Sleeper {
  readonly at: number
  wake(): void
}

/** Far enough from 0 that a mix-up of monotonic and wall time shows. */
const wallAtZero = 1_700_000_000_000

/** A clock that stands still until it is told to go on. */
export class FakeClock implements Clock {
  #now: number
  readonly #sleepers = new Set<Sleeper>()

  constructor(now = 0) {
    this.#now = now
  }

  /** How many sleep. */
  get sleeping(): number {
    return this.#sleepers.size
  }

  now(): number {
    return this.#now
  }

  wall(): number {
    return wallAtZero + this.#now
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const onAbort = () => {
        this.#sleepers.delete(sleeper)
        reject(signal?.reason)
      }
      const sleeper: Sleeper = {
        at: this.#now + Math.max(0, ms),
        wake: () => {
          signal?.removeEventListener('abort', onAbort)
          this.#sleepers.delete(sleeper)
          resolve()
        },
      }
      signal?.addEventListener('abort', onAbort, { once: true })
      this.#sleepers.add(sleeper)
    })
  }

  /** Lets `ms` milliseconds pass, sleeper by sleeper; what each one does is done before the next one wakes. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms
    await settled()
    for (let next = this.#next(until); next !== null; next = this.#next(until)) {
      this.#now = Math.max(this.#now, next.at)
      next.wake()
      await settled()
    }
    this.#now = until
    await settled()
  }

  #next(until: number): Sleeper | null {
    let next: Sleeper | null = null
    for (const sleeper of this.#sleepers) {
      if (sleeper.at <= until && (next === null || sleeper.at < next.at)) next = sleeper
    }
    return next
  }
}

/** Resolves once everything that can go on without time or I/O has gone on. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
