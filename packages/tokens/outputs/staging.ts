import {
  closeSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  mkdirSync,
  openSync,
  renameSync,
  rmdirSync,
  writeSync,
} from 'node:fs'
import { open, readdir, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Token } from '../token/token.ts'
import { codeOf, isLeftover, type Ownership, own, ownSuffix, placeFile } from './atomic-write.ts'

/**
 * A folder beside one of tokens, so on the same file system: a file is whole before it is renamed to where websockify
 * sees it.
 */
export class Staging {
  readonly #path: string
  readonly #target: string
  readonly #ownership: Ownership
  #made = false
  #ofMany = { mode: 0, uid: 0, gid: 0 }
  /** Whether files come with what they are to have, as the first of many has shown. */
  #comesRight: boolean | null = null

  /**
   * @param target absolute path of the folder of tokens, which is no link
   * @param ownership what the files get
   */
  constructor(target: string, ownership: Ownership) {
    this.#target = target
    this.#ownership = ownership
    this.#path = join(dirname(target), `${stagingPrefix(target)}${ownSuffix()}`)
  }

  /** Puts one file in place, synced. */
  async place(token: Token, content: string): Promise<void> {
    this.#make()
    await placeFile(join(this.#path, token), join(this.#target, token), content, this.#ownership)
  }

  /** Prepares for {@link placeOfMany}: files get their group from the staging folder, so that few calls are needed. */
  async prepare(): Promise<void> {
    this.#make()
    const folder = await open(this.#path, 'r')
    try {
      await own(folder, this.#ownership)
      await folder.chmod(0o2700)
      const { uid, gid } = await folder.stat()
      this.#ofMany = { mode: this.#ownership.mode, uid, gid }
    } finally {
      await folder.close()
    }
  }

  /** Puts one of many files in place. It is not synced: what a crash of the machine makes of it is seen at the next start. */
  placeOfMany(token: Token, content: string): void {
    const staged = `${this.#path}/${token}`
    const { mode, uid, gid } = this.#ofMany
    const file = openSync(staged, 'wx', mode)
    try {
      if (this.#comesRight === null) {
        const made = fstatSync(file)
        // The umask may take some of the mode, and not every file system hands the group on.
        this.#comesRight = made.uid === uid && made.gid === gid && (made.mode & 0o7777) === mode
      }
      if (!this.#comesRight) {
        fchownSync(file, uid, gid)
        fchmodSync(file, mode)
      }
      writeSync(file, content)
    } finally {
      closeSync(file)
    }
    renameSync(staged, `${this.#target}/${token}`)
  }

  /** Removes the folder and what a failure left in it. */
  async remove(): Promise<void> {
    if (!this.#made) return
    try {
      rmdirSync(this.#path)
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') await rm(this.#path, { recursive: true, force: true })
    }
  }

  #make(): void {
    if (!this.#made) mkdirSync(this.#path, { mode: 0o700 })
    this.#made = true
  }
}

/** Removes what killed processes left beside the folder of tokens. */
export async function removeStaging(target: string): Promise<void> {
  const prefix = stagingPrefix(target)
  for (const name of await readdir(dirname(target)).catch(() => [])) {
    if (!name.startsWith(prefix) || !isLeftover(name.slice(prefix.length))) continue
    await rm(join(dirname(target), name), { recursive: true, force: true }).catch(() => undefined)
  }
}

function stagingPrefix(target: string): string {
  return `.${basename(target)}.staging.`
}
