import { unlinkSync } from 'node:fs'
import type { Token } from '../token/token.ts'
import { codeOf, type Ownership, syncFolder } from './atomic-write.ts'
import type { Contents } from './carried.ts'
import type { WriteOptions, Written } from './output.ts'
import { Slices } from './slices.ts'
import { Staging } from './staging.ts'

/** Up to so many changes are synced one by one; of more, what a crash of the machine makes is seen at the next start. */
const mostSynced = 64

/** What became of changes, and the tokens whose files could not be put in place of a folder. */
export interface Applied extends Written {
  readonly done: { readonly added: number; readonly removed: number }
  readonly blocked: ReadonlySet<Token>
}

/**
 * Makes the files of some tokens say what they are to say; readers see a file as it was or as it is to be.
 *
 * @param ownership what files get that are put in place
 */
export async function applyContents(
  path: string,
  changes: Contents,
  ownership: Ownership,
  options: WriteOptions,
): Promise<Applied> {
  if (changes.size === 0) return { outcome: 'written', done: { added: 0, removed: 0 }, blocked: new Set() }
  const staging = new Staging(path, ownership)
  try {
    const apply = changes.size > mostSynced ? applyMany : applyFew
    const written = await apply(path, changes, staging, options)
    await syncFolder(path)
    return written
  } finally {
    await staging.remove()
  }
}

/** All at once, each one synced. */
async function applyFew(path: string, changes: Contents, staging: Staging): Promise<Applied> {
  const done = { added: 0, removed: 0 }
  const blocked = new Set<Token>()
  const applied = await Promise.allSettled(
    [...changes].map(async ([token, content]) => {
      if (content === null) done.removed += removeFile(`${path}/${token}`)
      else if (await passes(() => staging.place(token, content))) done.added++
      else blocked.add(token)
    }),
  )
  const failed = applied.find((each) => each.status === 'rejected')
  if (failed !== undefined) throw failed.reason
  return { outcome: 'written', done, blocked }
}

/** One after the other, until the signal. */
async function applyMany(
  path: string,
  changes: Contents,
  staging: Staging,
  { signal, onProgress }: WriteOptions,
): Promise<Applied> {
  await staging.prepare()
  const slices = new Slices()
  const done = { added: 0, removed: 0 }
  const blocked = new Set<Token>()
  let tried = 0
  for (const [token, content] of changes) {
    if (slices.over) {
      onProgress?.(tried, changes.size)
      await slices.next()
      if (signal?.aborted) return { outcome: 'interrupted', done, blocked }
    }
    tried++
    if (content === null) done.removed += removeFile(`${path}/${token}`)
    else if (await passes(() => staging.placeOfMany(token, content))) done.added++
    else blocked.add(token)
  }
  return { outcome: 'written', done, blocked }
}

/** Whether a file could be put in place; a folder there holds up no other file. */
async function passes(place: () => Promise<void> | void): Promise<boolean> {
  try {
    await place()
    return true
  } catch (error) {
    if (codeOf(error) !== 'EISDIR') throw error
    return false
  }
}

/** Removes a file; returns how many that were. */
function removeFile(path: string): 0 | 1 {
  try {
    unlinkSync(path)
    return 1
  } catch (error) {
    // Gone already; and a folder of such a name gives nobody a console.
    if (['ENOENT', 'EISDIR'].includes(codeOf(error) ?? '')) return 0
    throw error
  }
}
