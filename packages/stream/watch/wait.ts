import type { Clock } from '@novnc-tokens/api'

/** A sleep that can be ended early, by anyone. */
export class Wait {
  readonly #clock: Clock
  #ending = new AbortController()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Sleeps until the time is over, `end` is called or the signal aborts. */
  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    this.#ending = new AbortController()
    const { signal: ending } = this.#ending
    const onAbort = () => this.end()
    signal.addEventListener('abort', onAbort, { once: true })
    if (signal.aborted) this.end()
    await this.#clock.sleep(ms, ending).catch(() => undefined)
    signal.removeEventListener('abort', onAbort)
  }

  /** Ends the sleep. */
  end(): void {
    this.#ending.abort()
  }
}
