import { readNamedFile } from '../files.ts'
import type { OptionKey } from '../options.ts'
import type { Reading } from '../reading.ts'
import { badSetting, type Given, lastOf, type Source } from '../sources.ts'

/** A value that is given as such, or by a file that holds it. */
export interface GivenValue {
  readonly source: Source
  readonly given: Given
  readonly fromFile: boolean
}

/** A value, and what a message about it begins with. */
export interface LocatedValue {
  readonly text: string
  readonly where: string
}

/**
 * What a place says about a setting that may come from a file.
 * @param fileKey the setting that names the file; without one, the variable of `key` with `_FILE` at its end
 * @throws Failure with the exit code of bad settings where both are given
 */
export function givenValue(source: Source, key: OptionKey, fileKey?: OptionKey): GivenValue | null {
  const value = source.get(key)
  const file = fileKey === undefined ? source.getFile(key) : source.get(fileKey)
  if (value !== null && file !== null) throw badSetting(`Both ${value.where} and ${file.where} are given`, 'keep one')
  if (value !== null) return { source, given: value, fromFile: false }
  return file === null ? null : { source, given: file, fromFile: true }
}

/**
 * The value itself. Of a file, one line end at its end is left out, it is read again at a reload, and one that everybody
 * may read is warned about.
 * @throws Failure with the exit code of bad settings where the file cannot be read
 */
export function readGivenValue({ given, fromFile }: GivenValue, reading: Reading): LocatedValue {
  const { where } = given
  if (!fromFile) return { text: lastOf(given), where }
  const path = secretPath(given, reading)
  return { text: readSecretFile(path, where, reading), where: `${where}: "${path}"` }
}

/** The absolute path of a file with a secret, which is noted for a reload and looked at for its mode. */
export function secretPath(given: Given, reading: Reading): string {
  if (lastOf(given) === '') throw badSetting(`${given.where}: the path is empty`)
  const path = reading.resolvePath(lastOf(given))
  if (!reading.secretFiles.includes(path)) reading.secretFiles.push(path)
  if (reading.files.isWorldReadable(path)) {
    reading.notes.push(`${given.where}: every user of this machine may read "${path}"; chmod o-r it`)
  }
  return path
}

/** The text of a file that holds one secret, without the line end at its end. */
export function readSecretFile(path: string, where: string, { files }: Pick<Reading, 'files'>): string {
  return readNamedFile(files, path, where).replace(/\r?\n$/, '')
}
