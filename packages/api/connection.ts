import type { Authorization } from './authorization.ts'
import { backoffDelay } from './backoff.ts'
import { type Clock, systemClock } from './clock.ts'
import { BodyError, readEntity } from './collection.ts'
import { Deadline } from './deadline.ts'
import { ApiError } from './errors.ts'
import { Hrefs } from './href.ts'
import { LoginGate, type LoginStatus } from './login-gate.ts'
import { type Format, mediaType } from './media-types.ts'
import { type Lane, Slots } from './slots.ts'
import { type Answer, type Fetch, type TlsOptions, Transport } from './transport.ts'

/** Settings of a {@link Connection}. */
export interface ConnectionOptions {
  /** URL of the API, such as `https://abiquo.example.com/api`. */
  api: string
  authorization: Authorization
  /** The API's URL as the platform knows it, where it differs: its path is the context path of all hrefs. */
  apiLocation?: string
  /** Notation to ask for. @default 'json' */
  format?: Format
  /** Longest silence of a request, in milliseconds: to its first byte, and within its body. @default 120000 */
  timeoutMs?: number
  /** Requests at once, 1 or more. @default 8 */
  concurrency?: number
  tls?: TlsOptions
  /** Whether requests wait while the log-in is refused or out of reach, instead of failing at once. @default false */
  patient?: boolean
  /** Called after each try to log in. */
  onLogin?: (status: LoginStatus) => void
  clock?: Clock
  /** Source of randomness in [0, 1). @default Math.random */
  random?: () => number
  fetch?: Fetch
}

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

