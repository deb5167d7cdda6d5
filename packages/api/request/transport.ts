import { ApiError } from '../errors.ts'
import type { Authorization } from '../log-in/authorization.ts'
import type { Deadline } from './deadline.ts'
import { discard } from './discard.ts'
import { failure, quote, requestLine, withoutSecrets } from './failures.ts'
import type { Lookout } from './lookout.ts'

/** TLS as Bun's `fetch` takes it. Elsewhere give a `fetch` of your own that does the same. */
export interface TlsOptions {
  /** Certificates to trust instead of the system's, in PEM. */
  ca?: string
  /** Client certificate and its key, in PEM. */
  cert?: string
  key?: string
  /** Whether the server's certificate is verified. @default true */
  rejectUnauthorized?: boolean
}

/** A function that sends a request, as the global `fetch` does. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>

/** One request. */
export interface Outgoing {
  /** Absolute URL. */
  readonly url: string
  /** Media type to ask for. */
  readonly accept: string
  /** @default 'GET' */
  readonly method?: string
  /** More headers; of ours they may replace all but `Authorization`. */
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** The URL that the `Authorization` header is made for, where that is not the one asked for. */
  readonly signAs?: string
  /** Whether redirects within the origin are followed; only a GET's are. @default true */
  readonly follow?: boolean
  /** Whether this is the log-in, which may have a header of its own. @default false */
  readonly login?: boolean
  /** Whether its answer may take long although the platform answers others. @default true */
  readonly patient?: boolean
  /** Whether it gets a connection of its own, never one that an earlier request left open. @default false */
  readonly alone?: boolean
}

/** What a {@link Transport} is made of. */
export interface TransportOptions {
  authorization: Authorization
  tls: TlsOptions | undefined
  fetch: Fetch
  /** A URL as the platform knows it. @default the URL as it is */
  knownAs?: (url: string) => string
  /** Told how requests to the origin of this API fare. */
  lookout?: { readonly api: string; readonly of: Lookout }
  /** Monotonic time in milliseconds. @default performance.now */
  now?: () => number
}

const maxRedirects = 5
/** Bun keeps idle connections for 5 min: by then none is left of those that were open before. */
const mistrustMs = 330_000
const userAgent = 'novnc-tokens'
/** Longest wait for a sign of life, in milliseconds. */
const lookTimeoutMs = 5000
const nobody = { api: '', of: null }

/** Sends single requests and turns every way they fail into an {@link ApiError}; knows no gate, slots and retries. */
export class Transport {
  readonly #fetch: Fetch
  readonly #knownAs: (url: string) => string
  readonly #lookout: TransportOptions['lookout']
  readonly #now: () => number
  #mistrustsUntil = Number.NEGATIVE_INFINITY
  authorization: Authorization
  tls: TlsOptions | undefined

  constructor(options: TransportOptions) {
    this.authorization = options.authorization
    this.tls = options.tls
    this.#fetch = options.fetch
    this.#knownAs = options.knownAs ?? ((url) => url)
    this.#lookout = options.lookout
    this.#now = options.now ?? (() => performance.now())
  }

  /**
   * Tells that a connection turned out to be dead without a word, as where a firewall has forgotten it. Those that are
   * idle may be, too: until they are gone, each request gets a connection of its own, lest it wait in vain on one after
   * the other.
   */
  mistrust(): void {
    this.#mistrustsUntil = this.#now() + mistrustMs
  }

