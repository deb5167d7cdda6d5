import type { BigIntStats } from 'node:fs'
import { access, constants, mkdir, realpath, rmdir, stat, utimes } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type Clock, systemClock } from '@novnc-tokens/api'
import type { SortedLines } from '../token/lines.ts'
import type { Token } from '../token/token.ts'
import { type Applied, applyContents } from './apply-contents.ts'
import { codeOf, ownSuffix, type Stamp, sameStamp, systemReason, toStamp } from './atomic-write.ts'
import { Carried, type Contents } from './carried.ts'
import { hostPortOf } from './host-port.ts'
import {
  BlockedError,
  type Doubt,
  type Loaded,
  type Output,
  OutputError,
  type WriteOptions,
  type Written,
} from './output.ts'
import { removeStaging } from './staging.ts'
import { readTokenFolder, type TokenFolder } from './token-folder.ts'

/** Settings of a {@link DirectoryOutput}. */
export interface DirectoryOutputOptions {
  /** Absolute path of the folder, which has to be there. Files are staged in a dot folder beside it. */
  path: string
  /** Mode of the files. @default 0640 */
  mode?: number
  /** Numeric group of the files. @default that of the folder */
  gid?: number
  /** Whether what killed processes left is removed. @default false */
  tidy?: boolean
  /** Tells when it is time to compare all files. @default systemClock */
  clock?: Pick<Clock, 'now'>
}

const newFileMode = 0o640
/** What others do while we write cannot be told from what we do: after a write that took so long all are compared. */
const longWriteMs = 1000
/** Looking at all files, after lists have ended, takes at most so large a share of the time: 100,000 take a second. */
const verifyingShare = 0.001

/**
 * The folder of websockify's TokenFileName plugin (0.12 and later): a file for each token, named by it, that says
 * `HOST:PORT`. Looking a token up takes the same time however many there are, and a change touches its own file only.
 * Files with other names are nobody's business. An IPv6 host cannot be carried.
 */
export class DirectoryOutput implements Output {
  readonly name: string
  readonly #options: DirectoryOutputOptions
  readonly #carried = new Carried()
  #stamp: Stamp | null = null
  /** Whether others may have changed something that the time of the folder does not tell. */
  #unsure = false
  /** Before this moment all files are not looked at again. */
  #verifyAt = Number.NEGATIVE_INFINITY

  constructor(options: DirectoryOutputOptions) {
    this.#options = options
    this.name = options.path
  }

  get uncarried(): number {
    return this.#carried.left
  }

