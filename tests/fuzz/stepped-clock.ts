import type { Clock } from '@novnc-tokens/api'

interface Sleeper {
  readonly due: number
  wake(): void
}

/** A clock that goes on only where it is told to, so that an hour of waiting takes no time. */
export class SteppedClock implements Clock {
  readonly #sleepers = new Set<Sleeper>()
  #now = 0

  now(): number {
    return this.#now
  }

  wall(): number {
    return Date.UTC(2026, 10, 22) + this.#now
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
    })
  }

  /** Goes on by so many milliseconds; what that sets going runs before the next sleep ends. */
  async advance(ms: number): Promise<void> {
    const target = this.#now + ms
    for (;;) {
      await quiet()
      const next = this.#next()
      if (next === null || next.due > target) break
      this.#wake(next)
    }
    this.#now = target
    await quiet()
  }

  /** Goes on for as long as something takes; rejects where it sleeps no more and does not end either. */
  async through<T>(promise: Promise<T>): Promise<T> {
    let done = false
    const end = () => {
      done = true
    }
    promise.then(end, end)
    for (let idle = 0; !done; idle++) {
      await settled()
      const next = this.#next()
      if (next !== null) {
        this.#wake(next)
        idle = 0
      } else if (idle > mostTurns) throw new Error('It neither ends nor waits for anything')
    }
    return await promise
  }

  #next(): Sleeper | null {
    let next: Sleeper | null = null
    for (const sleeper of this.#sleepers) if (next === null || sleeper.due < next.due) next = sleeper
    return next
  }

  #wake(sleeper: Sleeper): void {
    this.#now = Math.max(this.#now, sleeper.due)
    this.#sleepers.delete(sleeper)
    sleeper.wake()
  }
}

/** Bodies are read within a few turns of the event loop. */
const mostTurns = 10_000

/** Lets everything run that is ready to. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** Lets everything happen that was set going: a body in pieces takes some turns. */
async function quiet(): Promise<void> {
  for (let turn = 0; turn < 8; turn++) await settled()
}
