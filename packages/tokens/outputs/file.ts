import type { BigIntStats } from 'node:fs'
import { access, constants, lstat, open, readFile, readlink, realpath, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { messageOf } from '@novnc-tokens/api'
import { parseLines, SortedLines } from '../token/lines.ts'
import {
  atomicWrite,
  codeOf,
  type Ownership,
  removeLeftovers,
  type Stamp,
  sameStamp,
  stampOfHandle,
  systemReason,
  toStamp,
} from './atomic-write.ts'
import { type Doubt, type Loaded, type Output, OutputError, type Written } from './output.ts'
import { says } from './readers-view.ts'

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
/** What was seen so few milliseconds ago is taken as it was. */
const freshMs = 50

/** The token file of websockify's TokenFile plugin: one `TOKEN: HOST:PORT` line each, replaced as a whole. */
export class FileOutput implements Output {
  readonly name: string
  readonly #options: FileOutputOptions
  #stamp: Stamp | null = null
  #looked: Looked | null = null

  constructor(options: FileOutputOptions) {
    this.#options = options
    this.name = options.path
  }

  async load(): Promise<Loaded> {
    try {
      const { target, there } = await this.#look()
      if (this.#options.tidy) await removeLeftovers(target)
      if (there === null) {
        this.#stamp = null
        return { lines: new SortedLines(), refused: 0, exact: false, existed: false, modifiedAt: null }
      }
      if (!there.isFile())
        throw new OutputError('unwritable', `Cannot use "${target}": it is ${kindOf(there)}, no file`)
      // The stamp is taken first: a change while the file is read then shows as one.
      this.#stamp = toStamp(there)
      const parsed = parseLines(await readFile(target, 'utf8'))
      return { ...parsed, existed: true, modifiedAt: Number(there.mtimeMs) }
    } catch (error) {
      if (error instanceof OutputError) throw error
      throw new OutputError('unreadable', `Cannot read "${this.name}": ${messageOf(error)}`, error)
    }
  }

  async changed(): Promise<Doubt | null> {
    try {
      this.#looked = await this.#look()
      const { there } = this.#looked
      return sameStamp(this.#stamp, there === null ? null : toStamp(there)) ? null : 'others'
    } catch (error) {
      throw new OutputError('unreadable', `Cannot look at "${this.name}": ${messageOf(error)}`, error)
    }
  }

  async write(lines: SortedLines): Promise<Written> {
    const content = lines.chunks()
    await this.#forWriting(async (target, there) => {
      this.#stamp = await atomicWrite(target, content, await this.#ownership(target, there))
    })
    return { outcome: 'written', done: null }
  }

  /** Throws where it is plain that `write` would, for who asks without writing. */
  async check(): Promise<void> {
    await this.#forWriting((target) => access(dirname(target), constants.W_OK | constants.X_OK))
  }

  async #forWriting(step: (target: string, there: BigIntStats | null) => Promise<void>): Promise<void> {
    let target = this.name
    try {
      // A write follows upon a look for changes by others, which need not be repeated.
      const fresh = this.#looked !== null && performance.now() - this.#looked.at < freshMs
      const looked = fresh && this.#looked !== null ? this.#looked : await this.#look()
      this.#looked = null
      target = looked.target
      if (looked.there !== null && !looked.there.isFile()) throw new Error(`it is ${kindOf(looked.there)}, no file`)
      await step(target, looked.there)
    } catch (error) {
      const reason = `${systemReason(error)}${adviceFor(codeOf(error), target)}`
      throw new OutputError('unwritable', `Cannot write "${this.name}": ${reason}`, error)
    }
  }

  async confirm(): Promise<void> {
    try {
      await using file = await open((await this.#look()).target, 'r')
      // What somebody else put there is not confirmed, and must still show as changed.
      if (!sameStamp(this.#stamp, await stampOfHandle(file))) return
      const now = new Date()
      await file.utimes(now, now)
      this.#stamp = await stampOfHandle(file)
    } catch (error) {
      throw new OutputError('unwritable', `Cannot set the time of "${this.name}": ${messageOf(error)}`, error)
    }
  }

  async verify(lines: SortedLines): Promise<boolean> {
    // Taken before anything waits: the lines go on changing.
    const chunks = lines.chunks()
    try {
      return await says((await this.#look()).target, chunks)
    } catch (error) {
      // What this user may not read others may; what nobody can read is no better than something else.
      return ['EACCES', 'EPERM'].includes(codeOf(error) ?? '')
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  async #ownership(target: string, there: BigIntStats | null): Promise<Ownership> {
    const { mode, gid } = this.#options
    return {
      mode: mode ?? (there === null ? newFileMode : Number(there.mode) & 0o7777),
      uid: there === null ? null : Number(there.uid),
      gid: gid ?? (there === null ? (await stat(dirname(target))).gid : Number(there.gid)),
      groupIfMay: gid === undefined && there === null,
    }
  }

  /** What is there, and where: the file itself where the path is a link, even one to a file that is not there yet. */
  async #look(): Promise<Looked> {
    const { path } = this.#options
    const link = await lstat(path, { bigint: true }).catch(nullIfMissing)
    const at = performance.now()
    if (!link?.isSymbolicLink()) return { target: path, there: link, at }
    const target = await realpath(path).catch(async (error: unknown) => {
      if (codeOf(error) !== 'ENOENT') throw error
      return resolve(dirname(path), await readlink(path))
    })
    return { target, there: await stat(target, { bigint: true }).catch(nullIfMissing), at }
  }
}

/** What is at the path of an output. */
interface Looked {
  readonly target: string
  readonly there: BigIntStats | null
  /** When, by the monotonic clock. */
  readonly at: number
}

function nullIfMissing(error: unknown): null {
  if (codeOf(error) === 'ENOENT') return null
  throw error
}

function kindOf(there: BigIntStats): string {
  if (there.isDirectory()) return 'a folder'
  return there.isFIFO() ? 'a pipe' : there.isSocket() ? 'a socket' : 'a device'
}

/** What a person can do about a system error of writing. */
function adviceFor(code: string | null, path: string): string {
  switch (code) {
    case 'ENOENT':
      return `. Create the folder "${dirname(path)}"`
    case 'EACCES':
      return `. Let this user write into "${dirname(path)}"`
    case 'EPERM':
      return `. The file is to have the group that "${path}" has, or the one that is set: make this user a member of it`
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