  async load(): Promise<Loaded> {
    return await this.#attempt('unreadable', 'read', async () => {
      const { path, stats } = await this.#folder()
      await access(path, constants.R_OK | constants.X_OK)
      if (this.#options.tidy) await removeStaging(path)
      const { lines, refused } = await readTokenFolder(path)
      this.#compared(stats)
      const existed = lines.size + refused.length > 0
      const modifiedAt = existed ? Number(stats.mtimeMs) : null
      return { lines, refused: refused.length, exact: refused.length === 0, existed, modifiedAt }
    })
  }

  async changed(): Promise<Doubt | null> {
    const { stats } = await this.#attempt('unreadable', 'look at', () => this.#folder())
    if (!sameStamp(this.#stamp, toStamp(stats))) return 'others'
    return this.#unsure ? 'unsure' : null
  }

  async write(lines: SortedLines, changed: ReadonlySet<Token> | null, options: WriteOptions = {}): Promise<Written> {
    // Taken before anything waits: the lines go on changing.
    const wanted = this.#carried.contents(lines, changed)
    return await this.#attempt('unwritable', 'write to', async () => {
      const began = this.#now()
      const folder = await this.#folder()
      const changes = changed === null ? differences(await readTokenFolder(folder.path), wanted) : wanted
      if (changes.size === 0) {
        if (changed === null) this.#compared(folder.stats)
        return { outcome: 'written', done: { added: 0, removed: 0 } }
      }
      try {
        const { outcome, done, blocked } = await this.#apply(folder, changes, options)
        if (changed === null && outcome === 'written') this.#unsure = false
        if (outcome === 'written' && blocked.size > 0) throw new BlockedError(blockedMessage(this.name), blocked, done)
        return { outcome, done }
      } finally {
        // What was done in vain is no change by others.
        this.#stamp = toStamp((await this.#folder()).stats)
        if (this.#now() - began >= longWriteMs) this.#unsure = true
      }
    })
  }

  async check(): Promise<void> {
    await this.#attempt('unwritable', 'write to', async () => {
      const { path, stats } = await this.#folder()
      const beside = dirname(path)
      for (const each of [path, beside]) await access(each, constants.W_OK | constants.X_OK)
      if ((await stat(beside, { bigint: true })).dev !== stats.dev) throw crossDevice()
    })
  }

  async confirm(): Promise<void> {
    await this.#attempt('unwritable', 'set the time of', async () => {
      const { path, stats } = await this.#folder()
      // What somebody else did there is not confirmed, and must still show as changed.
      if (!sameStamp(this.#stamp, toStamp(stats))) return
      await touch(path)
      this.#stamp = toStamp((await this.#folder()).stats)
    })
  }

  /** The folder's time does not tell what somebody wrote into a file in place: only a look at all files does. */
  async verify(lines: SortedLines): Promise<boolean> {
    const began = this.#now()
    if (began < this.#verifyAt) return true
    const wanted = this.#carried.contents(lines, null)
    const found = await this.#attempt('unreadable', 'read', async () => readTokenFolder((await this.#folder()).path))
    const now = this.#now()
    this.#verifyAt = now + (now - began) / verifyingShare
    // What says nothing usable gives nobody a console.
    return differences({ ...found, refused: [] }, wanted).size === 0
  }

  mistrust(): void {
    this.#unsure = true
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  async #folder(): Promise<Folder> {
    try {
      const path = await realpath(this.name)
      const stats = await stat(path, { bigint: true })
      if (stats.isDirectory()) return { path, stats }
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error
      throw new OutputError(
        'unwritable',
        `Cannot use "${this.name}": there is no such folder. Create it, readable for websockify and writable for this user`,
      )
    }
    throw new OutputError(
      'unwritable',
      `Cannot use "${this.name}": it is no folder. A single file is an output of its own`,
    )
  }

  async #apply({ path, stats }: Folder, changes: Contents, options: WriteOptions): Promise<Applied> {
    const { mode = newFileMode, gid = Number(stats.gid) } = this.#options
    // What root writes is still the daemon's.
    const uid = process.getuid?.() === 0 ? Number(stats.uid) : null
    const groupIfMay = this.#options.gid === undefined && (mode & 0o004) !== 0
    return await applyContents(path, changes, { mode, uid, gid, groupIfMay }, options)
  }

  /** All files were compared. @param stats of the folder before that: what was changed meanwhile shows as a change */
  #compared(stats: BigIntStats): void {
    this.#stamp = toStamp(stats)
    this.#unsure = false
  }

  #now(): number {
    return (this.#options.clock ?? systemClock).now()
  }

  async #attempt<T>(code: OutputError['code'], what: string, step: () => Promise<T>): Promise<T> {
    try {
      return await step()
    } catch (error) {
      if (error instanceof OutputError) throw error
      const reason = `${systemReason(error)}${adviceFor(codeOf(error), this.name)}`
      // Without the error itself, whose paths name tokens.
      throw new OutputError(code, `Cannot ${what} the folder "${this.name}": ${reason}`)
    }
  }
}

/** The folder, where all links lead. */
interface Folder {
  readonly path: string
  readonly stats: BigIntStats
}

/** In what a folder differs from what is wanted of all its files. */
function differences({ lines, refused }: TokenFolder, wanted: Contents): Contents {
  const differing = new Map<Token, string | null>()
  for (const [token, content] of wanted) {
    const line = lines.line(token)
    if (content !== (line === null ? null : hostPortOf(line))) differing.set(token, content)
  }
  for (const token of lines.tokens()) if (!wanted.has(token)) differing.set(token, null)
  for (const token of refused) if (!differing.has(token)) differing.set(token, null)
  return differing
}

/** Sets the time of a folder to now, also of one that is another user's. */
async function touch(path: string): Promise<void> {
  const now = new Date()
  try {
    await utimes(path, now, now)
  } catch (error) {
    if (codeOf(error) !== 'EPERM') throw error
    const passing = join(path, `.confirmed.${ownSuffix()}`)
    await mkdir(passing)
    await rmdir(passing)
  }
}

function crossDevice(): Error {
  return Object.assign(new Error('it is the root of a file system'), { code: 'EXDEV' })
}

function blockedMessage(path: string): string {
  return `Cannot write some files of the folder "${path}": it holds a folder whose name is a token. Remove that`
}

/** What a person can do about a system error. */
function adviceFor(code: string | null, path: string): string {
  switch (code) {
    case 'EXDEV':
      return `. Files are staged beside it, on the same file system: use a folder below "${path}"`
    case 'EACCES':
      return `. Let this user write there and in "${dirname(path)}"`
    case 'EPERM':
      return `. Files are to have the group of "${path}", or the one that is set: make this user a member of it`
    case 'ENOSPC':
    case 'EDQUOT':
      return '. Make room on its file system, inodes included'
    case 'EROFS':
      return '. Its file system is mounted read-only'
    default:
      return ''
  }
}
