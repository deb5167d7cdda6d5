import type { Reading } from '../reading.ts'
import { Secret } from '../secret.ts'
import { badSetting, type Given, lastOf, type Source } from '../sources.ts'
import { type GivenValue, givenValue, type LocatedValue, readGivenValue } from './given-secret.ts'
import type { BasicLogin } from './login.ts'

const hint = 'set --username and --pass-file, or ABIQUO_API_USERNAME and ABIQUO_API_PASSWORD_FILE'
const seenInPs =
  '--pass shows the password to every user of this machine (ps); use --pass-file or ABIQUO_API_PASSWORD_FILE'

/**
 * User name and password, each from the first place that knows it.
 * @param why what is added where one of them is missing
 * @throws Failure with the exit code of bad settings
 */
export function readBasic(places: readonly Source[], reading: Reading, why: string): BasicLogin {
  let username: Given | null = null
  let password: GivenValue | null = null
  for (const place of places) {
    username ??= place.get('username')
    password ??= givenValue(place, 'pass', 'passFile')
  }
  if (username === null) throw badSetting(`A password without a user name is given${why}`, nameHint(reading))
  if (password === null) throw badSetting(`A user name without a password is given${why}`, hint)
  const name = checkUsername(username)
  if (!password.fromFile && password.source.kind === 'flags') reading.notes.push(seenInPs)
  return { kind: 'basic', username: name, password: checkPassword(readGivenValue(password, reading)) }
}

/** Where `--user` is a filter of events, it was most likely meant for the log-in. */
function nameHint({ sources }: Reading): string {
  return sources.find('userFilter') === null ? hint : '--user chooses events here: -u NAME (--username NAME) logs in'
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

function checkPassword({ text, where }: LocatedValue): Secret {
  if (text === '') throw badSetting(`${where}: the password is empty`)
  if (/[\u0000-\u001f\u007f]/.test(text)) {
    throw badSetting(`${where}: the password holds a line end or another control character`)
  }
  return new Secret(text)
}
