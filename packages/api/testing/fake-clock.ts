import type { Clock } from '../time/clock.ts'

interface Sleeper {
  readonly due: number
  wake(): void
}

/**
 * A clock that stands still until a test advances it.
 *
 * @example
 * ```ts
 * const clock = new FakeClock()
 * const slept = clock.sleep(1000)
 * await clock.advance(1000)
 * await slept
 * ```
 */
export class FakeClock implements Clock {
  /** Where the wall clock stands when `now` is 0. */
  readonly wallAtZero = Date.UTC(2026, 0, 1)
  readonly #sleepers = new Set<Sleeper>()
  readonly #watchers = new Set<() => void>()
  #now = 0
  #ahead = 0

  now(): number {
    return this.#now
  }

  wall(): number {
    return this.wallAtZero + this.#now + this.#ahead
  }

  /** Sets the wall clock forward, or back, by so many milliseconds, as a person or a time server may. */
  jump(ms: number): void {
    this.#ahead += ms
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      if (ms <= 0) return resolve()
      const onAbort = () => {
        this.#sleepers.delete(sleeper)
        reject(signal?.reason)
      }
      const sleeper: Sleeper = {
        due: this.#now + ms,
        wake: () => {
          signal?.removeEventListener('abort', onAbort)
          resolve()
        },
      }
      signal?.addEventListener('abort', onAbort, { once: true })
      this.#sleepers.add(sleeper)
      for (const watcher of this.#watchers) watcher()
    })
  }

  /** For each sleep that has not ended: how many milliseconds are left of it, the next one first. */
  get left(): readonly number[] {
    return [...this.#sleepers].map(({ due }) => due - this.#now).sort((a, b) => a - b)
  }

  /** Resolves once this many sleeps wait, to what is left of them. */
  async asleep(count = 1): Promise<readonly number[]> {
    while (this.#sleepers.size < count) {
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#watchers.add(resolve)
      await promise
      this.#watchers.delete(resolve)
    }
    return this.left
  }

  /** Moves time on, ending each sleep at its time; what that sets going runs before the next one ends. */
  async advance(ms: number): Promise<void> {
    const target = this.#now + ms
    for (;;) {
      await settled()
      const [next] = [...this.#sleepers].filter(({ due }) => due <= target).sort((a, b) => a.due - b.due)
      if (next === undefined) break
      this.#now = Math.max(this.#now, next.due)
      this.#sleepers.delete(next)
      next.wake()
    }
    this.#now = target
    await settled()
  }
}

/** Lets everything run that is ready to: promises, and one turn of the event loop. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
