import { createHmac } from 'node:crypto'

/** Secrets by key and by token, as a server keeps them. */
export interface KnownSecrets {
  readonly consumers: Readonly<Record<string, string>>
  readonly tokens: Readonly<Record<string, string>>
}

/** A request as a server of OAuth 1.0a sees it. */
export interface SignedRequest {
  readonly method: string
  /** URL as the server knows it, the query as it was sent. */
  readonly url: string
  readonly header: string
}

/**
 * The server's side of OAuth 1.0a with HMAC-SHA1, for tests: works on bytes and text, shares nothing with the signer.
 */
export class OAuthVerifier {
  readonly #secrets: KnownSecrets
  readonly #now: () => number
  readonly #nonces = new Set<string>()

  /** @param now the server's time in seconds since 1970 */
  constructor(secrets: KnownSecrets, now: () => number) {
    this.#secrets = secrets
    this.#now = now
  }

  /** The protocol parameters of a header; null where it is none of OAuth's. */
  static parameters(header: string): ReadonlyMap<string, string> | null {
    if (!header.startsWith('OAuth ')) return null
    const found = new Map<string, string>()
    for (const part of header.slice('OAuth '.length).split(', ')) {
      const match = /^([a-z_]+)="([^"]*)"$/.exec(part)
      if (match === null || found.has(match[1] ?? '')) return null
      found.set(match[1] ?? '', decoded(match[2] ?? '', false))
    }
    return found
  }

  /** Why a request is refused; null where it is good. */
  check({ method, url, header }: SignedRequest): string | null {
    const parameters = OAuthVerifier.parameters(header)
    if (parameters === null) return 'no OAuth header'
    const { consumers, tokens } = this.#secrets
    const consumerSecret = consumers[parameters.get('oauth_consumer_key') ?? '']
    if (consumerSecret === undefined) return 'unknown application'
    const token = parameters.get('oauth_token')
    const tokenSecret = token === undefined ? '' : tokens[token]
    if (tokenSecret === undefined) return 'unknown token'
    if (parameters.get('oauth_signature_method') !== 'HMAC-SHA1') return 'another method'
    if (parameters.get('oauth_version') !== '1.0') return 'another version'
    const stamp = parameters.get('oauth_timestamp') ?? ''
    if (!/^\d+$/.test(stamp) || Math.abs(Number(stamp) - this.#now()) > 300) return 'bad timestamp'
    const nonce = `${stamp} ${parameters.get('oauth_nonce')}`
    if (this.#nonces.has(nonce)) return 'nonce used before'
    this.#nonces.add(nonce)
    const given = [...parameters].filter(([name]) => name !== 'oauth_signature')
    const text = baseString(method, url, given)
    const key = `${encoded(consumerSecret)}&${encoded(tokenSecret)}`
    const expected = createHmac('sha1', Buffer.from(key)).update(Buffer.from(text)).digest()
    const signature = Buffer.from(parameters.get('oauth_signature') ?? '', 'base64')
    return signature.equals(expected) ? null : 'bad signature'
  }
}

function baseString(method: string, url: string, given: readonly (readonly [string, string])[]): string {
  const [, scheme = '', authority = '', path = '', query = ''] =
    /^([a-z]+):\/\/([^/?#]*)([^?#]*)(?:\?([^#]*))?/i.exec(url) ?? []
  const port = scheme.toLowerCase() === 'https' ? ':443' : ':80'
  const host = authority.toLowerCase()
  const sent = query === '' ? [] : query.split('&').map((pair) => pair.split(/=(.*)/s))
  const pairs = [
    ...given.map(([name, value]) => [encoded(name), encoded(value)]),
    ...sent.map(([name = '', value = '']) => [encoded(decoded(name, true)), encoded(decoded(value, true))]),
  ].map(([name = '', value = '']) => ({ name: Buffer.from(name), value: Buffer.from(value) }))
  pairs.sort((a, b) => Buffer.compare(a.name, b.name) || Buffer.compare(a.value, b.value))
  const line = pairs.map(({ name, value }) => `${name}=${value}`).join('&')
  const base = `${scheme.toLowerCase()}://${host.endsWith(port) ? host.slice(0, -port.length) : host}${path || '/'}`
  return `${method}&${encoded(base)}&${encoded(line)}`
}

/** Byte by byte: what is unreserved stays. */
function encoded(text: string): string {
  const parts = [...Buffer.from(text, 'utf8')].map((byte) => {
    const letter = String.fromCharCode(byte)
    return /[A-Za-z0-9._~-]/.test(letter) ? letter : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
  })
  return parts.join('')
}

function decoded(text: string, form: boolean): string {
  const bytes: number[] = []
  for (let at = 0; at < text.length; at++) {
    const letter = text[at]
    if (letter === '%') {
      bytes.push(Number.parseInt(text.slice(at + 1, at + 3), 16))
      at += 2
    } else bytes.push(form && letter === '+' ? 32 : (letter?.charCodeAt(0) ?? 0))
  }
  return Buffer.from(bytes).toString('utf8')
}
