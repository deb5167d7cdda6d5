import { randomInt } from 'node:crypto'
import type { BigIntStats } from 'node:fs'
import { type FileHandle, open, readdir, rename, unlink, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { messageOf } from '@novnc-tokens/api'

/** Who may do what with a file. */
export interface Ownership {
  readonly mode: number
  /** Numeric ids; null leaves the one that a new file gets. */
  readonly uid: number | null
  readonly gid: number | null
  /** Whether the group is only a wish, for a file that nobody reads yet. @default false */
  readonly groupIfMay?: boolean
}

/**
 * Replaces a file so that a reader sees the old or the new content, and a crash leaves one of them: a temporary file
 * beside it takes its place, then the folder is synced.
 *
 * @returns the stamp of what was written, which tells it from what anybody puts there later, however soon
 */
export async function atomicWrite(
  path: string,
  content: string | Iterable<string>,
  ownership: Ownership,
): Promise<Stamp> {
  const stamp = await placeFile(
    join(dirname(path), `${temporaryPrefix(path)}${ownSuffix()}.tmp`),
    path,
    content,
    ownership,
  )
  await syncFolder(dirname(path))
  return stamp
}

/**
 * Puts a file in place by way of a temporary one on the same file system, which is written, given mode and owner, synced,
 * and renamed; it lasts once its folder is synced.
 */
export async function placeFile(
  temporary: string,
  path: string,
  content: string | Iterable<string>,
  ownership: Ownership,
): Promise<Stamp> {
  // wx: never write into what somebody else put there. 0600 until mode and group are right.
  const file = await open(temporary, 'wx', 0o600)
  let stamp: Stamp
  try {
    await writeFile(file, content)
    await own(file, ownership)
    await file.sync()
    await rename(temporary, path)
    // Readers have it by now; the rest only makes it last.
    stamp = await stampOfHandle(file)
  } catch (error) {
    await unlink(temporary).catch(() => undefined)
    throw error
  } finally {
    await file.close()
  }
  return stamp
}

/** What names of temporary things of this process end with. */
export function ownSuffix(): string {
  // Random, since in a container each process has the id of the one that was killed before it.
  return `${process.pid}.${randomInt(2 ** 47)}`
}

/** Whether the process that gave a temporary thing its name is gone: it was killed before it could remove that. */
export function isLeftover(suffix: string): boolean {
  const pid = /^(\d+)\.\d+$/.exec(suffix)?.[1]
  return pid !== undefined && !isRunning(Number(pid))
}

/** Removes temporary files of processes that are gone: they were killed between writing and renaming. */
export async function removeLeftovers(path: string): Promise<void> {
  const prefix = temporaryPrefix(path)
  for (const name of await readdir(dirname(path)).catch(() => [])) {
    if (!name.startsWith(prefix) || !name.endsWith('.tmp')) continue
    const leftover = isLeftover(name.slice(prefix.length, -'.tmp'.length))
    if (leftover) await unlink(join(dirname(path), name)).catch(() => undefined)
  }
}

/** A dot name, so that a listing of the folder does not show it. */
function temporaryPrefix(path: string): string {
  return `.${basename(path)}.`
}

/** Gives an open file its owner, group and mode, as far as this user may and readers need it. */
export async function own(file: FileHandle, { mode, uid, gid, groupIfMay }: Ownership): Promise<void> {
  const now = await file.stat()
  const owner = uid ?? now.uid
  const group = gid ?? now.gid
  if (group !== now.gid) {
    await file.chown(now.uid, group).catch((error: unknown) => {
      if (groupIfMay !== true || codeOf(error) !== 'EPERM') throw error
    })
  }
  if (owner !== now.uid) {
    await file.chown(owner, group).catch((error: unknown) => {
      // Only root may give a file away. That locks nobody out as long as more than its owner may read it.
      if ((mode & 0o044) === 0) throw error
    })
  }
  await file.chmod(mode)
}

/** Makes what was renamed or removed in a folder last. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } catch (error) {
    // Some file systems cannot sync a folder, and have no need to.
    if (!['EINVAL', 'ENOTSUP', 'EPERM'].includes(codeOf(error) ?? '')) throw error
  } finally {
    await folder.close()
  }
}

function isRunning(pid: number): boolean {
  if (pid === process.pid) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
}

/** The `code` of a system error, such as `ENOENT`; null for any other error. */
export function codeOf(error: unknown): string | null {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : null
  return typeof code === 'string' ? code : null
}

/**
 * What a system error says, without the call and its path: that of a temporary file differs each time, and those of a
 * folder name tokens.
 */
export function systemReason(error: unknown): string {
  const message = messageOf(error)
  return codeOf(error) === null ? message : message.replace(/, \w+( '.*)?$/s, '')
}

/** What distinguishes a file from every other and from itself after a change. */
export interface Stamp {
  readonly inode: bigint
  readonly size: bigint
  readonly modifiedNs: bigint
}

/** The stamp of an open file, whatever is at its path by now. */
export async function stampOfHandle(file: FileHandle): Promise<Stamp> {
  return toStamp(await file.stat({ bigint: true }))
}

/** The stamp of a file that was looked at. */
export function toStamp({ ino, size, mtimeNs }: BigIntStats): Stamp {
  return { inode: ino, size, modifiedNs: mtimeNs }
}

/** Whether two stamps are of the same file with the same content. */
export function sameStamp(a: Stamp | null, b: Stamp | null): boolean {
  return a?.inode === b?.inode && a?.size === b?.size && a?.modifiedNs === b?.modifiedNs
}
