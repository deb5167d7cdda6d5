import type { Reading } from '../reading.ts'
import { Secret } from '../secret.ts'
import { badSetting, lastOf, type Source } from '../sources.ts'
import { givenValue, readSecretFile, secretPath } from './given-secret.ts'
import type { BearerLogin } from './login.ts'

/**
 * The Bearer token of the first place that knows one, and how to read it again.
 * @throws Failure with the exit code of bad settings
 */
export function readBearer(places: readonly Source[], reading: Reading): BearerLogin {
  for (const place of places) {
    const found = givenValue(place, 'bearer', 'bearerFile')
    if (found === null) continue
    const { given, fromFile } = found
    if (!fromFile) return { kind: 'bearer', token: checkToken(lastOf(given), given.where), reread: null }
    const path = secretPath(given, reading)
    const reread = () => checkToken(readSecretFile(path, given.where, reading), `${given.where}: "${path}"`)
    return { kind: 'bearer', token: reread(), reread }
  }
  throw badSetting('No Bearer token is given', 'set --bearer-file or ABIQUO_API_BEARER_FILE')
}

function checkToken(text: string, where: string): Secret {
  if (text === '') throw badSetting(`${where}: the token is empty`)
  // Wider than https://www.rfc-editor.org/rfc/rfc6750#section-2.1, and still fit for a header.
  if (/^[\u0021-\u007e]+$/.test(text)) return new Secret(text)
  const hint = 'the token alone is wanted, without "Bearer" before it'
  throw badSetting(`${where}: the token holds a blank, a line end or a letter beyond ASCII`, hint)
}
