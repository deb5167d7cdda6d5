import { ApiError } from '../errors.ts'
import { shownType } from '../notation/media-types.ts'
import { type Answer, readAnswer } from '../request/answer.ts'
import type { Connection } from '../request/connection.ts'
import { Deadline } from '../request/deadline.ts'
import { discard } from '../request/discard.ts'
import { answeredError, quote, requestLine, withoutSecrets } from '../request/failures.ts'
import { type Fetch, type Outgoing, type TlsOptions, Transport } from '../request/transport.ts'
import type { Clock } from '../time/clock.ts'
import { httpDate } from '../time/http-date.ts'
import type { Parameter } from './oauth-signature.ts'
import { type OAuth1Options, oauthHeader, type Signing, signingAdvice } from './oauth1.ts'

/** What the steps of an authorization share. */
export interface OAuthContext {
  /** For what the user asks; what the application asks needs no log-in. */
  readonly connection: Connection
  readonly tls: TlsOptions | undefined
  readonly fetch: Fetch
  readonly clock: Clock
  /** How requests of the application are signed. */
  readonly signing: OAuth1Options
  readonly timeoutMs: number
  readonly signal: AbortSignal | undefined
}

/** A token with its secret. */
export interface OAuthToken {
  readonly token: string
  readonly tokenSecret: string
}

/** No answer of these steps is longer, in bytes. */
const maxBytes = 2 ** 20

/** Asks for a token that a user can authorize (RFC 5849, section 2.1). */
export async function requestToken(context: OAuthContext, application: Signing): Promise<OAuthToken> {
  return await step('get a request token', () =>
    tokenFrom(context, '/oauth/request_token', application, ['oauth_callback', 'oob']),
  )
}

/** Authorizes a request token in the name of the user; resolves to the verifier (RFC 5849, section 2.2). */
export async function verifierOf(context: OAuthContext, token: string): Promise<string> {
  const query = new URLSearchParams({ oauth_token: token })
  const request = { url: `${context.connection.api}/oauth/authorize?${query}`, accept: '*/*', follow: false }
  return await step('authorize the application', () =>
    asUser(context, request, async (response, deadline) => {
      if (response.status >= 400) throw await answeredError(response, request, deadline, context.clock.wall())
      await discard(response)
      const location = response.headers.get('location') ?? ''
      // It may be relative, or begin with the callback: "oob" is no address.
      const verifier = new URLSearchParams(/\?([^#]*)/.exec(location)?.[1] ?? '').get('oauth_verifier')
      if (verifier) return verifier
      throw noVerifier(response, request, location)
    }),
  )
}

/** Trades an authorized request token for an access token (RFC 5849, section 2.3). */
export async function accessToken(context: OAuthContext, signing: Signing, verifier: string): Promise<OAuthToken> {
  return await step('get an access token', () =>
    tokenFrom(context, '/oauth/access_token', signing, ['oauth_verifier', verifier]),
  )
}

/** Runs a step of the authorization; its failure says which step it was. */
export async function step<T>(what: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    throw restated(error, (message) => `Cannot ${what}: ${message}`)
  }
}

/** The same error in other words; what is no {@link ApiError} stays as it is. */
export function restated(error: unknown, words: (message: string) => string): unknown {
  if (!(error instanceof ApiError)) return error
  const { code, message, url, status, abiquoCode, retryAfterMs } = error
  return new ApiError(code, words(message), {
    url,
    cause: error,
    ...(status === null ? {} : { status }),
    ...(abiquoCode === null ? {} : { abiquoCode }),
    ...(retryAfterMs === null ? {} : { retryAfterMs }),
  })
}

/** Sends a request in the name of the user and hands the response to `take`. */
export async function asUser<T>(
  context: OAuthContext,
  request: Outgoing,
  take: (response: Response, deadline: Deadline) => Promise<T>,
): Promise<T> {
  const { connection, timeoutMs, signal } = context
  using deadline = new Deadline(timeoutMs, signal)
  // The connection minds the time until the headers are there, and that of a log-in before.
  deadline.pause()
  const response = await connection.open(request.url, { ...request, timeoutMs, signal: deadline.signal })
  deadline.extend()
  return await take(response, deadline)
}

/** Reads an answer that is short. */
export async function readShort(
  context: OAuthContext,
  response: Response,
  request: Outgoing,
  deadline: Deadline,
): Promise<Answer> {
  return await readAnswer(response, request, { maxBytes, deadline, clock: context.clock })
}

/** POSTs in the name of the application, signed; the answer is a token as a form. */
async function tokenFrom(context: OAuthContext, path: string, by: Signing, more: Parameter): Promise<OAuthToken> {
  const { connection, tls, fetch, clock, timeoutMs, signal, signing } = context
  const transport = new Transport({
    authorization: {
      user: 'the OAuth application',
      header: (request) => oauthHeader(request, by, signing, [more]),
    },
    tls,
    fetch,
  })
  const request = {
    url: connection.api + path,
    signAs: connection.apiLocation + path,
    method: 'POST',
    accept: '*/*',
    follow: false,
  }
  using deadline = new Deadline(timeoutMs, signal)
  const response = await transport.send(request, deadline)
  if (response.status === 401) {
    const at = httpDate(response.headers.get('date'))
    const advice = signingAdvice(at === null ? null : clock.wall() - at)
    const error = await answeredError(response, request, deadline, clock.wall())
    throw restated(error, (message) => `${message}. Check key and secret of the application, and ${advice}`)
  }
  const { body, contentType, url } = await readShort(context, response, request, deadline)
  const form = new URLSearchParams('text' in body ? body.text.trim() : '')
  const token = form.get('oauth_token')
  const tokenSecret = form.get('oauth_token_secret')
  if (token && tokenSecret) return { token, tokenSecret }
  const message = `The answer to ${requestLine(request)} is ${shownType(contentType)} without oauth_token and oauth_token_secret: is this the URL of the API?`
  throw new ApiError('not-abiquo', message, { url, status: response.status })
}

/** What came instead of a verifier; a query may have secrets, so it is not shown. */
function noVerifier(response: Response, request: Outgoing, location: string): ApiError {
  const { status, headers } = response
  const type = headers.get('content-type')?.split(';')[0] || 'nothing'
  const came =
    location === '' ? `${type} instead of a redirect` : `a redirect to ${quote(location.replace(/[?#].*$/s, ''))}`
  const message = `${requestLine(request)} answered ${status} with ${came} and no oauth_verifier: does this platform let a user of this kind authorize applications?`
  return new ApiError('not-abiquo', message, { url: withoutSecrets(request.url), status })
}
