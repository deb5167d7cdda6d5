import { randomBytes, randomUUID } from 'node:crypto'

// Signatures are too old long before so many others have come.
const nonceLimit = 100_000

/** An application that a user has registered. */
export interface Application {
  readonly id: number
  readonly name: string
  readonly username: string
  readonly key: string
  readonly secret: string
}

/** A request token: what an application has until a user authorizes it. */
export interface RequestToken {
  readonly token: string
  readonly secret: string
  /** The application's. */
  readonly key: string
  readonly callback: string
  /** Who authorized it, and what proves it; null: nobody did. */
  authorized: { readonly username: string; readonly verifier: string } | null
}

/** An access token: what an application acts for a user with. */
export interface AccessToken {
  readonly token: string
  readonly secret: string
  /** The application's. */
  readonly key: string
  readonly username: string
}

/** The four credentials of an application that a user has authorized. */
export interface OAuthClient {
  readonly appKey: string
  readonly appSecret: string
  readonly token: string
  readonly tokenSecret: string
}

/** The applications, their tokens, and the nonces they have used. */
export class OAuthCredentials {
  readonly #applications = new Map<string, Application>()
  readonly #requestTokens = new Map<string, RequestToken>()
  readonly #accessTokens = new Map<string, AccessToken>()
  readonly #nonces = new Set<string>()

  /** Number of applications. */
  get count(): number {
    return this.#applications.size
  }

  /** Registers an application; null: the user has one of that name. */
  register(name: string, username: string): Application | null {
    for (const other of this.#applications.values()) {
      if (other.name === name && other.username === username) return null
    }
    const id = this.#applications.size + 1
    const application = { id, name, username, key: randomUUID(), secret: secretOf() }
    this.#applications.set(application.key, application)
    return application
  }

  /** Registers and authorizes an application in one step; throws where the name is taken. */
  client(name: string, username: string): OAuthClient {
    const application = this.register(name, username)
    if (application === null) throw new Error(`"${username}" has an application "${name}"`)
    const { token, secret } = this.#issue(application.key, username)
    return { appKey: application.key, appSecret: application.secret, token, tokenSecret: secret }
  }

  /** The application with this key. */
  application(key: string): Application | undefined {
    return this.#applications.get(key)
  }

  /** The request token of this text, authorized or not. */
  requestToken(token: string): RequestToken | undefined {
    return this.#requestTokens.get(token)
  }

  /** The access token of this text. */
  accessToken(token: string): AccessToken | undefined {
    return this.#accessTokens.get(token)
  }

  /** Gives an application a request token. */
  request(key: string, callback: string): RequestToken {
    const row = { token: randomUUID(), secret: secretOf(), key, callback, authorized: null }
    this.#requestTokens.set(row.token, row)
    return row
  }

  /** A user authorizes an application; the answer is the verifier. */
  authorize(token: RequestToken, username: string): string {
    const verifier = randomBytes(6).toString('hex')
    token.authorized = { username, verifier }
    return verifier
  }

  /** Exchanges a request token, which is gone then, for an access token. */
  exchange({ token, key }: RequestToken, username: string): AccessToken {
    this.#requestTokens.delete(token)
    return this.#issue(key, username)
  }

  /** Takes an access token back. */
  revoke(token: string): void {
    this.#accessTokens.delete(token)
  }

  /** Notes a nonce of an application; false: it was used before. */
  useNonce(key: string, nonce: string): boolean {
    const used = `${key} ${nonce}`
    if (this.#nonces.has(used)) return false
    this.#nonces.add(used)
    if (this.#nonces.size > nonceLimit)
      for (const oldest of [...this.#nonces].slice(0, nonceLimit / 2)) this.#nonces.delete(oldest)
    return true
  }

  #issue(key: string, username: string): AccessToken {
    const row = { token: randomUUID(), secret: secretOf(), key, username }
    this.#accessTokens.set(row.token, row)
    return row
  }
}

/** A secret with each of the characters of Base64 that forms and signature keys must escape. */
function secretOf(): string {
  // 31 bytes end in "==".
  const text = randomBytes(31).toString('base64')
  return `${text.slice(0, 5)}+${text.slice(6, 11)}/${text.slice(12)}`
}
