import { randomBytes } from 'node:crypto'
import type { LogIn, Scheme } from './log-in.ts'
import type { Actor } from './model.ts'
import type { EventPrivilege } from './visibility.ts'

const badLogInsThatLock = 3
const lockWindowMs = 60_000

/** A user that can log in. */
export interface Account {
  readonly username: string
  readonly password: string
  /** Which events the user's privileges show. @default 'all' */
  readonly sees?: 'all' | 'enterprise' | 'own' | 'nothing'
  /** Privileges that the user has not, so that it is not shown the events that take them. @default none */
  readonly lacks?: readonly EventPrivilege[]
  /** Enterprises whose VMs the user may list. @default 'all' */
  readonly enterprises?: 'all' | readonly number[]
  /** Who the user is; decides what 'enterprise' and 'own' mean. */
  readonly actor: Actor
}

/** How the users can log in. */
export interface AccountsOptions {
  readonly lockOut: boolean
  /** Whether Basic is taken by `/login` alone. @default false */
  readonly basicRestricted?: boolean
  /** Whether Basic elsewhere then counts as a bad log-in. @default true */
  readonly basicRestrictedCounts?: boolean
  /** Milliseconds for which a token is good. @default 1800000 */
  readonly tokenLifeMs?: number
  /** The platform's clock, in milliseconds. @default Date.now */
  readonly now?: () => number
}

/** The users, and the lock that three bad log-ins in a minute set. */
export class Accounts {
  readonly #accounts = new Map<string, Account>()
  readonly #tokens = new Map<string, { readonly username: string; until: number }>()
  readonly #bearers = new Map<string, string>()
  readonly #failures = new Map<string, number[]>()
  readonly #locked = new Set<string>()
  readonly #options: Required<AccountsOptions>
  #basic = true
  #restricted: boolean

  constructor(options: AccountsOptions) {
    const usual = { basicRestricted: false, basicRestrictedCounts: true, tokenLifeMs: 1_800_000, now: Date.now }
    this.#options = { ...usual, ...options }
    this.#restricted = this.#options.basicRestricted
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

  /** Makes `/login` the only one that takes Basic, or ends that. */
  restrictBasic(restricted: boolean): void {
    this.#restricted = restricted
  }

  /** Makes a token for `Authorization: Token`. */
  issueToken(username: string): string {
    const token = randomBytes(24).toString('base64url')
    this.#tokens.set(token, { username, until: this.#options.now() + this.#options.tokenLifeMs })
    return token
  }

  /** Makes all tokens invalid, as a restart of the API does. */
  expireTokens(): void {
    for (const token of this.#tokens.values()) token.until = Number.NEGATIVE_INFINITY
  }

  /** Accepts `Authorization: Bearer` with this text for a user. */
  setBearer(bearer: string, username: string): void {
    this.#bearers.set(bearer, username)
  }

  /** Accepts these bearers for a user from now on, and none that it had before. */
  setBearers(username: string, bearers: readonly string[]): void {
    for (const [bearer, owner] of this.#bearers) if (owner === username) this.#bearers.delete(bearer)
    for (const bearer of bearers) this.setBearer(bearer, username)
  }

  /** Reads an `Authorization` header of a request for `/login` or for anything else; bad passwords are counted. */
  check(header: string | undefined, place: 'login' | 'elsewhere' = 'login'): LogIn {
    const [, scheme = '', text = ''] = /^(\w+) +(\S+)$/.exec(header ?? '') ?? []
    switch (scheme.toLowerCase()) {
      case 'basic':
        if (!this.#basic) return { ok: false, username: null, scheme: 'basic', why: 'bad' }
        return this.#checkBasic(text, this.#restricted && place === 'elsewhere')
      case 'token': {
        const token = this.#tokens.get(text)
        if (token !== undefined && token.until < this.#options.now()) {
          return { ok: false, username: token.username, scheme: 'token', why: 'expired' }
        }
        return this.#known(token?.username, 'token')
      }
      case 'bearer':
        return this.#known(this.#bearers.get(text), 'bearer')
      default:
        return { ok: false, username: null, scheme: null, why: header === undefined ? 'missing' : 'bad' }
    }
  }

  #known(username: string | undefined, scheme: Scheme): LogIn {
    const account = this.get(username ?? '')
    return account === undefined ? { ok: false, username: null, scheme, why: 'bad' } : { ok: true, account, scheme }
  }

  #checkBasic(text: string, refused: boolean): LogIn {
    const pair = Buffer.from(text, 'base64').toString('utf8')
    const colon = pair.indexOf(':')
    const username = colon < 0 ? pair : pair.slice(0, colon)
    if (this.#locked.has(username)) return { ok: false, username, scheme: 'basic', why: 'locked' }
    if (refused) {
      if (this.#options.basicRestrictedCounts) this.#countFailure(username)
      return { ok: false, username, scheme: 'basic', why: 'restricted' }
    }
    const account = this.#accounts.get(username)
    if (account !== undefined && colon >= 0 && account.password === pair.slice(colon + 1)) {
      this.#failures.delete(username)
      return { ok: true, account, scheme: 'basic' }
    }
    this.#countFailure(username)
    return { ok: false, username, scheme: 'basic', why: 'bad' }
  }

  #countFailure(username: string): void {
    const now = this.#options.now()
    const recent = (this.#failures.get(username) ?? []).filter((at) => at > now - lockWindowMs)
    recent.push(now)
    this.#failures.set(username, recent)
    if (this.#options.lockOut && recent.length >= badLogInsThatLock) this.#locked.add(username)
  }
}
