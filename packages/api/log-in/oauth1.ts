import { randomBytes } from 'node:crypto'
import { type Clock, systemClock } from '../time/clock.ts'
import type { Authorization, AuthorizedRequest } from './authorization.ts'
import { hmacSha1, type Parameter, percentEncode, signatureBase } from './oauth-signature.ts'

/** What OAuth 1.0a signs with: key and secret of the application, and of the token that a user gave it. */
export interface OAuth1Credentials {
  readonly consumerKey: string
  readonly consumerSecret: string
  readonly token: string
  readonly tokenSecret: string
}

/** How OAuth signs. */
export interface OAuth1Options {
  /** Who logs in, for messages. @default 'the OAuth application' */
  user?: string
  /** Its wall clock stamps each request. */
  clock?: Pick<Clock, 'wall'>
  /** Makes a text that no two requests share. @default 128 random bits */
  nonce?: () => string
}

/** Servers bear a clock that is a little off: by less than this it is not worth a word. */
const toldSkewMs = 60_000

/**
 * OAuth 1.0a with HMAC-SHA1 (RFC 5849): each header is signed for its request, with a nonce and timestamp of its own.
 *
 * @throws RangeError where one of the four credentials is empty
 *
 * @example
 * ```ts
 * const connection = new Connection({
 *   api: 'https://abiquo.example.com/api',
 *   authorization: oauth1({ consumerKey: 'key', consumerSecret: 'secret', token: 'token', tokenSecret: 'secret' }),
 * })
 * ```
 */
export function oauth1(credentials: OAuth1Credentials, options: OAuth1Options = {}): Authorization {
  const { consumerKey, consumerSecret, token, tokenSecret } = credentials
  for (const [name, value] of Object.entries({ consumerKey, consumerSecret, token, tokenSecret })) {
    if (value === '') throw new RangeError(`${name} is empty: OAuth needs all four credentials`)
  }
  return {
    user: options.user ?? 'the OAuth application',
    header: (request) => oauthHeader(request, credentials, options),
    advice: (aheadMs) => `Check the four OAuth credentials, and ${signingAdvice(aheadMs)}`,
  }
}

/** What signs one request: the token is still to come where an application asks for one. */
export interface Signing {
  readonly consumerKey: string
  readonly consumerSecret: string
  readonly token?: string
  readonly tokenSecret?: string
}

/**
 * The `Authorization` header of one request (RFC 5849, section 3.5.1).
 *
 * @param more protocol parameters of this request, such as `oauth_callback`
 */
export function oauthHeader(
  request: AuthorizedRequest,
  signing: Signing,
  options: OAuth1Options = {},
  more: readonly Parameter[] = [],
): string {
  const { consumerKey, consumerSecret, token, tokenSecret = '' } = signing
  const { clock = systemClock, nonce = randomNonce } = options
  const parameters: Parameter[] = [
    ['oauth_consumer_key', consumerKey],
    ...(token === undefined ? [] : ([['oauth_token', token]] as const)),
    ['oauth_signature_method', 'HMAC-SHA1'],
    ['oauth_timestamp', String(Math.floor(clock.wall() / 1000))],
    ['oauth_nonce', nonce()],
    ['oauth_version', '1.0'],
    ...more,
  ]
  const signature = hmacSha1(signatureBase(request.method, request.url, parameters), consumerSecret, tokenSecret)
  const all: readonly Parameter[] = [...parameters, ['oauth_signature', signature]]
  return `OAuth ${all.map(([name, value]) => `${percentEncode(name)}="${percentEncode(value)}"`).join(', ')}`
}

/**
 * What else makes signatures wrong, as the end of a sentence that begins with "Check".
 *
 * @param aheadMs how far this machine's clock is ahead of the platform's, in milliseconds; null where it is not known
 */
export function signingAdvice(aheadMs: number | null): string {
  const location = "that the API location is the API's URL as the platform knows it, since that is what is signed"
  if (aheadMs === null || Math.abs(aheadMs) < toldSkewMs) return location
  const off = `${Math.round(Math.abs(aheadMs) / 1000)} s ${aheadMs > 0 ? 'ahead of' : 'behind'} the platform's`
  return `this machine's clock, which is ${off}; also ${location}`
}

function randomNonce(): string {
  return randomBytes(16).toString('hex')
}
