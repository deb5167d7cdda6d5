import type { Clock } from '@novnc-tokens/api'

/**
 * Calls `onSilence` once nothing was fed to it for `idleMs` milliseconds. It is fed by bytes, not by events: a stream of
 * heartbeats is healthy, a half-open socket is not. Feeding only notes the time, since it happens for each chunk.
 */
export class Watchdog implements Disposable {
  readonly #idleMs: number
  readonly #clock: Clock
  readonly #onSilence: () => void
  readonly #ended = new AbortController()
  #fedAt: number

  constructor(idleMs: number, clock: Clock, onSilence: () => void) {
    this.#idleMs = idleMs
    this.#clock = clock
    this.#onSilence = onSilence
    this.#fedAt = clock.now()
    void this.#watch()
  }

  /** A byte arrived. */
  feed(): void {
    this.#fedAt = this.#clock.now()
  }

  [Symbol.dispose](): void {
    this.#ended.abort()
  }

  async #watch(): Promise<void> {
    const { signal } = this.#ended
    for (let left = this.#idleMs; left > 0; left = this.#fedAt + this.#idleMs - this.#clock.now()) {
      const slept = await this.#clock.sleep(left, signal).then(
        () => true,
        () => false,
      )
      if (!slept) return
    }
    this.#onSilence()
  }
}
