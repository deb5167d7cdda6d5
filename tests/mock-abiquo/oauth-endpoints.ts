import type { Account } from './accounts.ts'
import { textAnswer } from './answers.ts'
import type { Answer } from './exchange.ts'
import type { HttpRequest } from './http-message.ts'
import type { RefusedLogIn } from './log-in.ts'
import type { OAuthCredentials } from './oauth-credentials.ts'
import { type OAuthVerifier, refused } from './oauth-verifier.ts'

/** `/oauth/...`: how an application comes to an access token. */
export class OAuthEndpoints {
  readonly #credentials: OAuthCredentials
  readonly #verifier: OAuthVerifier
  readonly #hrefBase: string

  constructor(credentials: OAuthCredentials, verifier: OAuthVerifier, hrefBase: string) {
    this.#credentials = credentials
    this.#verifier = verifier
    this.#hrefBase = hrefBase
  }

  /** Gives tokens to those who sign for them; null: the request is for something else. */
  issue(request: HttpRequest): Answer | RefusedLogIn | null {
    if (request.method !== 'POST') return null
    if (request.path === '/api/oauth/request_token') return this.#requestToken(request)
    if (request.path === '/api/oauth/access_token') return this.#accessToken(request)
    return null
  }

  /** A user authorizes an application; null: the request is for something else. */
  authorize(request: HttpRequest, { username }: Account): Answer | RefusedLogIn | null {
    if (request.path !== '/api/oauth/authorize' || request.method !== 'GET') return null
    const token = this.#credentials.requestToken(request.query.get('oauth_token') ?? '')
    if (token === undefined) return refused('token', 'Unknown token')
    const verifier = this.#credentials.authorize(token, username)
    const target = token.callback === 'oob' ? `${this.#hrefBase}/` : token.callback
    const query = form({ oauth_token: token.token, oauth_verifier: verifier })
    const Location = `${target}${target.includes('?') ? '&' : '?'}${query}`
    return { status: 302, headers: { Location }, body: [] }
  }

  #requestToken(request: HttpRequest): Answer | RefusedLogIn {
    const verified = this.#verifier.verify(this.#verifier.signed(request, 'rest'), null)
    if (!verified.ok) return verified
    const callback = verified.parameters.get('oauth_callback') ?? ''
    if (callback !== 'oob' && !/^https?:\/\//.test(callback)) return refused('callback', 'Neither an address nor oob')
    const { token, secret } = this.#credentials.request(verified.application.key, callback)
    return formAnswer({ oauth_token: token, oauth_token_secret: secret, oauth_callback_confirmed: 'true' })
  }

  #accessToken(request: HttpRequest): Answer | RefusedLogIn {
    const find = (token: string) => this.#credentials.requestToken(token)
    const verified = this.#verifier.verify(this.#verifier.signed(request, 'rest'), find)
    if (!verified.ok) return verified
    const asked = find(verified.parameters.get('oauth_token') ?? '')
    if (asked === undefined || asked.authorized === null) return refused('token', 'Not authorized by a user')
    if (asked.authorized.verifier !== verified.parameters.get('oauth_verifier')) return refused('verifier', 'Wrong')
    const { token, secret } = this.#credentials.exchange(asked, asked.authorized.username)
    return formAnswer({ oauth_token: token, oauth_token_secret: secret })
  }
}

function form(fields: Readonly<Record<string, string>>): string {
  return new URLSearchParams(fields).toString()
}

function formAnswer(fields: Readonly<Record<string, string>>): Answer {
  return textAnswer(200, 'application/x-www-form-urlencoded', form(fields))
}
