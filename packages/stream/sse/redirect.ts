import { SseError } from './errors.ts'

/** Where a request is sent, as far as redirects change it. */
export interface SseTarget {
  readonly url: URL
  readonly method: string
  readonly withBody: boolean
  /** Whether it left the origin that the headers were made for; once it did, going back changes nothing. */
  readonly foreign: boolean
}

/** Whether a status sends a request elsewhere; the other ones from 300 to 399 do not by themselves. */
export function isRedirect(status: number): boolean {
  return status === 301 || status === 302 || status === 303 || status === 307 || status === 308
}

/**
 * Where an answer sends a request, as `fetch` would go (Fetch, section 4.4, HTTP-redirect fetch): 303 turns everything,
 * and 301 and 302 turn POST, into a GET without a body.
 *
 * @throws SseError of code `redirect` where that is nowhere that HTTP leads to
 */
export function redirected(target: SseTarget, status: number, location: string | null): SseTarget {
  const url = location ? parse(location, target.url) : null
  if (url === null || !isHttp(url)) {
    const where = url === null ? 'nowhere: its answer has no usable Location' : `to a URL of ${url.protocol}`
    throw new SseError('redirect', `${nameOf(target.method, target.url)} is redirected ${where}`, { status })
  }
  url.username = ''
  url.password = ''
  const foreign = target.foreign || url.origin !== target.url.origin
  const isPost = /^post$/i.test(target.method)
  const turns = status === 303 ? !/^(get|head)$/i.test(target.method) : isPost && (status === 301 || status === 302)
  return turns ? { url, method: 'GET', withBody: false, foreign } : { ...target, url, foreign }
}

/** Whether a URL is one of HTTP: some kinds of `fetch` also read files and the like. */
export function isHttp({ protocol }: URL): boolean {
  return protocol === 'http:' || protocol === 'https:'
}

/** A request as errors name it: without the query, which may hold secrets. */
export function nameOf(method: string, { origin, pathname }: URL): string {
  return `${method} "${origin}${pathname}"`
}

function parse(text: string, base: URL): URL | null {
  try {
    return new URL(text, base)
  } catch {
    return null
  }
}
