import { createHmac } from 'node:crypto'

/** A decoded parameter of a request; a name may come more than once. */
export type Parameter = readonly [name: string, value: string]

/** Encodes all but letters, digits and `-._~` (RFC 5849, section 3.6). */
export function percentEncode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

/** Reads an `Authorization: OAuth` header (section 3.5.1), `realm` left out; null: it has another form. */
export function readAuthorization(header: string): Parameter[] | null {
  const text = /^OAuth\s+(.*)$/i.exec(header)?.[1]
  if (text === undefined) return null
  const parameters: Parameter[] = []
  const form = /\s*([^\s=,"]+)="([^"]*)"\s*(?:,|$)/y
  while (form.lastIndex < text.length) {
    const [, name, value] = form.exec(text) ?? []
    if (name === undefined || value === undefined) return null
    if (name.toLowerCase() === 'realm') continue
    try {
      parameters.push([decodeURIComponent(name), decodeURIComponent(value)])
    } catch {
      return null
    }
  }
  return parameters
}

/** The parameters of a query or of a body that is a form (section 3.4.1.3.1). */
export function formParameters(text: string): Parameter[] {
  return [...new URLSearchParams(text)]
}

/** What is signed (section 3.4.1): the method, the address without query and usual port, and all parameters in order. */
export function baseString(method: string, url: string, parameters: readonly Parameter[]): string {
  const { protocol, host, pathname, search } = new URL(url)
  const pairs = [...formParameters(search), ...parameters]
    .filter(([name]) => name !== 'oauth_signature')
    .map(([name, value]): Parameter => [percentEncode(name), percentEncode(value)])
    .sort(([name, value], [otherName, otherValue]) => compare(name, otherName) || compare(value, otherValue))
  const normalized = pairs.map(([name, value]) => `${name}=${value}`).join('&')
  return [method.toUpperCase(), `${protocol}//${host}${pathname}`, normalized].map(percentEncode).join('&')
}

/** Signs with HMAC-SHA1 (section 3.4.2), as Base64. */
export function sign(base: string, clientSecret: string, tokenSecret: string): string {
  const key = `${percentEncode(clientSecret)}&${percentEncode(tokenSecret)}`
  return createHmac('sha1', key).update(base).digest('base64')
}

// Encoded texts are ASCII, so this is the order of bytes that the standard wants.
function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}
