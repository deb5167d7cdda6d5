import type { Authorization } from './authorization.ts'
import { type Body, readBody, UnreadableBody } from './body.ts'
import type { Clock } from './clock.ts'
import { readErrors } from './collection.ts'
import type { Deadline } from './deadline.ts'
import { ApiError, type ApiErrorCode, messageOf } from './errors.ts'
import { retryAfterMs } from './retry-after.ts'

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

/** A body with what is needed to parse it. */
export interface Answer {
  readonly body: Body
  readonly contentType: string | null
  readonly url: string
}

const errorBodyBytes = 64 * 2 ** 10
/** No server may silence a client for longer than this by one header. */
const longestRetryAfterMs = 3_600_000
const maxRedirects = 5
const userAgent = 'novnc-tokens'

/** Sends single GETs and turns every way they fail into an {@link ApiError}; knows nothing of log-ins, slots and retries. */
export class Transport {
  readonly #clock: Clock
  readonly #fetch: Fetch
  authorization: Authorization
  tls: TlsOptions | undefined

  constructor(options: { authorization: Authorization; tls: TlsOptions | undefined; clock: Clock; fetch: Fetch }) {
    this.authorization = options.authorization
    this.tls = options.tls
    this.#clock = options.clock
    this.#fetch = options.fetch
  }

  /** GETs a whole document of at most `maxBytes`; any status but 2xx is an error. */
  async document(url: string, accept: string, maxBytes: number, deadline: Deadline): Promise<Answer> {
    const response = await this.send(url, accept, deadline)
    if (!response.ok) throw await this.errorOf(response, url, deadline)
    try {
      const body = await readBody(response, { maxBytes, onProgress: () => deadline.extend() })
      return { body, contentType: response.headers.get('content-type'), url }
    } catch (error) {
      throw failure(error, url, deadline, 'broke off')
    }
  }

  /** Sends a GET and follows redirects within the origin; elsewhere the credentials must not go. */
  async send(url: string, accept: string, deadline: Deadline): Promise<Response> {
    let target = url
    for (let redirects = 0; ; redirects++) {
      const response = await this.#sendOnce(target, accept, deadline)
      if (![301, 302, 303, 307, 308].includes(response.status)) return response
      await response.body?.cancel()
      const location = response.headers.get('location')
      const next = location ? URL.parse(location, target) : null
      if (next === null || next.origin !== new URL(target).origin || redirects >= maxRedirects) {
        const to = next === null ? 'nowhere' : redirects >= maxRedirects ? 'in a circle' : `to ${quote(next.origin)}`
        const message = `GET ${quote(target)} is redirected ${to}: is this the URL of the API?`
        throw new ApiError('redirect', message, { url, status: response.status })
      }
      target = next.href
    }
  }

  async #sendOnce(url: string, accept: string, deadline: Deadline): Promise<Response> {
    const headers = {
      accept,
      // A compressed body could not be bounded by what arrives, and the stream must not be buffered.
      'accept-encoding': 'identity',
      'cache-control': 'no-cache',
      'user-agent': userAgent,
      authorization: await this.authorization.header({ method: 'GET', url }),
    }
    try {
      // timeout: false, since Bun otherwise ends a silent response after 360 s; the deadline is ours.
      const own = { timeout: false, ...(this.tls === undefined ? {} : { tls: this.tls }) }
      const response = await this.#fetch(url, { headers, redirect: 'manual', signal: deadline.signal, ...own })
      deadline.extend()
      return response
    } catch (error) {
      throw failure(error, url, deadline, 'failed')
    }
  }

  /** The error that a response means; reads its body for Abiquo's own words. */
  async errorOf(response: Response, url: string, deadline: Deadline): Promise<ApiError> {
    const { status, statusText } = response
    let errors: ReturnType<typeof readErrors> = null
    try {
      const body = await readBody(response, { maxBytes: errorBodyBytes, onProgress: () => deadline.extend() })
      errors = readErrors(body, response.headers.get('content-type'))
    } catch (error) {
      // The status is known and says enough; only the caller's abort matters more.
      if (deadline.signal.aborted && !deadline.expired) throw deadline.signal.reason ?? error
    }
    const asked = retryAfterMs(response.headers.get('retry-after'), this.#clock.wall())
    const wait = asked === null ? null : Math.min(asked, longestRetryAfterMs)
    const said = errors === null ? '' : ` (${errors.code}${errors.message ? `: ${errors.message}` : ''})`
    const line = `GET ${quote(url)} answered ${status}${statusText ? ` ${statusText}` : ''}${said}`
    return new ApiError(codeOf(status, wait), line.replace(/[\p{Cc}\s]+/gu, ' ').slice(0, 500), {
      url,
      status,
      ...(errors === null ? {} : { abiquoCode: errors.code }),
      ...(wait === null ? {} : { retryAfterMs: wait }),
    })
  }
}

function failure(error: unknown, url: string, deadline: Deadline, what: string): unknown {
  if (error instanceof UnreadableBody) {
    return new ApiError(error.code, `The answer to GET ${quote(url)} ${error.message}`, { url, cause: error })
  }
  if (deadline.expired) {
    return new ApiError('timeout', `GET ${quote(url)} made no progress for ${deadline.ms / 1000} s`, { url })
  }
  // The caller's own abort is passed on as it is.
  if (deadline.signal.aborted) return deadline.signal.reason
  return new ApiError('unreachable', `GET ${quote(url)} ${what}: ${describe(error)}`, { url, cause: error })
}

function codeOf(status: number, retryAfter: number | null): ApiErrorCode {
  if (status === 401) return 'unauthorized'
  if (status === 403) return 'forbidden'
  if (status === 404 || status === 410) return 'not-found'
  return status === 429 || (status === 503 && retryAfter !== null) ? 'busy' : 'status'
}

/** A long query, as of the stream's filters, says nothing that a reader of the message does not know. */
function quote(url: string): string {
  return JSON.stringify(url.length > 120 ? url.replace(/\?.*$/s, '?...') : url)
}

/** What the runtimes' codes of network errors mean: Bun's own texts are questions to a person in front of a browser. */
const meanings: ReadonlyMap<string, string> = new Map([
  ['ConnectionRefused', 'the connection is refused'],
  ['ECONNREFUSED', 'the connection is refused'],
  ['ConnectionClosed', 'the connection was closed'],
  ['ECONNRESET', 'the connection was reset'],
  ['UND_ERR_SOCKET', 'the connection was closed'],
  ['ConnectionTimeout', 'no connection came about in time'],
  ['ETIMEDOUT', 'no connection came about in time'],
  ['ENOTFOUND', 'the host is not known'],
  ['FailedToOpenSocket', 'the host is not known, or no connection can be made'],
  ['EHOSTUNREACH', 'the host is out of reach'],
  ['ENETUNREACH', 'the network is out of reach'],
])

/** Bun's and Node's network errors, with the code that tells a refused connection from an untrusted certificate. */
function describe(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  const code: unknown = typeof cause === 'object' && cause !== null ? Reflect.get(cause, 'code') : null
  const text = messageOf(cause)
  if (typeof code !== 'string') return text
  if (/CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ALTNAME|ISSUER/.test(code)) return `its certificate is not trusted (${code})`
  const meaning = meanings.get(code)
  if (meaning !== undefined) return `${meaning} (${code})`
  return text.includes(code) ? text : `${text} (${code})`
}
