import { readFileSync, statSync } from 'node:fs'
import { exitCodes } from '../process/exit-codes.ts'
import { Failure } from '../process/failure.ts'

/** What reading the settings asks of the file system. */
export interface Files {
  /** The text of a file; throws Node's error with its `code`. */
  read(path: string): string
  /** Whether it is a regular file that every user of the machine may read. */
  isWorldReadable(path: string): boolean
}

/** The real file system. */
export const systemFiles: Files = {
  read: (path) => readFileSync(path, 'utf8'),
  isWorldReadable: (path) => {
    const status = statSync(path, { throwIfNoEntry: false })
    return status?.isFile() === true && (status.mode & 0o004) !== 0
  },
}

const reasons: ReadonlyMap<unknown, string> = new Map([
  ['ENOENT', 'there is no such file or folder'],
  ['ENOTDIR', 'a part of its path is not a folder'],
  ['EACCES', 'this user has no right to it'],
  ['EPERM', 'this user has no right to it'],
  ['EISDIR', 'it is a folder'],
  ['ENOSPC', 'no space is left'],
  ['EROFS', 'the file system is read-only'],
  ['ELOOP', 'its links go round in a circle'],
])

/**
 * The text of a file that a setting names.
 * @param where the flag or variable that names the file, for the message
 * @throws Failure with the exit code of bad settings when it can't be read
 */
export function readNamedFile(files: Files, path: string, where: string): string {
  try {
    return files.read(path)
  } catch (cause) {
    throw new Failure(`${where}: cannot read "${path}": ${reasonOf(cause)}`, { exitCode: exitCodes.usage, cause })
  }
}

/** In plain words, why the file system refused. */
export function reasonOf(error: unknown): string {
  const code = errorCode(error)
  return reasons.get(code) ?? (error instanceof Error ? error.message : String(error))
}

/** The `code` of an error of Node, such as `ENOENT`, else undefined. */
export function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}
