import type { Accounts } from './accounts.ts'
import type { PlatformClock } from './clock.ts'
import type { HttpRequest } from './http-message.ts'
import type { LogIn, OAuthRefusal, RefusedLogIn } from './log-in.ts'
import type { Application, OAuthCredentials } from './oauth-credentials.ts'
import { baseString, formParameters, type Parameter, readAuthorization, sign } from './oauth-signature.ts'

/** A request as it should have been signed. */
export interface SignedRequest {
  readonly method: string
  /** Address with its query. */
  readonly url: string
  readonly header: string
  /** Parameters of a body that is a form. */
  readonly body: readonly Parameter[]
}

/** A good signature. */
export interface Verified {
  readonly ok: true
  readonly application: Application
  /** The protocol's parameters by name. */
  readonly parameters: ReadonlyMap<string, string>
}

/** What the verifier goes by. */
export interface VerifierParts {
  readonly credentials: Pick<OAuthCredentials, 'application' | 'accessToken' | 'useNonce'>
  readonly accounts: Pick<Accounts, 'get'>
  readonly clock: Pick<PlatformClock, 'now'>
  /** Milliseconds by which a timestamp may be off. */
  readonly windowMs: number
  /** The API's address in signatures. */
  readonly location: () => string
}

/** Checks the signatures of OAuth 1.0a (RFC 5849). */
export class OAuthVerifier {
  readonly #parts: VerifierParts

  constructor(parts: VerifierParts) {
    this.#parts = parts
  }

  /** Who asks, by the signature of an access token. */
  logIn(request: HttpRequest, kind: 'rest' | 'stream'): LogIn {
    const { credentials, accounts } = this.#parts
    const verified = this.verify(this.signed(request, kind), (token) => credentials.accessToken(token))
    if (!verified.ok) return verified
    const token = credentials.accessToken(verified.parameters.get('oauth_token') ?? '')
    const account = accounts.get(token?.username ?? '')
    return account === undefined ? refused('token', 'Unknown token') : { ok: true, account, scheme: 'oauth' }
  }

  /** A request as its signer sees it. M replays the header against the log-in, so that is what a stream's must sign. */
  signed({ method, target, headers, body }: HttpRequest, kind: 'rest' | 'stream'): SignedRequest {
    const location = this.#parts.location()
    const header = headers.get('authorization') ?? ''
    if (kind === 'stream') return { method: 'GET', url: `${location}/login?expand=privileges`, header, body: [] }
    const isForm = /^application\/x-www-form-urlencoded\b/i.test(headers.get('content-type') ?? '')
    const url = location + target.slice('/api'.length)
    return { method, url, header, body: isForm ? formParameters(body) : [] }
  }

  /** Checks a signature; `tokenOf` finds the token that the request must name, null: it must name none. */
  verify(
    request: SignedRequest,
    tokenOf: ((token: string) => { readonly secret: string; readonly key: string } | undefined) | null,
  ): Verified | RefusedLogIn {
    const inHeader = readAuthorization(request.header)
    if (inHeader === null) return refused('parameters', 'Malformed header')
    const parameters = new Map<string, string>()
    for (const [name, value] of [...inHeader, ...request.body, ...formParameters(new URL(request.url).search)]) {
      if (!name.startsWith('oauth_')) continue
      if (parameters.has(name)) return refused('parameters', `${name} comes twice`)
      parameters.set(name, value)
    }
    const of = (name: string): string => parameters.get(name) ?? ''
    const missing = needed.find((name) => of(name) === '')
    if (missing !== undefined) return refused('parameters', `${missing} is missing`)
    if ((parameters.get('oauth_version') ?? '1.0') !== '1.0') return refused('version', 'Not 1.0')
    if (of('oauth_signature_method') !== 'HMAC-SHA1') return refused('method', 'Not HMAC-SHA1')

    const { credentials, clock, windowMs } = this.#parts
    const application = credentials.application(of('oauth_consumer_key'))
    if (application === undefined) return refused('consumer', 'Unknown application')
    const token = tokenOf?.(of('oauth_token'))
    if (tokenOf === null ? of('oauth_token') !== '' : token?.key !== application.key) {
      return refused('token', tokenOf === null ? 'No token is expected' : 'Unknown token')
    }
    const seconds = of('oauth_timestamp')
    if (!/^[1-9]\d{0,12}$/.test(seconds)) return refused('timestamp', 'Not seconds since 1970')
    if (Math.abs(Number(seconds) * 1000 - clock.now()) > windowMs)
      return refused('timestamp', 'Too old, or of tomorrow')
    const base = baseString(request.method, request.url, [...inHeader, ...request.body])
    if (sign(base, application.secret, token?.secret ?? '') !== of('oauth_signature')) {
      return refused('signature', `Not that of ${base}`)
    }
    // Looked at last: a nonce that comes with a bad signature may be anybody's.
    if (!credentials.useNonce(application.key, of('oauth_nonce'))) return refused('nonce', 'Used before')
    return { ok: true, application, parameters }
  }
}

/** A refusal that tells its reason. */
export function refused(why: OAuthRefusal, message: string): RefusedLogIn {
  return { ok: false, username: null, scheme: 'oauth', why, message }
}

const needed = ['oauth_consumer_key', 'oauth_signature_method', 'oauth_timestamp', 'oauth_nonce', 'oauth_signature']
