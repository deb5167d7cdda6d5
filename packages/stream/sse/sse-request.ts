import { type Clock, checkTls, type Fetch, messageOf, networkReason, type TlsOptions } from '@novnc-tokens/api'
import { SseError } from './errors.ts'
import { isHttp, isRedirect, nameOf, redirected, type SseTarget } from './redirect.ts'
import type { SseAttempt } from './sse-loop.ts'

/** Headers as `fetch` takes them. */
export type SseHeaders = Headers | Readonly<Record<string, string>> | readonly (readonly [string, string])[]

/** What may be sent as often as needed; a stream could be sent once only. */
export type SseBody = string | Uint8Array<ArrayBuffer> | ArrayBuffer | Blob | FormData | URLSearchParams

/** The request that opens a stream, made anew for each attempt. */
export interface SseRequestOptions {
  /** Such as `GET`, `POST` or `REPORT`. @default 'GET' */
  method?: string
  /** Sent with each attempt. */
  body?: SseBody
  /**
   * Headers, or a function that is asked for them before each request, since tokens expire. They win over those that the
   * client sends by itself, and but for what describes the body they are never sent to another origin.
   */
  headers?: SseHeaders | (() => SseHeaders | Promise<SseHeaders>)
  /** Longest wait for the headers of the answer, redirects included, in milliseconds. @default 30000 */
  connectTimeoutMs?: number
  /** TLS as Bun's `fetch` takes it. On Node give a `fetch` that does the same. */
  tls?: TlsOptions
  /** @default the global fetch */
  fetch?: Fetch
}

const maxRedirects = 10
/** Headers that another origin may see: they say how to read, and nothing of who asks. */
const harmlessHeaders = ['accept', 'accept-language', 'user-agent']
/** Headers that describe the body, and go where it goes. */
const bodyHeaders = ['content-encoding', 'content-language', 'content-type']

/** Opens a stream of events by `fetch`; knows nothing of what is read, and of retries. */
export class SseRequest {
  /** Method and URL, as errors name it: without the query, which may hold secrets. */
  readonly name: string
  readonly #url: URL
  readonly #options: SseRequestOptions
  readonly #fetch: Fetch
  readonly #clock: Clock

