import { readNamedFile } from './files.ts'
import type { Reading } from './reading.ts'
import { Secret } from './secret.ts'
import { badSetting, type Given, lastOf, type Source } from './sources.ts'

/** How to log in. */
export interface BasicLogin {
  kind: 'basic'
  username: string
  password: Secret
}

const loginKeys = ['username', 'pass', 'passFile'] as const
const ways = '--username and --pass-file, or ABIQUO_API_USERNAME and ABIQUO_API_PASSWORD_FILE'

/**
 * The log-in. Flags count as a group: one of them puts all variables aside, so that a user of one place is never tried
 * with the password of another.
 * @throws Failure with the exit code of bad settings, without any secret in it
 */
export function readLogin(reading: Reading): BasicLogin {
  const { sources } = reading
  const byFlags = sources.all.find((source) => source.kind === 'flags' && gives(source))
  const counted = byFlags === undefined ? sources.all : [byFlags]
  const username = first(counted, (source) => source.get('username'))
  const password = first(counted, passwordOf)
  const aside = byFlags !== undefined && sources.all.some((source) => source !== byFlags && gives(source))
  const why = aside ? ' (log-in flags put the log-in variables aside)' : ''
  if (username === null && password === null) throw badSetting('No log-in is given', `set ${ways}`)
  if (username === null) throw badSetting(`A password without a user name is given${why}`, `set ${ways}`)
  if (password === null) throw badSetting(`A user name without a password is given${why}`, `set ${ways}`)
  const name = checkUsername(username)
  return { kind: 'basic', username: name, password: readPassword(password, reading) }
}

function readPassword({ source, given, fromFile }: PasswordGiven, reading: Reading): Secret {
  const { where } = given
  if (!fromFile) {
    if (source.kind === 'flags') reading.notes.push(seenInPs)
    return checkPassword(lastOf(given), where)
  }
  if (lastOf(given) === '') throw badSetting(`${where}: the path is empty`)
  const path = reading.resolvePath(lastOf(given))
  const text = readNamedFile(reading.files, path, where).replace(/\r?\n$/, '')
  reading.secretFiles.push(path)
  if (reading.files.isWorldReadable(path)) {
    reading.notes.push(`${where}: every user of this machine may read "${path}"; chmod o-r it`)
  }
  return checkPassword(text, `${where}: "${path}"`)
}

/** What must never be shown of a log-in: its secret, and the forms in which a request or URL carries it. */
export function secretsOf(login: BasicLogin): readonly string[] {
  const password = login.password.reveal()
  const basic = Buffer.from(`${login.username}:${password}`, 'utf8').toString('base64')
  return [...new Set([password, encodeURIComponent(password), basic])]
}

const seenInPs =
  '--pass shows the password to every user of this machine (ps); use --pass-file or ABIQUO_API_PASSWORD_FILE'

function gives(source: Source): boolean {
  return loginKeys.some((key) => source.get(key) !== null)
}

interface PasswordGiven {
  source: Source
  given: Given
  fromFile: boolean
}

function passwordOf(source: Source): PasswordGiven | null {
  const value = source.get('pass')
  const file = source.get('passFile')
  if (value !== null && file !== null) throw badSetting(`Both ${value.where} and ${file.where} are given`, 'keep one')
  if (value !== null) return { source, given: value, fromFile: false }
  return file === null ? null : { source, given: file, fromFile: true }
}

function first<Value>(sources: readonly Source[], get: (source: Source) => Value | null): Value | null {
  for (const source of sources) {
    const value = get(source)
    if (value !== null) return value
  }
  return null
}

function checkUsername(given: Given): string {
  const name = lastOf(given)
  if (name === '') throw badSetting(`${given.where}: the user name is empty`)
  // https://www.rfc-editor.org/rfc/rfc7617#section-2: a colon ends the user name, control characters are excluded.
  if (/[:\u0000-\u001f\u007f]/.test(name)) {
    throw badSetting(`${given.where}: a user name can't hold a colon or a control character`)
  }
  return name
}

function checkPassword(text: string, where: string): Secret {
  if (text === '') throw badSetting(`${where}: the password is empty`)
  if (/[\u0000-\u001f\u007f]/.test(text)) {
    throw badSetting(`${where}: the password holds a line end or another control character`)
  }
  return new Secret(text)
}
