import { parseEnvFile } from '../env-file.ts'
import { readNamedFile } from '../files.ts'
import type { Reading } from '../reading.ts'
import type { Given } from '../sources.ts'
import { type LocatedValue, secretPath } from './given-secret.ts'

const names = ['ABIQUO_API_APP_KEY', 'ABIQUO_API_APP_SECRET', 'ABIQUO_API_TOKEN', 'ABIQUO_API_TOKEN_SECRET']

/**
 * The lines of an OAuth file by their names, as `novnc-tokens authorize` prints them: those of an env file.
 * @throws Failure with the exit code of bad settings where it cannot be read
 */
export function readOauthFile(given: Given, reading: Reading): ReadonlyMap<string, LocatedValue> {
  const path = secretPath(given, reading)
  const { values, notes } = parseEnvFile(readNamedFile(reading.files, path, given.where))
  reading.notes.push(...notes.map((note) => `${path}: ${note}`))
  const others = [...values.keys()].filter((name) => !names.includes(name))
  if (others.length > 0)
    reading.notes.push(`${path}: only ${names.join(', ')} are read from it, not ${others.join(', ')}`)
  return new Map([...values].map(([name, { value, line }]) => [name, { text: value, where: `${path} line ${line}` }]))
}
