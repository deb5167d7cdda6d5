import { isHost } from '../../token/address.ts'

/** A server that listens for TCP connections. */
export interface Server {
  readonly host: string
  readonly port: number
}

/** Who logs in; null is the server's default, which may need no password. */
export interface RedisUser {
  readonly username: string | null
  readonly password: string | null
}

/** How TLS proves who is who. The files are PEM and are read for each connection, so that renewed ones are taken. */
export interface RedisTls {
  /** CAs to trust instead of the system's. */
  readonly caFile: string | null
  /** Certificate and key of the client. */
  readonly certFile: string | null
  readonly keyFile: string | null
  /** Whether the server's certificate is not verified. */
  readonly insecure: boolean
}

/** Where the tokens are in a Redis, and how they are kept there. */
export interface RedisAddress {
  /** The server itself, or all its Sentinels. */
  readonly servers: readonly Server[]
  /** Name of the master that the Sentinels know; null without Sentinels. */
  readonly master: string | null
  readonly user: RedisUser
  /** File with the password, read for each connection; null where it is in the URL or there is none. */
  readonly passwordFile: string | null
  /** Who logs in to the Sentinels. */
  readonly sentinelUser: RedisUser
  /** Null without TLS. */
  readonly tls: RedisTls | null
  readonly database: number
  /** Keys are `NAMESPACE:TOKEN`; where it is empty, `TOKEN`. */
  readonly namespace: string
  /** Seconds after which keys go that nobody renews; null: never. */
  readonly ttlSeconds: number | null
}

const port = 6379
const sentinelPort = 26_379
/** A standby takes over within 10 s, and keys are renewed in thirds of this: none may go meanwhile. */
const shortestTtlSeconds = 30

