import { parseChoice } from './choices.ts'
import { parseDuration } from './durations.ts'
import { hasNoPath, parseHttpUrl } from './http-url.ts'
import type { Login } from './login/login.ts'
import { readLogin } from './login-settings.ts'
import type { Reading } from './reading.ts'
import { badSetting } from './sources.ts'
import { readTls, type TlsSettings } from './tls-settings.ts'
import { parseWholeNumber } from './whole-numbers.ts'

/** Where the platform is. */
export interface PlatformSettings {
  /** URL without a slash at its end. */
  api: string
  /** The URL by which the API knows itself, without a slash at its end. */
  apiLocation: string
  tls: TlsSettings
  /** Longest wait for the first byte of an answer, in milliseconds. */
  timeoutMs: number
}

/** How to reach the platform. */
export interface ApiSettings extends PlatformSettings {
  login: Login
  format: 'json' | 'xml'
  /** Most requests at once. */
  concurrency: number
}

const timeoutBounds = { leastMs: 1000, mostMs: 3_600_000 }

/**
 * The settings of the connection.
 * @throws Failure with the exit code of bad settings
 */
export function readApi(reading: Reading): ApiSettings {
  const { sources } = reading
  return {
    ...readPlatform(reading),
    login: readLogin(reading, ['basic', 'bearer', 'oauth']),
    format: sources.read('apiFormat', (text) => parseChoice(text, ['json', 'xml'])),
    concurrency: sources.read('concurrency', (text) => parseWholeNumber(text, 1, 64)),
  }
}

/**
 * The settings of the platform, without those of the log-in.
 * @throws Failure with the exit code of bad settings
 */
export function readPlatform(reading: Reading): PlatformSettings {
  const { sources, notes } = reading
  const api = sources.readOptional('api', parseHttpUrl)
  if (api === null) {
    throw badSetting('No API is given', 'set --api or ABIQUO_API_URL, e.g. --api https://abiquo.example.com/api')
  }
  if (hasNoPath(api)) notes.push(`The API URL "${api}" has no path; Abiquo's usually ends in /api: "${api}/api"`)
  return {
    api,
    apiLocation: sources.readOptional('apiLocation', parseHttpUrl) ?? api,
    tls: readTls(reading),
    timeoutMs: sources.read('timeout', (text) => parseDuration(text, timeoutBounds)),
  }
}
