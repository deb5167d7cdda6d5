import type { Clock } from '@novnc-tokens/api'

/** Lets a loop sleep until something happens, a time comes or a signal ends it. */
export class Wake {
  #woken = false
  #waiting: AbortController | null = null

  /** Something happened: the loop goes on, or does not sleep next time. */
  up(): void {
    this.#woken = true
    this.#waiting?.abort()
  }

  /** Sleeps at most `ms` milliseconds; at once done where something happened since it last slept. */
  async wait(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
    if (this.#woken || signal.aborted || ms <= 0) {
      this.#woken = false
      return
    }
    const waiting = new AbortController()
    const onAbort = () => waiting.abort()
    signal.addEventListener('abort', onAbort, { once: true })
    this.#waiting = waiting
    try {
      await clock.sleep(ms, waiting.signal)
    } catch (error) {
      if (!waiting.signal.aborted) throw error
    } finally {
      signal.removeEventListener('abort', onAbort)
      this.#waiting = null
      this.#woken = false
    }
  }
}