const form = /^(rediss?)(\+sentinel)?:\/\/([^/?#]*)([^?#]*)(\?[^#]*)?$/i
const noUrl = 'a URL like redis://HOST:6379/0 is wanted: "//" before the host, and "#" of a password as "%23"'
const known = ['namespace', 'ttl', 'password-file', 'ca', 'cert', 'key', 'insecure']
const knownOfSentinels = ['sentinel-username', 'sentinel-password']

/**
 * Reads the URL of a Redis for tokens: `redis://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE]`, with Sentinels
 * `redis+sentinel://[[USER]:PASSWORD@]HOST[:PORT],HOST[:PORT]/MASTER[/DATABASE]`, and `rediss` in place of `redis` for
 * TLS. Behind a `?`: `namespace=NAME`, `ttl=SECONDS`, `password-file=PATH`, `ca=PATH`, `cert=PATH`, `key=PATH`,
 * `insecure=true`, and `sentinel-username` and `sentinel-password` where Sentinels have their own.
 *
 * @throws RangeError that says what is wrong without repeating the URL, which may hold a password
 */
export function parseRedisUrl(url: string): RedisAddress {
  const [, scheme = '', sentinels, authority = '', path = '', query = ''] = form.exec(url) ?? []
  if (scheme === '') throw new RangeError(noUrl)
  const at = authority.lastIndexOf('@')
  const user = at < 0 ? nobody : readUser(authority.slice(0, at))
  const settings = readSettings(query, sentinels === undefined ? known : [...known, ...knownOfSentinels])
  const setting = (name: string) => settings.get(name) ?? null
  const passwordFile = setting('password-file')
  if (passwordFile !== null && user.password !== null) throw new RangeError('the password is given twice: keep one')
  // Nobody would be logged in; and it is most likely the password.
  if (passwordFile === null && user.username !== null && user.password === null)
    throw new RangeError('a user without password: a password alone is written redis://:PASSWORD@HOST')
  return {
    servers: readServers(
      authority.slice(at + 1),
      sentinels === undefined ? port : sentinelPort,
      sentinels !== undefined,
    ),
    ...(sentinels === undefined ? { master: null, database: readDatabase(path) } : readMaster(path)),
    user,
    passwordFile,
    sentinelUser: { username: setting('sentinel-username'), password: setting('sentinel-password') },
    tls: readTls(scheme.toLowerCase() === 'rediss', settings),
    namespace: readNamespace(setting('namespace')),
    ttlSeconds: readTtl(setting('ttl')),
  }
}

/** A Redis as it may be shown: its URL without anything secret. */
export function describeRedis({ servers, master, tls, database, namespace }: RedisAddress): string {
  const scheme = `${tls === null ? 'redis' : 'rediss'}${master === null ? '' : '+sentinel'}`
  const hosts = servers.map(describeServer).join(',')
  const path = master === null ? database : `${master}/${database}`
  return `${scheme}://${hosts}/${path}${namespace === '' ? '' : `?namespace=${namespace}`}`
}

/** A server as a URL names it. */
export function describeServer({ host, port }: Server): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

const nobody: RedisUser = { username: null, password: null }

function readUser(text: string): RedisUser {
  const colon = text.indexOf(':')
  const decode = (part: string) => {
    try {
      return part === '' ? null : decodeURIComponent(part)
    } catch {
      throw new RangeError('user and password have to be percent-encoded, "%" as "%25"')
    }
  }
  if (colon < 0) return { username: decode(text), password: null }
  return { username: decode(text.slice(0, colon)), password: decode(text.slice(colon + 1)) }
}

function readServers(text: string, usual: number, several: boolean): readonly Server[] {
  const parts = text.split(',')
  if (parts.length > 1 && !several) throw new RangeError('only redis+sentinel:// takes several hosts')
  return parts.map((part) => {
    const [, ipv6, name, digits = String(usual)] = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::(\d{1,5}))?$/.exec(part) ?? []
    const host = ipv6 ?? name ?? ''
    const port = Number(digits)
    if (isHost(host) && (ipv6 !== undefined) === host.includes(':') && port >= 1 && port <= 65_535)
      return { host, port }
    throw new RangeError(
      'it has no HOST or HOST:PORT that can be; in user and password "/", "?" and "#" have to be percent-encoded',
    )
  })
}

function readDatabase(path: string): number {
  const [, digits] = /^\/?(\d{0,9})$/.exec(path) ?? []
  if (digits === undefined) throw new RangeError('the number of a database is wanted behind the host, such as /0')
  return Number(digits)
}

function readMaster(path: string): { master: string; database: number } {
  const [, master, database = ''] = /^\/([\w.-]+)(\/\d{0,9})?$/.exec(path) ?? []
  if (master === undefined)
    throw new RangeError('the name of the master is wanted behind the Sentinels, such as /mymaster/0')
  return { master, database: readDatabase(database) }
}

function readSettings(query: string, allowed: readonly string[]): ReadonlyMap<string, string> {
  const settings = new Map<string, string>()
  for (const [name, value] of new URLSearchParams(query)) {
    if (!allowed.includes(name))
      throw new RangeError(`"${name}" is not known behind "?": known are ${allowed.join(', ')}`)
    if (settings.has(name)) throw new RangeError(`"${name}" is given twice`)
    if (value === '') throw new RangeError(`"${name}" is empty`)
    settings.set(name, value)
  }
  return settings
}

function readTls(on: boolean, settings: ReadonlyMap<string, string>): RedisTls | null {
  const given = ['ca', 'cert', 'key', 'insecure'].find((name) => settings.has(name))
  if (!on && given !== undefined) throw new RangeError(`"${given}" is for TLS: begin the URL with rediss`)
  if (settings.has('cert') !== settings.has('key')) throw new RangeError('"cert" and "key" belong together')
  const insecure = settings.get('insecure') ?? 'false'
  if (!['true', 'false'].includes(insecure)) throw new RangeError('"insecure" is true or false')
  if (!on) return null
  return {
    caFile: settings.get('ca') ?? null,
    certFile: settings.get('cert') ?? null,
    keyFile: settings.get('key') ?? null,
    insecure: insecure === 'true',
  }
}

function readNamespace(text: string | null): string {
  // websockify splits its --token-source at each colon.
  if (text === null || /^[\w.-]{1,64}$/.test(text)) return text ?? ''
  throw new RangeError('"namespace" is made of letters, digits, "_", "." and "-"')
}

function readTtl(text: string | null): number | null {
  if (text === null) return null
  const seconds = /^\d{1,9}$/.test(text) ? Number(text) : 0
  if (seconds >= shortestTtlSeconds) return seconds
  throw new RangeError(`"ttl" is a number of seconds, ${shortestTtlSeconds} at least`)
}
