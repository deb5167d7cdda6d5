import { randomInt } from 'node:crypto'
import type { BigIntStats } from 'node:fs'
import { type FileHandle, open, readdir, rename, unlink, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

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
 * beside it is written, synced, given mode and owner, and renamed over it; then the folder is synced.
 *
 * @returns the stamp of what was written, which tells it from what anybody puts there later, however soon
 */
export async function atomicWrite(
  path: string,
  content: string | Iterable<string>,
  ownership: Ownership,
): Promise<Stamp> {
  // Random, since in a container each process has the id of the one that was killed before it.
  const temporary = join(dirname(path), `${temporaryPrefix(path)}${process.pid}.${randomInt(2 ** 47)}.tmp`)
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
  await syncFolder(dirname(path))
  return stamp
}

/** Removes temporary files of processes that are gone: they were killed between writing and renaming. */
export async function removeLeftovers(path: string): Promise<void> {
  const prefix = temporaryPrefix(path)
  for (const name of await readdir(dirname(path)).catch(() => [])) {
    if (!name.startsWith(prefix)) continue
    const pid = /^(\d+)\.\d+\.tmp$/.exec(name.slice(prefix.length))?.[1]
    if (pid !== undefined && !isRunning(Number(pid))) await unlink(join(dirname(path), name)).catch(() => undefined)
  }
}

/** A dot name, so that a listing of the folder does not show it. */
function temporaryPrefix(path: string): string {
  return `.${basename(path)}.`
}

async function own(file: FileHandle, { mode, uid, gid, groupIfMay }: Ownership): Promise<void> {
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

async function syncFolder(path: string): Promise<void> {
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
