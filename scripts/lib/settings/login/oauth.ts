import { optionOf } from '../options.ts'
import type { Reading } from '../reading.ts'
import { Secret } from '../secret.ts'
import { badSetting, lastOf, type Source } from '../sources.ts'
import { givenValue, type LocatedValue, readGivenValue } from './given-secret.ts'
import type { OauthLogin } from './login.ts'
import { readOauthFile } from './oauth-file.ts'

/** The settings that make an OAuth log-in, in the order of their making. */
export const oauthKeys = ['appKey', 'appSecret', 'token', 'tokenSecret'] as const

/** One of the credentials of OAuth. */
export type OauthKey = (typeof oauthKeys)[number]

/** The application of an OAuth log-in alone. */
export type ApplicationCredentials = Pick<OauthLogin, 'appKey' | 'appSecret'>

/**
 * The four credentials: all of an OAuth file, else each from the first place that knows it.
 * @param why what is added where one of them is missing
 * @throws Failure with the exit code of bad settings, which names what is missing
 */
export function readOauth(places: readonly Source[], reading: Reading, why: string): OauthLogin {
  const value = credentials({ keys: oauthKeys, hint: 'novnc-tokens authorize makes them' }, places, reading, why)
  return {
    kind: 'oauth',
    appKey: value('appKey'),
    appSecret: new Secret(value('appSecret')),
    token: new Secret(value('token')),
    tokenSecret: new Secret(value('tokenSecret')),
  }
}

/**
 * Key and secret of the application alone; what is given beside them is not looked at.
 * @throws Failure with the exit code of bad settings
 */
export function readApplicationCredentials(places: readonly Source[], reading: Reading): ApplicationCredentials {
  const hint = 'give both of an application that the platform knows, or none to register a new one'
  const value = credentials({ keys: ['appKey', 'appSecret'], hint }, places, reading, '')
  return { appKey: value('appKey'), appSecret: new Secret(value('appSecret')) }
}

/** The variable of a credential, which is its name in an OAuth file too. */
export function variableNameOf(key: OauthKey): string {
  return optionOf(key).variable ?? key
}

function credentials(
  { keys, hint }: { readonly keys: readonly OauthKey[]; readonly hint: string },
  places: readonly Source[],
  reading: Reading,
  why: string,
): (key: OauthKey) => string {
  const file = places.map((place) => place.get('oauthFile')).find((given) => given !== null) ?? null
  const inFile = file === null ? null : readOauthFile(file, reading)
  const values = new Map<OauthKey, string>()
  for (const key of keys) {
    const found = inFile === null ? firstOf(places, key, reading) : (inFile.get(variableNameOf(key)) ?? null)
    if (found !== null) values.set(key, checked(found, key))
  }
  const missing = keys.filter((key) => !values.has(key)).map(variableNameOf)
  if (missing.length > 0) {
    const lacks = `${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing`
    if (file !== null && missing.length === keys.length) {
      const lines = missing.map((name) => `${name}=...`).join(', ')
      throw badSetting(`${file.where}: "${lastOf(file)}" holds none of the lines ${lines}`, hint)
    }
    const where = file === null ? why : ` by ${file.where}`
    throw badSetting(`Half of the OAuth credentials are given${where}: ${lacks}`, hint)
  }
  return (key) => values.get(key) ?? ''
}

function firstOf(places: readonly Source[], key: OauthKey, reading: Reading): LocatedValue | null {
  for (const place of places) {
    const given = givenValue(place, key)
    if (given !== null) return readGivenValue(given, reading)
  }
  return null
}

function checked({ text, where }: LocatedValue, key: OauthKey): string {
  if (text === '') throw badSetting(`${where}: the value of ${variableNameOf(key)} is empty`)
  if (/[\u0000-\u001f\u007f]/.test(text)) {
    throw badSetting(`${where}: the value of ${variableNameOf(key)} holds a line end or another control character`)
  }
  return text
}
