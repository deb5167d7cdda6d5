import { ApiError } from '../errors.ts'
import type { Authorization } from '../log-in/authorization.ts'
import { logIn } from '../log-in/log-in.ts'
import { LoginGate, type LoginStatus } from '../log-in/login-gate.ts'
import { Trial } from '../log-in/trial.ts'
import { Hrefs } from '../notation/href.ts'
import { type Format, mediaType } from '../notation/media-types.ts'
import { type Clock, systemClock } from '../time/clock.ts'
import { type Answer, readAnswer } from './answer.ts'
import { type ConnectionOptions, checkOptions } from './connection-options.ts'
import { Deadline } from './deadline.ts'
import { answeredError } from './failures.ts'
import { knownAs } from './known-as.ts'
import { Lookout } from './lookout.ts'
import { Pause } from './pause.ts'
import { quickRetryDelay } from './quick-retry.ts'
import { type Lane, Slots } from './slots.ts'
import { type TlsOptions, Transport } from './transport.ts'

/** One request for a document. */
export interface GetOptions {
  /** Name of the media type, such as `enterprises`. */
  accept: string
  /** @default 'single' */
  lane?: Lane
  /** Longest body, in bytes. @default 64 MiB */
  maxBytes?: number
  signal?: AbortSignal
  /** Called each time the request is sent, retries too: what the answer tells is not older than the last call. */
  onIssue?: () => void
}

/** One request whose response is the caller's to read. */
export interface OpenOptions {
  /** Media type, such as `text/event-stream`. */
  accept: string
  /** Longest wait for the headers, in milliseconds. */
  timeoutMs: number
  /** Ends the response, too. */
  signal: AbortSignal
  /** The URL that the `Authorization` header is made for, where the platform checks it against another one. */
  signAs?: string
  /** @default 'GET' */
  method?: string
  /** More headers; of ours they may replace all but `Authorization`. */
  headers?: Readonly<Record<string, string>>
  body?: string
  /** Whether redirects within the origin are followed; only a GET's are. @default true */
  follow?: boolean
}

/** What was tried before of a request. */
interface Circumstances {
  /** Whether a log-in was repeated for it. */
  readonly relogged: boolean
  /** Whether its answer may take long although the platform answers others. */
  readonly patient: boolean
}

const defaultMaxBytes = 64 * 2 ** 20
/** After how long something is asked for again that is refused with 401 although the log-in works. */
const refusedRetryMs = 300_000

/**
 * A connection to an Abiquo platform: every request, the stream's too, passes one log-in gate, and REST requests share
 * slots, limits and the pause that a server asked for.
 *
 * @example
 * ```ts
 * using connection = new Connection({ api: 'https://abiquo.example.com/api', authorization: basic('admin', 'secret') })
 * const { body } = await connection.get('/admin/enterprises?limit=1', { accept: 'enterprises' })
 * ```
 */
export class Connection implements Disposable {
  /** The API's URL, without a slash at its end. */
  readonly api: string
  readonly hrefs: Hrefs
  readonly format: Format
  readonly clock: Clock
  /** The API's URL as the platform knows it, without a slash at its end. */
  readonly apiLocation: string
  readonly #timeoutMs: number
  readonly #random: () => number
  readonly #slots: Slots
  readonly #gate: LoginGate
  readonly #transport: Transport
  readonly #pause: Pause
  readonly #lookout: Lookout | null
  readonly #onBack = new Set<(darkSince: number | null) => void>()
  #trial: Trial

