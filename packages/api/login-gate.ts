import { Backoff } from './backoff.ts'
import type { Clock } from './clock.ts'
import { ApiError, messageOf } from './errors.ts'

/** What is known of the log-in. Times are those of the clock's `now`. */
export interface LoginStatus {
  readonly state: 'unknown' | 'accepted' | 'refused' | 'failing'
  /** Why it is refused or failing. */
  readonly why: string | null
  /** When the next try is due. */
  readonly retryAt: number | null
}

/**
 * Minutes between tries of a refused log-in. Three bad log-ins within 60 s lock the account, so it is tried slowly, and
 * never so slowly that a restored password goes unnoticed for long.
 */
const refusedMinutes = [5, 10, 20, 30]

/** Settings of a {@link LoginGate}. */
export interface LoginGateOptions {
  /** One log-in; rejects where the platform refuses it or cannot be reached. */
  probe: () => Promise<void>
  clock: Clock
  random?: () => number
  /** Whether requests wait until the log-in works; otherwise they fail with the reason at once. */
  patient: boolean
}

/**
 * Lets no request through until one log-in has succeeded, and after any 401 until one has again: so that a wrong
 * password costs one bad log-in, not one for each request that is ready to go.
 */
export class LoginGate {
  readonly #options: LoginGateOptions
  readonly #backoff: Backoff
  #generation = 0
  #open = false
  #refusals = 0
  #opening: Promise<void> | null = null
  #failure: { error: unknown; retryAt: number } | null = null
  #closed: { reason: unknown } | null = null
  #wake: (() => void) | null = null

  constructor(options: LoginGateOptions) {
    this.#options = options
    this.#backoff = new Backoff(options.random ? { random: options.random } : {})
  }

  /** Resolves, with the number of the log-in that it rests on, once the log-in is accepted. */
  async pass(signal?: AbortSignal): Promise<number> {
    while (!this.#open) {
      signal?.throwIfAborted()
      if (this.#closed) throw this.#closed.reason
      this.#opening ??= this.#try().finally(() => {
        this.#opening = null
      })
      await abortable(this.#opening, signal)
    }
    return this.#generation
  }

  /** Tells that a request which rested on log-in `generation` was answered 401. */
  rejected(generation: number): void {
    if (generation === this.#generation) this.#open = false
  }

  /** Tries at once what waits: the credentials may have changed. */
  retryNow(): void {
    this.#open = false
    this.#generation++
    this.#refusals = 0
    this.#failure = null
    this.#backoff.reset()
    this.#wake?.()
  }

  /** Ends all waiting; whoever passes from now on gets `reason`. */
  close(reason: unknown): void {
    this.#closed ??= { reason }
    this.#wake?.()
  }

  status(): LoginStatus {
    if (this.#open) return { state: 'accepted', why: null, retryAt: null }
    if (this.#failure === null) return { state: 'unknown', why: null, retryAt: null }
    const { error, retryAt } = this.#failure
    return { state: isRefusal(error) ? 'refused' : 'failing', why: messageOf(error), retryAt }
  }

  /** One try; a patient gate first waits until it is due. */
  async #try(): Promise<void> {
    const { clock, patient, probe } = this.#options
    if (this.#failure !== null) {
      const { error, retryAt } = this.#failure
      if (!patient && isRefusal(error) && clock.now() < retryAt) throw error
      if (patient) await this.#until(retryAt)
      if (this.#closed) throw this.#closed.reason
    }
    const generation = this.#generation
    try {
      await probe()
      // Credentials that changed meanwhile need a log-in of their own.
      if (generation !== this.#generation) return
      this.#generation++
      this.#open = true
      this.#failure = null
      this.#refusals = 0
      this.#backoff.succeed(clock.now())
    } catch (error) {
      if (generation !== this.#generation) return
      this.#failure = { error, retryAt: clock.now() + this.#delayAfter(error) }
      if (!patient) throw error
    }
  }

  #delayAfter(error: unknown): number {
    if (isRefusal(error)) {
      const minutes = refusedMinutes[Math.min(this.#refusals++, refusedMinutes.length - 1)] ?? 30
      return minutes * 60_000
    }
    const asked = error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0
    return Math.max(asked, this.#backoff.fail(this.#options.clock.now()))
  }

  async #until(at: number): Promise<void> {
    const { clock } = this.#options
    const waiting = new AbortController()
    this.#wake = () => waiting.abort()
    try {
      if (!this.#closed) await clock.sleep(at - clock.now(), waiting.signal)
    } catch (error) {
      if (!waiting.signal.aborted) throw error
    } finally {
      this.#wake = null
    }
  }
}

function isRefusal(error: unknown): boolean {
  return error instanceof ApiError && error.code === 'login-refused'
}

/** Settles as `promise` does, or rejects with the signal's reason when that comes first. */
function abortable<T>(promise: Promise<T>, signal?: AbortSignal): Promise<T> {
  if (!signal) return promise
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason)
    if (signal.aborted) return onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}
