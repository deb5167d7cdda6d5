/**
 * Time as the packages see it. Scheduling uses `now` only, so that a step of the wall clock neither stalls nor storms
 * anything; `wall` is for what people and other machines read.
 */
export interface Clock {
  /** Monotonic time in milliseconds; its zero has no meaning. */
  now(): number
  /** Milliseconds since 1970, as `Date.now()`. */
  wall(): number
  /** Resolves after `ms` milliseconds; rejects with the signal's reason when that comes first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

/** Longest delay that a timer takes; a longer one would fire at once. */
const maxTimerMs = 2 ** 31 - 1

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  sleep(ms, signal) {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const onAbort = () => {
        clearTimeout(timer)
        reject(signal?.reason)
      }
      const timer = setTimeout(
        () => {
          signal?.removeEventListener('abort', onAbort)
          resolve()
        },
        Math.min(Math.max(ms, 0), maxTimerMs),
      )
      signal?.addEventListener('abort', onAbort, { once: true })
    })
  },
}
