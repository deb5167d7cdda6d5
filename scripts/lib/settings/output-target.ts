import { dirname } from 'node:path'
import { suggest } from '@novnc-tokens/stream'
import { describeRedis, parseRedisUrl } from '@novnc-tokens/tokens'
import { Secret } from './secret.ts'

/** The kinds of outputs by scheme, and how they are written. */
const kinds: ReadonlyMap<string, string> = new Map([
  ['file', 'file:PATH'],
  ['dir', 'dir:PATH'],
  ['redis', 'redis://...'],
  ['rediss', 'rediss://...'],
  ['redis+sentinel', 'redis+sentinel://...'],
  ['rediss+sentinel', 'rediss+sentinel://...'],
])

/** Somewhere the tokens are written to. */
export type OutputTarget = FileTarget | FolderTarget | RedisTarget

/** A token file, for TokenFile. */
export interface FileTarget {
  readonly kind: 'file'
  /** Absolute. */
  readonly path: string
}

/** A folder with a file for each token, for TokenFileName. */
export interface FolderTarget {
  readonly kind: 'dir'
  /** Absolute. */
  readonly path: string
}

/** A Redis, for TokenRedis. */
export interface RedisTarget {
  readonly kind: 'redis'
  /** As it was given, with its passwords. */
  readonly url: Secret
  /** The same without secrets, for messages; equal for two that write the same keys. */
  readonly name: string
  /** The passwords in it, as they are sent. */
  readonly passwords: readonly Secret[]
  /** Absolute path of the file with the password. */
  readonly passwordFile: string | null
}

/**
 * The value of `--output`: `file:PATH` or a plain path, `dir:PATH`, or the URL of a Redis. What follows `file:` and `dir:`
 * is taken as it stands, since a URL parser makes `/rel/x` of `file:rel/x`.
 * @throws RangeError for any other scheme, and for what cannot be used; it never repeats a URL
 */
export function parseOutputTarget(text: string, resolvePath: (path: string) => string): OutputTarget {
  if (text === '-') throw new RangeError('"-" is no output; --file - of regen writes to stdout')
  // Two letters at least: `C:` is a drive.
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(text)?.[1]
  switch (scheme?.toLowerCase()) {
    case undefined:
      return { kind: 'file', path: usablePath(text, resolvePath) }
    case 'file':
      return { kind: 'file', path: usablePath(text.slice('file:'.length), resolvePath) }
    case 'dir':
      return { kind: 'dir', path: usableFolder(text.slice('dir:'.length), resolvePath) }
    case 'redis':
    case 'rediss':
    case 'redis+sentinel':
    case 'rediss+sentinel':
      return redisTarget(text, resolvePath)
    default:
      throw new RangeError(unknownKind(scheme ?? ''))
  }
}

/**
 * The value of `--file`: a path, taken as it stands.
 * @throws RangeError for a URL or an unusable path
 */
export function parseFileTarget(text: string, resolvePath: (path: string) => string): FileTarget {
  const scheme = /^([a-z][a-z0-9+.-]+):\/\//i.exec(text)?.[1]
  if (scheme !== undefined) throw new RangeError(`a path is wanted, "${scheme}://" begins a URL: see --output`)
  return { kind: 'file', path: usablePath(text, resolvePath) }
}

function unknownKind(scheme: string): string {
  const meant = suggest(scheme, [...kinds.keys()])
  if (meant !== null) return `"${scheme}:" is not a known kind of output; did you mean ${kinds.get(meant)}?`
  return (
    `"${scheme}:" is not a known kind of output: known are file:PATH, a plain path, dir:PATH, redis://... and ` +
    `redis+sentinel://... (./${scheme}:... for a file of that name)`
  )
}

/** What messages call an output: where it is, without secrets. */
export function nameOfTarget(target: OutputTarget): string {
  return target.kind === 'redis' ? target.name : target.path
}

function redisTarget(url: string, resolvePath: (path: string) => string): RedisTarget {
  const address = parseRedisUrl(url)
  const { user, sentinelUser, passwordFile } = address
  return {
    kind: 'redis',
    url: new Secret(url),
    name: describeRedis(address),
    passwords: [user.password, sentinelUser.password].flatMap((each) => (each === null ? [] : [new Secret(each)])),
    passwordFile: passwordFile === null ? null : resolvePath(passwordFile),
  }
}

function usableFolder(text: string, resolvePath: (path: string) => string): string {
  const path = usablePath(text, resolvePath)
  // There is none for the files to be staged in beside it, either.
  if (dirname(path) === path) throw new RangeError(`"${path}" is no folder for tokens: name one below it`)
  return path
}

function usablePath(path: string, resolvePath: (path: string) => string): string {
  if (path === '') throw new RangeError('the path is empty')
  if (path.includes('\0')) throw new RangeError('the path holds a NUL character')
  return resolvePath(path)
}
