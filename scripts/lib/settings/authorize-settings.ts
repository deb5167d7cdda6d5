import { type PlatformSettings, readPlatform } from './api-settings.ts'
import type { BasicLogin, BearerLogin } from './login/login.ts'
import { type ApplicationCredentials, readApplicationCredentials } from './login/oauth.ts'
import { readLogin } from './login-settings.ts'
import type { Reading } from './reading.ts'
import { badSetting } from './sources.ts'

/** The application that shall be authorized: one to be registered, or one that the platform has. */
export type ApplicationSettings =
  | { readonly kind: 'new'; readonly name: string }
  | ({ readonly kind: 'known' } & ApplicationCredentials)

/** What an authorization is made from. */
export interface AuthorizationSettings extends PlatformSettings {
  /** The user who authorizes. */
  login: BasicLogin | BearerLogin
  application: ApplicationSettings
}

/**
 * The settings of an authorization. The settings of an OAuth log-in are none here: they name the application.
 * @throws Failure with the exit code of bad settings
 */
export function readAuthorization(reading: Reading): AuthorizationSettings {
  return {
    ...readPlatform(reading),
    login: readLogin(reading, ['basic', 'bearer']),
    application: readApplication(reading),
  }
}

function readApplication(reading: Reading): ApplicationSettings {
  const { sources } = reading
  const name = sources.find('appName')
  const file = sources.find('oauthFile')
  if (name !== null && file !== null) {
    throw badSetting(`Both ${name.where} and ${file.where} are given`, 'one is for a new application, one for a known')
  }
  // Flags win over variables.
  const given = sources.all.filter((source) =>
    (['oauthFile', 'appKey', 'appSecret'] as const).some((key) => (source.get(key) ?? source.getFile(key)) !== null),
  )
  if (name !== null || given.length === 0) return { kind: 'new', name: sources.read('appName', checkName) }
  const places = file === null ? given : given.filter((source) => source.kind === 'flags')
  return { kind: 'known', ...readApplicationCredentials(places, reading) }
}

function checkName(text: string): string {
  if (text.trim() === '') throw new RangeError('the name is empty')
  if (/[\u0000-\u001f\u007f]/.test(text)) throw new RangeError('the name holds a control character')
  return text
}
