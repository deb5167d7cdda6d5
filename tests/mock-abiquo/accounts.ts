import { randomBytes } from 'node:crypto'
import type { Actor } from './model.ts'

const badLogInsThatLock = 3
const lockWindowMs = 60_000
const tokenLifeMs = 1_800_000

/** A user that can log in. */
export interface Account {
  readonly username: string
  readonly password: string
  /** Which events the user's privileges show. @default 'all' */
  readonly sees?: 'all' | 'enterprise' | 'own' | 'nothing'
  /** Enterprises whose VMs the user may list. @default 'all' */
  readonly enterprises?: 'all' | readonly number[]
  /** Who the user is; decides what 'enterprise' and 'own' mean. */
  readonly actor: Actor
}

/** What a header says about who asks. */
export type LogIn =
  | { readonly ok: true; readonly account: Account; readonly scheme: 'basic' | 'token' | 'bearer' }
  | { readonly ok: false; readonly username: string | null; readonly why: 'missing' | 'bad' | 'locked' }

/** The users, and the lock that three bad log-ins in a minute set. */
export class Accounts {
  readonly #accounts = new Map<string, Account>()
  readonly #tokens = new Map<string, { readonly username: string; readonly until: number }>()
  readonly #bearers = new Map<string, string>()
  readonly #failures = new Map<string, number[]>()
  readonly #locked = new Set<string>()
  readonly #lockOut: boolean
  readonly #now: () => number
  #basic = true

  constructor(options: { readonly lockOut: boolean; readonly now?: () => number }) {
    this.#lockOut = options.lockOut
    this.#now = options.now ?? (() => performance.now())
  }

  /** Adds a user, or changes its password and rights. */
  set(account: Account): void {
    this.#accounts.set(account.username, account)
  }

  /** One user. */
  get(username: string): Account | undefined {
    return this.#accounts.get(username)
  }

  /** Whether three bad log-ins have locked the user. */
  isLocked(username: string): boolean {
    return this.#locked.has(username)
  }

  /** Locks a user. */
  lock(username: string): void {
    this.#locked.add(username)
  }

  /** Unlocks a user. */
  unlock(username: string): void {
    this.#locked.delete(username)
    this.#failures.delete(username)
  }

  /** Switches Basic log-in off, as platforms with OpenID do, or on. */
  allowBasic(allowed: boolean): void {
    this.#basic = allowed
  }

  /** Makes a token for `Authorization: Token`. */
  issueToken(username: string): string {
    const token = randomBytes(24).toString('base64url')
    this.#tokens.set(token, { username, until: this.#now() + tokenLifeMs })
    return token
  }

  /** Forgets all tokens, as a restart of the API does. */
  expireTokens(): void {
    this.#tokens.clear()
  }

  /** Accepts `Authorization: Bearer` with this text for a user. */
  setBearer(bearer: string, username: string): void {
    this.#bearers.set(bearer, username)
  }

  /** Reads an `Authorization` header; a bad password counts against its user. */
  check(header: string | undefined): LogIn {
    const [, scheme = '', text = ''] = /^(\w+) +(\S+)$/.exec(header ?? '') ?? []
    switch (scheme.toLowerCase()) {
      case 'basic':
        return this.#basic ? this.#checkBasic(text) : { ok: false, username: null, why: 'bad' }
      case 'token': {
        const token = this.#tokens.get(text)
        const account = token === undefined || token.until < this.#now() ? undefined : this.get(token.username)
        return account === undefined
          ? { ok: false, username: null, why: 'bad' }
          : { ok: true, account, scheme: 'token' }
      }
      case 'bearer': {
        const account = this.get(this.#bearers.get(text) ?? '')
        return account === undefined
          ? { ok: false, username: null, why: 'bad' }
          : { ok: true, account, scheme: 'bearer' }
      }
      default:
        return { ok: false, username: null, why: header === undefined ? 'missing' : 'bad' }
    }
  }

  #checkBasic(text: string): LogIn {
    const pair = Buffer.from(text, 'base64').toString('utf8')
    const colon = pair.indexOf(':')
    const username = colon < 0 ? pair : pair.slice(0, colon)
    if (this.#locked.has(username)) return { ok: false, username, why: 'locked' }
    const account = this.#accounts.get(username)
    if (account !== undefined && colon >= 0 && account.password === pair.slice(colon + 1)) {
      this.#failures.delete(username)
      return { ok: true, account, scheme: 'basic' }
    }
    const now = this.#now()
    const recent = (this.#failures.get(username) ?? []).filter((at) => at > now - lockWindowMs)
    recent.push(now)
    this.#failures.set(username, recent)
    if (this.#lockOut && recent.length >= badLogInsThatLock) this.#locked.add(username)
    return { ok: false, username, why: 'bad' }
  }
}
