import { readFile, unlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { atomicWrite, type Output } from '@novnc-tokens/tokens'
import { errorCode } from './settings/files.ts'

/** Tokens with the time, in milliseconds since 1970, from when they are held. */
export type Held = ReadonlyMap<string, number>

/**
 * Where a `regen` leaves word for the next one of what the guard held, unless the output itself keeps it: beside that, under
 * a dot name.
 */
export function heldPathOf(output: string): string {
  return join(dirname(output), `.${basename(output)}.held`)
}

/** What an earlier run held. What cannot be read counts as none: the guard then only waits longer. */
export async function readHeld(output: Pick<Output, 'name' | 'word'>, now: number): Promise<Held> {
  let value: unknown
  try {
    const word = output.word === undefined ? readFile(heldPathOf(output.name), 'utf8') : output.word()
    value = JSON.parse((await word) ?? '{}')
  } catch {
    return new Map()
  }
  if (typeof value !== 'object' || value === null) return new Map()
  const valid = Object.entries(value).filter((entry): entry is [string, number] => Number.isFinite(entry[1]))
  // A clock that was set back must not make it wait for hours.
  return new Map(valid.map(([token, at]) => [token, Math.min(at, now)]))
}

/** Leaves word of what is held; where nothing is, removes it. */
export async function writeHeld(output: Pick<Output, 'name' | 'leaveWord'>, held: Held): Promise<void> {
  const word = held.size === 0 ? null : `${JSON.stringify(Object.fromEntries(held))}\n`
  if (output.leaveWord !== undefined) return await output.leaveWord(word)
  const path = heldPathOf(output.name)
  if (word !== null) {
    await atomicWrite(path, word, { mode: 0o600, uid: null, gid: null })
    return
  }
  await unlink(path).catch((error: unknown) => {
    if (errorCode(error) !== 'ENOENT') throw error
  })
}
