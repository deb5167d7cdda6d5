import type { Account } from './accounts.ts'

/** The ways in which a client can say who it is. */
export type Scheme = 'basic' | 'token' | 'bearer' | 'oauth'

/** Why a log-in is refused. */
export type Refusal =
  | 'missing'
  | 'bad'
  | 'locked'
  /** A token whose time is over. */
  | 'expired'
  /** Basic where it is taken by `/login` alone. */
  | 'restricted'
  | OAuthRefusal

/** Why a signed request is refused. */
export type OAuthRefusal =
  /** A parameter is missing, comes twice or has a wrong form. */
  | 'parameters'
  | 'version'
  | 'method'
  | 'consumer'
  | 'token'
  | 'timestamp'
  | 'signature'
  | 'nonce'
  | 'verifier'
  | 'callback'

/** A log-in that is refused. */
export interface RefusedLogIn {
  readonly ok: false
  /** Who it would have been, where the header says so. */
  readonly username: string | null
  /** Null: there was no header, or one of no scheme. */
  readonly scheme: Scheme | null
  readonly why: Refusal
  /** What the answer says beside the usual. */
  readonly message?: string
}

/** What a request says about who asks. */
export type LogIn = { readonly ok: true; readonly account: Account; readonly scheme: Scheme } | RefusedLogIn
