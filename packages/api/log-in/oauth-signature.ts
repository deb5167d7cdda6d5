import { createHmac } from 'node:crypto'

/** A parameter of a request: name and value, decoded. */
export type Parameter = readonly [name: string, value: string]

/**
 * Percent-encoding as OAuth wants it: all but letters, digits, `-`, `.`, `_` and `~` (RFC 5849, section 3.6).
 *
 * @example
 * ```ts
 * percentEncode("it's 100 %!") // 'it%27s%20100%20%25%21'
 * ```
 */
export function percentEncode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (each) => `%${each.charCodeAt(0).toString(16).toUpperCase()}`)
}

/**
 * What a signature is made of (RFC 5849, section 3.4.1): method, URL without its query and default port, and all
 * parameters, those of the query too, in the order of their encoded names and values.
 *
 * @param url absolute URL
 * @param parameters those of the `Authorization` header, and of a form in the body
 */
export function signatureBase(method: string, url: string, parameters: readonly Parameter[]): string {
  // URL writes scheme and host in lower case, and leaves out a port that is the scheme's own.
  const { protocol, host, pathname, searchParams } = new URL(url)
  const encoded = [...searchParams, ...parameters].map(([name, value]) => [percentEncode(name), percentEncode(value)])
  const sorted = encoded.sort(([name = '', value = ''], [otherName = '', otherValue = '']) =>
    name === otherName ? compare(value, otherValue) : compare(name, otherName),
  )
  const normalized = sorted.map((pair) => pair.join('=')).join('&')
  return [method.toUpperCase(), `${protocol}//${host}${pathname}`, normalized].map(percentEncode).join('&')
}

/** The signature of a base string by HMAC-SHA1 (RFC 5849, section 3.4.2), in Base64. */
export function hmacSha1(base: string, consumerSecret: string, tokenSecret: string): string {
  const key = `${percentEncode(consumerSecret)}&${percentEncode(tokenSecret)}`
  return createHmac('sha1', key).update(base).digest('base64')
}

/** By code units, which for encoded text are its bytes. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
