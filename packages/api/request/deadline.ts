/** Aborts an operation that makes no progress for `ms` milliseconds, or when the caller's signal does. */
export class Deadline implements Disposable {
  readonly #controller = new AbortController()
  readonly #outer: AbortSignal | undefined
  readonly #onOuterAbort = () => this.#controller.abort(this.#outer?.reason)
  /** Longest time without progress, in milliseconds. */
  readonly ms: number
  #timer: ReturnType<typeof setTimeout> | null = null
  #expired = false
  #lost = false

  constructor(ms: number, outer?: AbortSignal) {
    this.ms = ms
    this.#outer = outer
    if (outer?.aborted) this.#controller.abort(outer.reason)
    else outer?.addEventListener('abort', this.#onOuterAbort, { once: true })
    this.extend()
  }

  /** Aborted by the deadline or by the caller. */
  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Whether it was the deadline that ended the operation. */
  get expired(): boolean {
    return this.#expired
  }

  /** Whether the operation was ended since its answer was lost. */
  get lost(): boolean {
    return this.#lost
  }

  /** Ends the operation: its answer will never come. */
  lose(): void {
    this.#lost = true
    this.#controller.abort(new Error('The answer was lost'))
  }

  /** Progress was made: the time starts anew. */
  extend(): void {
    this.pause()
    this.#timer = setTimeout(() => {
      this.#expired = true
      this.#controller.abort(new Error('Deadline passed'))
    }, this.ms)
  }

  /** Stops the time; the caller's signal still aborts. */
  pause(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
  }

  /** Ends the operation now. */
  abort(reason: unknown): void {
    this.#controller.abort(reason)
  }

  [Symbol.dispose](): void {
    this.pause()
    this.#outer?.removeEventListener('abort', this.#onOuterAbort)
  }
}