  /** @throws TypeError where the request can never be sent; RangeError for TLS settings that nothing heeds */
  constructor(url: string | URL, options: SseRequestOptions, clock: Clock) {
    const { method = 'GET', body, fetch: send = (target, init) => fetch(target, init) } = options
    this.#url = new URL(url)
    this.name = nameOf(method, this.#url)
    checkTls(options)
    if (!isHttp(this.#url)) throw new TypeError(`${this.name} is no request of HTTP: give an http: or https: URL`)
    if (this.#url.username || this.#url.password) {
      throw new TypeError(`${this.name} has a log-in in its URL: give it by the header "authorization"`)
    }
    if (body !== undefined && /^(get|head)$/i.test(method)) throw new TypeError(`${this.name} cannot have a body`)
    this.#options = options
    this.#fetch = send
    this.#clock = clock
  }

  /** Sends the request and follows its redirects; resolves to whatever is answered then, rejects with an SseError. */
  async open({ lastEventId, signal }: SseAttempt): Promise<Response> {
    const { connectTimeoutMs = 30_000 } = this.#options
    const request = new AbortController()
    const connected = new AbortController()
    const onTimeout = () => {
      if (connected.signal.aborted) return
      request.abort(new SseError('timeout', `${this.name} had no answer within ${connectTimeoutMs / 1000} s`))
    }
    if (signal.aborted) throw signal.reason
    // Also after the headers: it ends the body.
    signal.addEventListener('abort', () => request.abort(signal.reason), { once: true })
    this.#clock.sleep(connectTimeoutMs, connected.signal).then(onTimeout, () => undefined)
    try {
      return await this.#follow(lastEventId, request.signal)
    } catch (error) {
      if (request.signal.aborted) throw request.signal.reason
      throw error
    } finally {
      connected.abort()
    }
  }

  async #follow(lastEventId: string, signal: AbortSignal): Promise<Response> {
    const { method = 'GET', body } = this.#options
    let target: SseTarget = { url: this.#url, method, withBody: body !== undefined, foreign: false }
    for (let redirects = 0; ; redirects++) {
      const response = await this.#send(target, lastEventId, signal)
      if (!isRedirect(response.status)) return response
      void response.body?.cancel().catch(() => undefined)
      target = redirected(target, response.status, response.headers.get('location'))
      if (redirects >= maxRedirects) {
        const message = `${this.name} was redirected more than ${maxRedirects} times`
        throw new SseError('redirect', message, { status: response.status })
      }
    }
  }

  async #send(target: SseTarget, lastEventId: string, signal: AbortSignal): Promise<Response> {
    const { url, method, withBody } = target
    const body = withBody ? this.#options.body : undefined
    const headers = await this.#headers(target, lastEventId, signal)
    // timeout: false, since Bun otherwise ends a silent response after 360 s; the watchdog is ours.
    const own = { timeout: false, ...this.#tls(target.foreign) }
    const sent = { method, headers, redirect: 'manual', signal, ...own } as const
    try {
      return await this.#fetch(url.href, body === undefined ? sent : { ...sent, body })
    } catch (error) {
      throw new SseError('unreachable', `${nameOf(method, url)} failed: ${networkReason(error)}`, { cause: error })
    }
  }

  async #headers(target: SseTarget, lastEventId: string, signal: AbortSignal): Promise<Headers> {
    const headers = new Headers({
      accept: 'text/event-stream',
      'cache-control': 'no-cache',
      // A proxy that compresses buffers.
      'accept-encoding': 'identity',
    })
    const id = headerOf(lastEventId)
    if (id !== null) headers.set('last-event-id', id)
    const { headers: given = {} } = this.#options
    let own: SseHeaders
    try {
      own = typeof given === 'function' ? await raced(given(), signal) : given
    } catch (error) {
      throw new SseError('handler', `The headers of ${this.name} could not be made: ${messageOf(error)}`, {
        cause: error,
      })
    }
    for (const [name, value] of pairs(own)) {
      if (!this.#mayGo(name.toLowerCase(), target)) continue
      try {
        headers.set(name, value)
      } catch {
        // Its own message would tell the value, which may be a secret.
        throw new SseError(
          'handler',
          `The header "${name}" of ${this.name} cannot be sent: it has characters of no header`,
        )
      }
    }
    return headers
  }

  /** Whether a header of the user may be sent to where redirects led. */
  #mayGo(name: string, { withBody, foreign }: SseTarget): boolean {
    if (bodyHeaders.includes(name)) return withBody || this.#options.body === undefined
    return !foreign || harmlessHeaders.includes(name)
  }

  /** TLS for a server: one of another origin is shown no certificate of ours. */
  #tls(foreign: boolean): { tls?: TlsOptions } {
    const { tls } = this.#options
    if (tls === undefined) return {}
    const { cert, key, ...rest } = tls
    return { tls: foreign ? rest : tls }
  }
}

/**
 * A last event id as a header's value; null where there is none to send. Header values are bytes, and `fetch` takes them
 * as Latin-1 only: the bytes of UTF-8 (WHATWG HTML, 9.2.3) have to be given as such. Control characters fit no header.
 */
export function headerOf(lastEventId: string): string | null {
  if (lastEventId === '' || /[\0-\x08\x0a-\x1f\x7f]/.test(lastEventId)) return null
  return Buffer.from(lastEventId, 'utf8').toString('latin1')
}

function pairs(headers: SseHeaders): Iterable<readonly [string, string]> {
  return Symbol.iterator in headers ? headers : Object.entries(headers)
}

/** What a promise resolves to, unless the signal is aborted before. */
async function raced<T>(value: T | Promise<T>, signal: AbortSignal): Promise<T> {
  const settled = new AbortController()
  const aborted = new Promise<never>((_, reject) => {
    const onAbort = () => reject(signal.reason)
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort, { once: true, signal: settled.signal })
  })
  try {
    return await Promise.race([value, aborted])
  } finally {
    settled.abort()
  }
}