  /** Sends a request and follows redirects within the origin; elsewhere the credentials must not go. */
  async send(request: Outgoing, deadline: Deadline): Promise<Response> {
    const { method = 'GET', follow = true } = request
    let { url } = request
    for (let redirects = 0; ; redirects++) {
      const response = await this.#sendOnce({ ...request, url }, deadline)
      if (!follow || ![301, 302, 303, 307, 308].includes(response.status)) return response
      await discard(response)
      const next = resolved(response.headers.get('location'), url)
      const sameOrigin = next !== null && next.origin === new URL(url).origin
      if (!sameOrigin || redirects >= maxRedirects || method !== 'GET') {
        const to =
          next === null ? 'nowhere' : sameOrigin && method === 'GET' ? 'in a circle' : `to ${quote(next.origin)}`
        const message = `${requestLine({ method, url })} is redirected ${to}: is this the URL of the API?`
        throw new ApiError('redirect', message, { url: withoutSecrets(request.url), status: response.status })
      }
      url = next.href
    }
  }

  async #sendOnce(request: Outgoing, deadline: Deadline): Promise<Response> {
    const { url, method = 'GET', accept, body } = request
    const headers = new Headers({
      accept,
      // A compressed body could not be bounded by what arrives, and the stream must not be buffered.
      'accept-encoding': 'identity',
      'cache-control': 'no-cache',
      'user-agent': userAgent,
    })
    for (const [name, value] of Object.entries(request.headers ?? {})) headers.set(name, value)
    headers.set('authorization', await this.#authorize(request, method))
    try {
      // timeout: false, since Bun otherwise ends a silent response after 360 s; the deadline is ours.
      const own = { timeout: false, ...(this.tls === undefined ? {} : { tls: this.tls }), ...this.#reuse(request) }
      const sent = { method, headers, redirect: 'manual', signal: deadline.signal, ...own } as const
      const response = await this.#answerTo(request, body === undefined ? sent : { ...sent, body }, deadline)
      deadline.extend()
      return response
    } catch (error) {
      if (deadline.expired || deadline.lost) this.mistrust()
      throw failure(error, { url, method }, deadline, 'failed')
    }
  }

  /** Whether anybody answers at a URL: asked without credentials, on a connection of its own. */
  async isThere(url: string, signal: AbortSignal): Promise<boolean> {
    try {
      const own = { keepalive: false, timeout: false, ...(this.tls === undefined ? {} : { tls: this.tls }) }
      const response = await this.#fetch(url, {
        method: 'HEAD',
        redirect: 'manual',
        headers: { 'user-agent': userAgent, connection: 'close' },
        signal: AbortSignal.any([signal, AbortSignal.timeout(lookTimeoutMs)]),
        ...own,
      })
      await response.body?.cancel()
      return isAlive(response)
    } catch {
      return false
    }
  }

  async #answerTo({ url, patient = true }: Outgoing, sent: RequestInit, deadline: Deadline): Promise<Response> {
    const { api, of: lookout } = this.#lookout ?? nobody
    if (lookout === null || new URL(api).origin !== new URL(url).origin) return await this.#fetch(url, sent)
    using _unanswered = lookout.sent(deadline, patient)
    try {
      const response = await this.#fetch(url, sent)
      if (isAlive(response) || !url.startsWith(api)) lookout.answered()
      else lookout.lost()
      return response
    } catch (error) {
      if (deadline.expired || !deadline.signal.aborted) lookout.lost()
      throw error
    }
  }

  #reuse({ alone }: Outgoing): { keepalive?: false } {
    return alone === true || this.#now() < this.#mistrustsUntil ? { keepalive: false } : {}
  }

  async #authorize({ url, signAs, login }: Outgoing, method: string): Promise<string> {
    const { authorization } = this
    const request = { method, url: signAs ?? this.#knownAs(url) }
    if (login === true && authorization.login !== undefined) return await authorization.login(request)
    return await authorization.header(request)
  }
}

/** Whether it is the platform that answers, not a gateway whose server is away. What says when to come back is there. */
function isAlive({ status, headers }: Response): boolean {
  return ![502, 503, 504].includes(status) || headers.has('retry-after')
}

/** Where a redirect leads; null where it leads nowhere. (Node 20 has no URL.parse.) */
function resolved(location: string | null, base: string): URL | null {
  if (!location) return null
  try {
    return new URL(location, base)
  } catch {
    return null
  }
}
