import { parseChoice } from './choices.ts'
import { parseDuration } from './durations.ts'
import { hasNoPath, parseHttpUrl } from './http-url.ts'
import { type BasicLogin, readLogin } from './login-settings.ts'
import type { Reading } from './reading.ts'
import { badSetting } from './sources.ts'
import { readTls, type TlsSettings } from './tls-settings.ts'
import { parseWholeNumber } from './whole-numbers.ts'

/** How to reach the platform. */
export interface ApiSettings {
  /** URL without a slash at its end. */
  api: string
  /** The URL by which the API knows itself, without a slash at its end. */
  apiLocation: string
  login: BasicLogin
  tls: TlsSettings
  format: 'json' | 'xml'
  /** Longest wait for the first byte of an answer, in milliseconds. */
  timeoutMs: number
  /** Most requests at once. */
  concurrency: number
}

const timeoutBounds = { leastMs: 1000, mostMs: 3_600_000 }

/**
 * The settings of the connection.
 * @throws Failure with the exit code of bad settings
 */
export function readApi(reading: Reading): ApiSettings {
  const { sources, notes } = reading
  const api = sources.readOptional('api', parseHttpUrl)
  if (api === null) {
    throw badSetting('No API is given', 'set --api or ABIQUO_API_URL, e.g. --api https://abiquo.example.com/api')
  }
  if (hasNoPath(api)) notes.push(`The API URL "${api}" has no path; Abiquo's usually ends in /api: "${api}/api"`)
  return {
    api,
    apiLocation: sources.readOptional('apiLocation', parseHttpUrl) ?? api,
    login: readLogin(reading),
    tls: readTls(reading),
    format: sources.read('apiFormat', (text) => parseChoice(text, ['json', 'xml'])),
    timeoutMs: sources.read('timeout', (text) => parseDuration(text, timeoutBounds)),
    concurrency: sources.read('concurrency', (text) => parseWholeNumber(text, 1, 64)),
  }
}
