import type { Secret } from '../secret.ts'

/** A user name and a password. */
export interface BasicLogin {
  kind: 'basic'
  username: string
  password: Secret
}

/** A Bearer token, as OpenID Connect gives it. */
export interface BearerLogin {
  kind: 'bearer'
  /** As it was when the settings were read. */
  token: Secret
  /** Reads it again from its file; throws a Failure where that cannot be read. null: it comes from no file. */
  reread: (() => Secret) | null
}

/** The four credentials of OAuth 1.0a. */
export interface OauthLogin {
  kind: 'oauth'
  /** Names the application; no secret. */
  appKey: string
  appSecret: Secret
  token: Secret
  tokenSecret: Secret
}

/** How to log in. */
export type Login = BasicLogin | BearerLogin | OauthLogin

/** What must never be shown of a log-in: its secrets, and the forms in which a request or URL carries them. */
export function secretsOf(login: Login): readonly string[] {
  switch (login.kind) {
    case 'basic': {
      const password = login.password.reveal()
      return [...formsOf(password), Buffer.from(`${login.username}:${password}`, 'utf8').toString('base64')]
    }
    case 'bearer':
      return formsOf(login.token.reveal())
    case 'oauth':
      return [login.appSecret, login.token, login.tokenSecret].flatMap((secret) => formsOf(secret.reveal()))
  }
}

/** A secret as such, and as a URL or an OAuth header carries it. */
export function formsOf(secret: string): readonly string[] {
  const encoded = encodeURIComponent(secret)
  // https://www.rfc-editor.org/rfc/rfc5849#section-3.6 encodes these too.
  const strict = encoded.replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
  return [...new Set([secret, encoded, strict])]
}