  /** @throws RangeError, TypeError for settings that can never work */
  constructor(options: ConnectionOptions) {
    checkOptions(options)
    this.api = options.api.replace(/\/+$/, '')
    this.apiLocation = options.apiLocation?.replace(/\/+$/, '') ?? this.api
    this.hrefs = new Hrefs(this.apiLocation)
    this.format = options.format ?? 'json'
    this.clock = options.clock ?? systemClock
    this.#timeoutMs = options.timeoutMs ?? 120_000
    this.#random = options.random ?? Math.random
    this.#pause = new Pause(this.clock, this.#random)
    this.#slots = new Slots(options.concurrency ?? 8)
    this.#lookout = options.looksOut === true ? this.#lookingOut() : null
    this.#transport = new Transport({
      authorization: options.authorization,
      tls: options.tls,
      fetch: options.fetch ?? fetch,
      knownAs: knownAs(this.api, this.apiLocation),
      ...(this.#lookout === null ? {} : { lookout: { api: this.api, of: this.#lookout } }),
      now: () => this.clock.now(),
    })
    this.#trial = trialOf(options.authorization)
    this.#gate = new LoginGate({
      probe: (signal) =>
        logIn({
          transport: this.#transport,
          url: `${this.api}/login`,
          format: this.format,
          timeoutMs: this.#timeoutMs,
          clock: this.clock,
          random: this.#random,
          signal,
        }),
      clock: this.clock,
      random: this.#random,
      patient: options.patient ?? false,
      validMs: () => this.#transport.authorization.validMs ?? null,
      onAcceptedAgain: () => this.#transport.authorization.refused?.(),
      ...(options.onLogin === undefined ? {} : { onTried: options.onLogin }),
    })
  }

  /** How the log-in stands. */
  login(): LoginStatus {
    return this.#gate.status()
  }

  /** How many lists may be read at once. */
  get listLimit(): number {
    return this.#slots.limit('list')
  }

  /** Takes new credentials and certificates and tries them at once. */
  renew(changes: { authorization: Authorization; tls: TlsOptions | undefined }): void {
    this.#transport.authorization = changes.authorization
    this.#transport.tls = changes.tls
    this.#trial = trialOf(changes.authorization)
    this.#gate.retryNow()
  }

  /**
   * Calls `back` each time a platform that was out of reach is back, where the connection looks out for that; with the
   * time since when nothing answered at all, of the clock's `now`, null where that was never so. Ends when disposed of.
   */
  onBack(back: (darkSince: number | null) => void): Disposable {
    this.#onBack.add(back)
    return {
      [Symbol.dispose]: () => {
        this.#onBack.delete(back)
      },
    }
  }

  /** Tells that a connection to the platform fell silent: no request goes by one that was open before. */
  mistrust(): void {
    this.#transport.mistrust()
  }

  /** Ends what waits at the log-in gate; later requests fail. */
  [Symbol.dispose](): void {
    this.#lookout?.[Symbol.dispose]()
    this.#gate.close(new ApiError('unreachable', 'The connection is closed', { url: this.api }))
  }

  /**
   * GETs a document below the API. At most two quick retries where it is out of reach or fails for a moment.
   *
   * @param path path and query below the API, beginning with `/`
   * @throws ApiError
   * @throws RangeError for a path that begins otherwise: it could lead to another host
   */
  async get(path: string, options: GetOptions): Promise<Answer> {
    if (!path.startsWith('/'))
      throw new RangeError(`The path ${JSON.stringify(path.slice(0, 80))} does not begin with "/"`)
    const url = this.api + path
    const { signal } = options
    let relogged = false
    for (let retries = 0; ; ) {
      // Outside the retries: what fails here had its own.
      const login = await this.#gate.pass(signal)
      try {
        // Once is enough to tell a connection that died from a server that is slow.
        const patient = options.lane === 'list' || retries > 0
        const answer = await this.#inTurn(url, options, login, { relogged, patient })
        if (answer !== null) return answer
      } catch (error) {
        if (!relogged && isDoubtful(error)) {
          relogged = true
          continue
        }
        // The log-in works, and is refused here: each further try may be one of the three that lock the user.
        if (isUnauthorized(error)) throw slowly(error)
        const delay = quickRetryDelay(error, retries++, this.#random)
        if (delay === null) {
          this.#pause.heed(error)
          throw error
        }
        await this.clock.sleep(delay, signal)
      }
    }
  }

  /**
   * Opens a response that stays open, such as a stream: through the same log-in gate, outside the slots. Any status
   * but 401 is the caller's to judge; aborting the signal ends the response. Sent again after a 401 only, once.
   *
   * @param url absolute URL
   * @throws ApiError where no answer came or the log-in is refused
   */
  async open(url: string, options: OpenOptions): Promise<Response> {
    const { timeoutMs, signal, ...request } = options
    for (let relogged = false; ; relogged = true) {
      const login = await this.#gate.pass(signal)
      const deadline = new Deadline(timeoutMs, signal)
      try {
        const response = await this.#transport.send({ ...request, url, alone: true }, deadline)
        // The deadline is left undisposed with the body, which lives on, so that the caller's signal still ends it.
        deadline.pause()
        if (response.status !== 401) return response
        deadline.extend()
        throw await answeredError(response, { ...request, url }, deadline, this.clock.wall())
      } catch (error) {
        deadline[Symbol.dispose]()
        if (relogged || !isDoubtful(error)) throw error
        this.#doubt(error, login)
      }
    }
  }

  #lookingOut(): Lookout {
    return new Lookout({
      look: (signal) => this.#transport.isThere(this.api, signal),
      onBack: (darkSince) => {
        // What was open before may be open on this side only.
        if (darkSince !== null) this.#transport.mistrust()
        this.#gate.retryFailed()
        for (const back of this.#onBack) back(darkSince)
      },
      clock: this.clock,
      random: this.#random,
    })
  }

  /** Sends a request when its turn has come; null where log-in `login` no longer stands by then. */
  async #inTurn(url: string, options: GetOptions, login: number, so: Circumstances): Promise<Answer | null> {
    const { signal, lane = 'single' } = options
    const trial = this.#trial
    using turn = await trial.turn(signal)
    using _slot = await this.#slots.acquire(lane, signal)
    // A 401 while it waited: it must not cost a bad log-in more.
    if (!this.#gate.holds(login)) return null
    this.#pause.refuse(url)
    options.onIssue?.()
    const onAccepted = () => {
      trial.end()
      turn[Symbol.dispose]()
    }
    try {
      return await this.#document(url, options, so.patient, onAccepted)
    } catch (error) {
      // Before turn and slot go to the next request.
      if (!so.relogged) this.#doubt(error, login)
      throw error
    }
  }

  async #document(url: string, options: GetOptions, patient: boolean, onAccepted: () => void): Promise<Answer> {
    using deadline = new Deadline(this.#timeoutMs, options.signal)
    const request = { url, accept: mediaType(options.accept, this.format), patient }
    const response = await this.#transport.send(request, deadline)
    if (response.ok) onAccepted()
    const { maxBytes = defaultMaxBytes } = options
    return await readAnswer(response, request, { maxBytes, deadline, clock: this.clock })
  }

  /** Has log-in `login`, on which a request rested, shown to stand where the failure leaves that open. */
  #doubt(error: unknown, login: number): void {
    if (isUnauthorized(error)) this.#gate.rejected(login)
    else if (isDoubtful(error)) this.#gate.lost(login)
  }
}

/** An authorization that may change its header shows first that it need not. */
function trialOf(authorization: Authorization): Trial {
  return new Trial(authorization.refused === undefined)
}

function isUnauthorized(error: unknown): error is ApiError {
  return error instanceof ApiError && error.code === 'unauthorized'
}

/** Whether a request failed for its log-in: refused, or unsent since its header could not be made. */
function isDoubtful(error: unknown): boolean {
  return isUnauthorized(error) || (error instanceof ApiError && error.code === 'login-refused')
}

/** The same error, with the advice to come back in minutes. */
function slowly(error: ApiError): ApiError {
  const { url, abiquoCode } = error
  return new ApiError('unauthorized', error.message, {
    url,
    status: 401,
    retryAfterMs: refusedRetryMs,
    cause: error,
    ...(abiquoCode === null ? {} : { abiquoCode }),
  })
}
