import { Backoff, messageOf } from '@novnc-tokens/api'
import { OutputError, type OutputErrorCode } from './output.ts'

/** What is wrong with an output, since when, and when it is tried again. Times are monotonic milliseconds. */
export class Trouble {
  readonly #backoff: Backoff
  #error: string | null = null
  #code: OutputErrorCode | null = null
  #retryAt = Number.NEGATIVE_INFINITY
  #heldUntil = Number.NEGATIVE_INFINITY
  #failures = 0

  /** @param random source of randomness in [0, 1) */
  constructor(random: () => number) {
    this.#backoff = new Backoff({ random })
  }

  /** What is wrong; null where nothing is. */
  get error(): string | null {
    return this.#error
  }

  /** What cannot be done; null where everything can. */
  get code(): OutputErrorCode | null {
    return this.#code
  }

  /** Nothing at all is tried before; what blocks some tokens holds up no other. */
  get heldUntil(): number {
    return this.#heldUntil
  }

  /** When it is tried again. */
  get retryAt(): number {
    return this.#retryAt
  }

  /** How often it failed. */
  get failures(): number {
    return this.#failures
  }

  /** Something worked. */
  succeed(now: number): void {
    this.#error = null
    this.#code = null
    this.#backoff.succeed(now)
  }

  /** Something failed; returns what is wrong now, and after how many milliseconds it is tried again. */
  fail(error: unknown, now: number): { why: string; code: OutputErrorCode; retryInMs: number } {
    const retryInMs = this.#backoff.fail(now)
    const why = messageOf(error)
    const code = error instanceof OutputError ? error.code : 'unwritable'
    this.#retryAt = now + retryInMs
    this.#heldUntil = code === 'blocked' ? now : this.#retryAt
    this.#failures++
    this.#error = why
    this.#code = code
    return { why, code, retryInMs }
  }

  /** The wait is over: it may work again. */
  retryNow(): void {
    this.#retryAt = Number.NEGATIVE_INFINITY
    this.#heldUntil = this.#retryAt
  }
}
