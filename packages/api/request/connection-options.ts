import type { Authorization } from '../log-in/authorization.ts'
import type { LoginStatus } from '../log-in/login-gate.ts'
import type { Format } from '../notation/media-types.ts'
import type { Clock } from '../time/clock.ts'
import type { Fetch, TlsOptions } from './transport.ts'

/** Settings of a {@link Connection}. */
export interface ConnectionOptions {
  /** URL of the API, such as `https://abiquo.example.com/api`. */
  api: string
  authorization: Authorization
  /**
   * The API's URL as the platform knows it, where it differs: its path is the context path of all hrefs, and OAuth signs
   * requests as it names them.
   */
  apiLocation?: string
  /** Notation to ask for. @default 'json' */
  format?: Format
  /** Longest silence of a request, in milliseconds: to its first byte, and within its body. @default 120000 */
  timeoutMs?: number
  /** Requests at once, 1 or more. @default 8 */
  concurrency?: number
  tls?: TlsOptions
  /** Whether requests wait while the log-in is refused or out of reach, instead of failing at once. @default false */
  patient?: boolean
  /**
   * Whether to look, each 2 s, if a platform that was out of reach is back: what waits is tried again then, and what it
   * never answered is asked for anew. @default false
   */
  looksOut?: boolean
  /** Called after each try to log in. */
  onLogin?: (status: LoginStatus) => void
  clock?: Clock
  /** Source of randomness in [0, 1). @default Math.random */
  random?: () => number
  fetch?: Fetch
}

/** Refuses settings that can never work, in words: a program in plain JavaScript has no compiler to say so. */
export function checkOptions(options: ConnectionOptions): void {
  const { api, apiLocation, authorization } = options
  for (const [name, url] of Object.entries({ api, apiLocation })) {
    if (url === undefined && name === 'apiLocation') continue
    if (typeof url !== 'string' || !/^https?:\/\//i.test(url) || !URL.canParse(url)) {
      throw new TypeError(`The option "${name}" is the URL of the API, such as "https://abiquo.example.com/api"`)
    }
  }
  if (typeof authorization?.header !== 'function') {
    throw new TypeError('The option "authorization" is a log-in, such as basic(user, password)')
  }
  checkTls(options)
}

/**
 * Refuses TLS settings where nothing would heed them: only Bun's own `fetch` takes them.
 *
 * @param isBun whether this is Bun. @default as it is
 * @throws RangeError with what to do instead
 */
export function checkTls({ tls, fetch }: { tls?: unknown; fetch?: unknown }, isBun = 'Bun' in globalThis): void {
  if (tls === undefined || fetch !== undefined || isBun) return
  throw new RangeError(
    'Only Bun takes the option "tls": on Node set NODE_EXTRA_CA_CERTS, or give a "fetch" with a dispatcher of undici',
  )
}
