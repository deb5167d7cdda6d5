import type { Stats } from 'node:fs'
import { access, constants, lstat, open, readFile, readlink, realpath, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { messageOf } from '@novnc-tokens/api'
import { parseLines, SortedLines } from '../lines.ts'
import {
  atomicWrite,
  codeOf,
  type Ownership,
  removeLeftovers,
  type Stamp,
  sameStamp,
  stampOf,
  stampOfHandle,
} from './atomic-write.ts'
import { type Loaded, type Output, OutputError } from './output.ts'

/** Settings of a {@link FileOutput}. */
export interface FileOutputOptions {
  /** Absolute path; a link is followed, and the file it leads to replaced. */
  path: string
  /** Mode of the file. @default that of the existing file, else 0640 */
  mode?: number
  /** Numeric group of the file. @default that of the existing file, else of its folder */
  gid?: number
  /** Whether temporary files that killed processes left are removed. @default false */
  tidy?: boolean
}

const newFileMode = 0o640

/** The token file of websockify's TokenFile plugin: one `TOKEN: HOST:PORT` line each, replaced as a whole. */
export class FileOutput implements Output {
  readonly name: string
  readonly #options: FileOutputOptions
  #stamp: Stamp | null = null

  constructor(options: FileOutputOptions) {
    this.#options = options
    this.name = options.path
  }

  async load(): Promise<Loaded> {
    try {
      const target = await this.#target()
      if (this.#options.tidy) await removeLeftovers(target)
      const there = await statOrNull(target)
      if (there === null) {
        this.#stamp = null
        return { lines: new SortedLines(), refused: 0, exact: false, existed: false, modifiedAt: null }
      }
      if (!there.isFile())
        throw new OutputError('unwritable', `Cannot use "${target}": it is ${kindOf(there)}, no file`)
      // The stamp is taken first: a change while the file is read then shows as one.
      this.#stamp = await stampOf(target)
      const parsed = parseLines(await readFile(target, 'utf8'))
      return { ...parsed, existed: true, modifiedAt: there.mtimeMs }
    } catch (error) {
      if (error instanceof OutputError) throw error
      throw new OutputError('unreadable', `Cannot read "${this.name}": ${messageOf(error)}`, error)
    }
  }

  async changed(): Promise<boolean> {
    try {
      return !sameStamp(this.#stamp, await stampOf(await this.#target()))
    } catch (error) {
      throw new OutputError('unreadable', `Cannot look at "${this.name}": ${messageOf(error)}`, error)
    }
  }

  async write(lines: SortedLines): Promise<void> {
    const content = lines.chunks()
    await this.#forWriting(async (target, there) => {
      this.#stamp = await atomicWrite(target, content, await this.#ownership(target, there))
    })
  }

  /** Throws where it is plain that `write` would, for who asks without writing. */
  async check(): Promise<void> {
    await this.#forWriting((target) => access(dirname(target), constants.W_OK | constants.X_OK))
  }

  async #forWriting(step: (target: string, there: Stats | null) => Promise<void>): Promise<void> {
    let target = this.name
    try {
      target = await this.#target()
      const there = await statOrNull(target)
      if (there !== null && !there.isFile()) throw new Error(`it is ${kindOf(there)}, no file`)
      await step(target, there)
    } catch (error) {
      const advice = adviceFor(codeOf(error), target)
      throw new OutputError('unwritable', `Cannot write "${this.name}": ${messageOf(error)}${advice}`, error)
    }
  }

  async confirm(): Promise<void> {
    try {
      await using file = await open(await this.#target(), 'r')
      // What somebody else put there is not confirmed, and must still show as changed.
      if (!sameStamp(this.#stamp, await stampOfHandle(file))) return
      const now = new Date()
      await file.utimes(now, now)
      this.#stamp = await stampOfHandle(file)
    } catch (error) {
      throw new OutputError('unwritable', `Cannot set the time of "${this.name}": ${messageOf(error)}`, error)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  async #ownership(target: string, there: Stats | null): Promise<Ownership> {
    const { mode, gid } = this.#options
    return {
      mode: mode ?? (there === null ? newFileMode : there.mode & 0o7777),
      uid: there?.uid ?? null,
      gid: gid ?? there?.gid ?? (await stat(dirname(target))).gid,
    }
  }

  /** The file itself where the path is a link, even one to a file that is not there yet. */
  async #target(): Promise<string> {
    const { path } = this.#options
    const link = await lstatOrNull(path)
    if (!link?.isSymbolicLink()) return path
    return await realpath(path).catch(async (error: unknown) => {
      if (codeOf(error) !== 'ENOENT') throw error
      return resolve(dirname(path), await readlink(path))
    })
  }
}

async function statOrNull(path: string): Promise<Stats | null> {
  return await stat(path).catch(nullIfMissing)
}

async function lstatOrNull(path: string): Promise<Stats | null> {
  return await lstat(path).catch(nullIfMissing)
}

function nullIfMissing(error: unknown): null {
  if (codeOf(error) === 'ENOENT') return null
  throw error
}

function kindOf(there: Stats): string {
  if (there.isDirectory()) return 'a folder'
  return there.isFIFO() ? 'a pipe' : there.isSocket() ? 'a socket' : 'a device'
}

/** What a person can do about a system error of writing. */
function adviceFor(code: string | null, path: string): string {
  switch (code) {
    case 'ENOENT':
      return `. Create the folder "${dirname(path)}"`
    case 'EACCES':
    case 'EPERM':
      return `. Let this user write into "${dirname(path)}" and give files to the group of "${path}"`
    case 'ENOSPC':
    case 'EDQUOT':
      return '. Make room on its file system'
    case 'EROFS':
      return '. Its file system is mounted read-only'
    case 'EBUSY':
      return '. It is mounted by itself, so it cannot be replaced: mount its folder instead'
    default:
      return ''
  }
}