const defaultMaxBytes = 64 * 2 ** 20
const quickRetries = 2
/** After how long something is asked for again that is refused with 401 although the log-in works. */
const refusedRetryMs = 300_000
/** A Retry-After up to this is waited out within the request; a longer one is the caller's to know. */
const shortRetryAfterMs = 5000

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
  readonly #timeoutMs: number
  readonly #random: () => number
  readonly #slots: Slots
  readonly #gate: LoginGate
  readonly #transport: Transport
  #pausedUntil = Number.NEGATIVE_INFINITY

  constructor(options: ConnectionOptions) {
    this.api = options.api.replace(/\/+$/, '')
    this.hrefs = new Hrefs(options.apiLocation ?? this.api)
    this.format = options.format ?? 'json'
    this.clock = options.clock ?? systemClock
    this.#timeoutMs = options.timeoutMs ?? 120_000
    this.#random = options.random ?? Math.random
    this.#slots = new Slots(options.concurrency ?? 8)
    this.#transport = new Transport({
      authorization: options.authorization,
      tls: options.tls,
      clock: this.clock,
      fetch: options.fetch ?? fetch,
    })
    this.#gate = new LoginGate({
      probe: (signal) => this.#logIn(signal),
      clock: this.clock,
      random: this.#random,
      patient: options.patient ?? false,
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
    this.#gate.retryNow()
  }

  /** Ends what waits at the log-in gate; later requests fail. */
  [Symbol.dispose](): void {
    this.#gate.close(new ApiError('unreachable', 'The connection is closed', { url: this.api }))
  }

  /**
   * GETs a document below the API. At most two quick retries where it is out of reach or fails for a moment.
   *
   * @param path path and query below the API, beginning with `/`
   * @throws ApiError
   */
  async get(path: string, options: GetOptions): Promise<Answer> {
    const url = this.api + path
    const { signal } = options
    let relogged = false
    for (let retries = 0; ; ) {
      // Outside the retries: what fails here had its own.
      const login = await this.#gate.pass(signal)
      try {
        using _slot = await this.#slots.acquire(options.lane ?? 'single', signal)
        // A 401 while it waited for the slot: it must not cost a bad log-in more.
        if (!this.#gate.holds(login)) continue
        this.#refuseWhilePaused(url)
        options.onIssue?.()
        return await this.#document(url, options).catch((error: unknown) => {
          // Before the slot goes to the next request.
          if (!relogged && isUnauthorized(error)) this.#gate.rejected(login)
          throw error
        })
      } catch (error) {
        if (!relogged && isUnauthorized(error)) {
          relogged = true
          continue
        }
        // The log-in works, and is refused here: each further try may be one of the three that lock the user.
        if (isUnauthorized(error)) throw slowly(error)
        const delay = quickRetryDelay(error, retries++, this.#random)
        if (delay === null) {
          this.#heed(error)
          throw error
        }
        await this.clock.sleep(delay, signal)
      }
    }
  }

  /**
   * Opens a response that stays open, such as a stream: through the same log-in gate, outside the slots. Any status
   * but 401 is the caller's to judge; aborting the signal ends the response.
   *
   * @param url absolute URL
   * @param options.timeoutMs longest wait for the headers, in milliseconds
   * @throws ApiError where no answer came or the log-in is refused
   */
  async open(url: string, options: { accept: string; timeoutMs: number; signal: AbortSignal }): Promise<Response> {
    for (let relogged = false; ; relogged = true) {
      const login = await this.#gate.pass(options.signal)
      const deadline = new Deadline(options.timeoutMs, options.signal)
      try {
        const response = await this.#transport.send(url, options.accept, deadline)
        // The deadline is left undisposed with the body, which lives on, so that the caller's signal still ends it.
        deadline.pause()
        if (response.status !== 401) return response
        deadline.extend()
        const error = await this.#transport.errorOf(response, url, deadline)
        if (relogged) throw error
      } catch (error) {
        deadline[Symbol.dispose]()
        throw error
      }
      deadline[Symbol.dispose]()
      this.#gate.rejected(login)
    }
  }

  async #logIn(signal: AbortSignal): Promise<void> {
    const url = `${this.api}/login`
    try {
      const { body, contentType } = await this.#logInAnswer(url, signal)
      parseAnswer(url, () => readEntity(body, contentType, 'user'))
    } catch (error) {
      if (!(error instanceof ApiError) || (error.status !== 401 && error.status !== 403)) throw error
      const { status, abiquoCode } = error
      const user = JSON.stringify(this.#transport.authorization.user)
      const answer = `${status}${abiquoCode === null ? '' : ` (${abiquoCode})`}`
      const message = `The platform refuses the log-in of ${user}: GET "${url}" answered ${answer}. Check user name and password; three bad log-ins within a minute lock the user`
      throw new ApiError('login-refused', message, {
        url,
        status,
        cause: error,
        ...(abiquoCode === null ? {} : { abiquoCode }),
      })
    }
  }

  async #document(url: string, options: GetOptions): Promise<Answer> {
    using deadline = new Deadline(this.#timeoutMs, options.signal)
    const accept = mediaType(options.accept, this.format)
    return await this.#transport.document(url, accept, options.maxBytes ?? defaultMaxBytes, deadline)
  }

  async #logInAnswer(url: string, signal: AbortSignal): Promise<Answer> {
    for (let retries = 0; ; retries++) {
      try {
        return await this.#document(url, { accept: 'user', signal })
      } catch (error) {
        const delay = quickRetryDelay(error, retries, this.#random)
        if (delay === null) throw error
        await this.clock.sleep(delay, signal)
      }
    }
  }

  /** Holds all requests for as long as a server asks, and a little longer, lest all clients return in step. */
  #heed(error: unknown): void {
    // Without a status it is our own refusal to send.
    if (!(error instanceof ApiError) || error.code !== 'busy' || error.status === null) return
    const ms = error.retryAfterMs ?? 0
    this.#pausedUntil = Math.max(this.#pausedUntil, this.clock.now() + ms + this.#random() * Math.min(ms * 0.1, 5000))
  }

  #refuseWhilePaused(url: string): void {
    const left = this.#pausedUntil - this.clock.now()
    if (left <= 0) return
    const message = `GET "${url}" not sent: the platform asked for silence, ${Math.ceil(left / 1000)} s of it left`
    throw new ApiError('busy', message, { url, retryAfterMs: left })
  }
}

/** Milliseconds until the next quick try of a request that failed; null where its failure is to be handed up. */
function quickRetryDelay(error: unknown, retries: number, random: () => number): number | null {
  if (!(error instanceof ApiError) || retries >= quickRetries) return null
  const { code, status, retryAfterMs } = error
  const asked = code === 'busy' ? retryAfterMs : null
  const passing = code === 'unreachable' || asked !== null || (code === 'status' && status !== null && status >= 500)
  if (!passing || (asked ?? 0) > shortRetryAfterMs) return null
  return (asked ?? 0) + backoffDelay(retries + 1, { firstMs: 200, random })
}

/** Runs a parser on a body; an {@link ApiError} says which request gave it when it cannot be read. */
export function parseAnswer<T>(url: string, parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    if (!(error instanceof BodyError)) throw error
    const code = error.kind === 'foreign' ? 'not-abiquo' : 'malformed'
    const hint = error.kind === 'foreign' ? ': is a proxy or a log-in page in the way?' : ''
    throw new ApiError(code, `The answer to GET "${url}" ${error.message}${hint}`, { url, cause: error })
  }
}

function isUnauthorized(error: unknown): error is ApiError {
  return error instanceof ApiError && error.code === 'unauthorized'
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
