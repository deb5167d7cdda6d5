import type { Update, Watch, WatchStatus } from '@novnc-tokens/stream'

/** A watch that tells what a test makes it tell. */
export class FakeWatch implements Watch {
  readonly #updates: Update[] = []
  #waiting: PromiseWithResolvers<IteratorResult<Update>> | null = null
  #failure: Error | null = null
  #ended = false
  /** How often all events were asked for instead of the chosen ones. */
  widened = 0
  /** What `widen` does beside being counted. */
  onWiden: () => void = () => {}

  /** Tells an update. */
  tell(update: Update): void {
    this.#updates.push(update)
    this.#go()
  }

  /** Ends by itself, as no watch should; by an error where one is given. */
  end(failure: Error | null = null): void {
    this.#ended = true
    this.#failure = failure
    this.#go()
  }

  status(): WatchStatus {
    return {
      kind: 'stream',
      instead: null,
      state: 'open',
      since: 0,
      lastByteAt: null,
      lastEventAt: null,
      recovering: false,
      connects: 1,
      polls: 0,
      events: 0,
      recovered: 0,
      malformed: 0,
      gaps: 0,
      error: null,
      retryAt: null,
    }
  }

  widen(): void {
    this.widened++
    this.onWiden()
  }

  retryNow(): void {}

  [Symbol.asyncIterator](): AsyncIterator<Update> {
    return {
      next: () => {
        this.#waiting = Promise.withResolvers()
        const { promise } = this.#waiting
        this.#go()
        return promise
      },
      return: async () => {
        this.end()
        return { done: true, value: undefined }
      },
    }
  }

  #go(): void {
    const waiting = this.#waiting
    const [next] = this.#updates
    if (waiting === null || (next === undefined && !this.#ended)) return
    this.#waiting = null
    if (next !== undefined) {
      this.#updates.shift()
      waiting.resolve({ done: false, value: next })
    } else if (this.#failure !== null) waiting.reject(this.#failure)
    else waiting.resolve({ done: true, value: undefined })
  }
}
