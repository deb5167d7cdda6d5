import { ApiError, messageOf } from '../errors.ts'
import { Backoff } from '../time/backoff.ts'
import type { Clock } from '../time/clock.ts'

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

/**
 * Tries within a minute after which a failing log-in is not asked for again: a try is up to three requests, and a
 * caller in a loop makes no more than one a second of them.
 */
const mostTriesAMinute = 20

/** No log-in is used for less, whatever it says of itself: a request needs one that holds for a moment. */
const shortestValidMs = 1000

/** Settings of a {@link LoginGate}. */
export interface LoginGateOptions {
  /** One log-in; rejects where the platform refuses it or cannot be reached, and when the signal says to leave off. */
  probe: (signal: AbortSignal) => Promise<void>
  clock: Clock
  random?: () => number
  /** Whether requests wait until the log-in works; otherwise they fail with the reason at once. */
  patient: boolean
  /** Called after each try. */
  onTried?: (status: LoginStatus) => void
  /** Called when a log-in succeeded although a request that rested on the one before was answered 401. */
  onAcceptedAgain?: () => void
  /** How long a log-in holds, in milliseconds; null: until it is rejected. Read at each pass. */
  validMs?: () => number | null
}

/**
 * Lets no request through until one log-in has succeeded, and after any 401 until one has again: so that a wrong
 * password costs one bad log-in, not one for each request that is ready to go.
 */
export class LoginGate {
  readonly #options: LoginGateOptions
  readonly #backoff: Backoff
  readonly #closed = new AbortController()
  #generation = 0
  #open = false
  #openedAt = 0
  #doubted = false
  #refusals = 0
  #opening: Promise<void> | null = null
  #attempt: AbortController | null = null
  /** Aborted to end the wait before a try. */
  #waiting: AbortController | null = null
  #failure: { error: unknown; retryAt: number } | null = null
  #failedAt: readonly number[] = []

  constructor(options: LoginGateOptions) {
    this.#options = options
    this.#backoff = new Backoff(options.random ? { random: options.random } : {})
  }

  /** Resolves, with the number of the log-in that it rests on, once the log-in is accepted. */
  async pass(signal?: AbortSignal): Promise<number> {
    for (;;) {
      signal?.throwIfAborted()
      this.#closed.signal.throwIfAborted()
      if (this.#open && !this.#outlived()) return this.#generation
      this.#open = false
      this.#opening ??= this.#try().finally(() => {
        this.#opening = null
      })
      await abortable(this.#opening, signal)
    }
  }

  /** Whether log-in `generation` still stands: a request that waited for something else meanwhile asks again. */
  holds(generation: number): boolean {
    return this.#open && generation === this.#generation && !this.#closed.signal.aborted
  }

  /** Tells that a request which rested on log-in `generation` was answered 401. */
  rejected(generation: number): void {
    if (!this.holds(generation)) return
    this.#open = false
    this.#doubted = true
  }

  /** Tells that the credentials of log-in `generation` can no longer be had: the next log-in tells more. */
  lost(generation: number): void {
    if (this.holds(generation)) this.#open = false
  }

  /** Tries at once what waits: the credentials may have changed. */
  retryNow(): void {
    this.#open = false
    this.#generation++
    this.#doubted = false
    this.#refusals = 0
    this.#failure = null
    this.#failedAt = []
    this.#backoff.reset()
    this.#attempt?.abort()
  }

  /** Tries at once what waits since the platform was out of reach; a refusal waits on, as does who was told to. */
  retryFailed(): void {
    if (this.#failure === null || isSlow(this.#failure.error)) return
    this.#failure = { ...this.#failure, retryAt: this.#options.clock.now() }
    this.#waiting?.abort()
  }

  /** Ends all waiting; whoever passes from now on gets `reason`. */
  close(reason: unknown): void {
    this.#closed.abort(reason)
    this.#attempt?.abort()
  }

  status(): LoginStatus {
    if (this.#open) return { state: 'accepted', why: null, retryAt: null }
    if (this.#failure === null) return { state: 'unknown', why: null, retryAt: null }
    const { error, retryAt } = this.#failure
    return { state: isRefusal(error) ? 'refused' : 'failing', why: messageOf(error), retryAt }
  }

  /** One try; a patient gate first waits until it is due. `retryNow` and `close` end it: `pass` then decides anew. */
  async #try(): Promise<void> {
    const { clock, patient, probe } = this.#options
    const attempt = new AbortController()
    this.#attempt = attempt
    const last = this.#failure
    if (last !== null && !patient && this.#isEarly(last)) throw last.error
    try {
      if (last !== null && patient) await this.#wait(last.retryAt - clock.now(), attempt.signal)
      await probe(attempt.signal)
      if (attempt.signal.aborted) return
      this.#generation++
      this.#open = true
      this.#openedAt = clock.now()
      this.#failure = null
      this.#failedAt = []
      this.#refusals = 0
      this.#backoff.succeed(clock.now())
      const doubted = this.#doubted
      this.#doubted = false
      if (doubted) this.#options.onAcceptedAgain?.()
      this.#options.onTried?.(this.status())
    } catch (error) {
      if (attempt.signal.aborted) return
      this.#failure = { error, retryAt: clock.now() + this.#delayAfter(error) }
      this.#failedAt = [...this.#recent(), clock.now()]
      this.#options.onTried?.(this.status())
      if (!patient) throw error
    }
  }

  /** Waits until a try is due. */
  async #wait(ms: number, signal: AbortSignal): Promise<void> {
    const waiting = new AbortController()
    this.#waiting = waiting
    await this.#options.clock.sleep(ms, AbortSignal.any([signal, waiting.signal])).catch(() => undefined)
    this.#waiting = null
    signal.throwIfAborted()
  }

  /** Whether a gate that is not patient keeps to its last failure. */
  #isEarly({ error, retryAt }: { error: unknown; retryAt: number }): boolean {
    if (isSlow(error)) return this.#options.clock.now() < retryAt
    return this.#recent().length >= mostTriesAMinute
  }

  /** When tries failed, within the last minute. */
  #recent(): readonly number[] {
    const since = this.#options.clock.now() - 60_000
    return this.#failedAt.filter((at) => at > since)
  }

  /** Whether the log-in is too old to be used. */
  #outlived(): boolean {
    const { clock, validMs } = this.#options
    const ms = validMs?.() ?? null
    return ms !== null && clock.now() - this.#openedAt >= Math.max(ms, shortestValidMs)
  }

  #delayAfter(error: unknown): number {
    if (isRefusal(error)) {
      const minutes = refusedMinutes[Math.min(this.#refusals++, refusedMinutes.length - 1)] ?? 30
      return minutes * 60_000
    }
    const asked = error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0
    const { clock, random = Math.random } = this.#options
    // Above what the server asked for, lest all its clients return in step.
    return Math.max(asked + random() * Math.min(asked * 0.1, 5000), this.#backoff.fail(clock.now()))
  }
}

/** Whether a failure of the log-in holds for a while: refused, or told to wait. */
function isSlow(error: unknown): boolean {
  return isRefusal(error) || (error instanceof ApiError && error.retryAfterMs !== null)
}

function isRefusal(error: unknown): boolean {
  return error instanceof ApiError && error.code === 'login-refused'
}

/** Settles as `promise` does, or rejects with the signal's reason when that comes first. */
function abortable<T>(promise: Promise<T>, signal?: AbortSignal): Promise<T> {
  if (!signal) return promise
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
    if (signal.aborted) onAbort()
  })
}
