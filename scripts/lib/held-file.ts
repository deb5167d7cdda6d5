import { readFile, unlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { atomicWrite } from '@novnc-tokens/tokens'
import { errorCode } from './settings/files.ts'

/** Tokens with the time, in milliseconds since 1970, from when they are held. */
export type Held = ReadonlyMap<string, number>

/** Where a `regen` leaves word for the next one of what the guard held: beside the output, under a dot name. */
export function heldPathOf(output: string): string {
  return join(dirname(output), `.${basename(output)}.held`)
}

/** What an earlier run held. A file that cannot be read counts as none: the guard then only waits longer. */
export async function readHeld(output: string, now: number): Promise<Held> {
  let value: unknown
  try {
    value = JSON.parse(await readFile(heldPathOf(output), 'utf8'))
  } catch {
    return new Map()
  }
  if (typeof value !== 'object' || value === null) return new Map()
  const valid = Object.entries(value).filter((entry): entry is [string, number] => Number.isFinite(entry[1]))
  // A clock that was set back must not make it wait for hours.
  return new Map(valid.map(([token, at]) => [token, Math.min(at, now)]))
}

/** Leaves word of what is held; where nothing is, removes it. */
export async function writeHeld(output: string, held: Held): Promise<void> {
  const path = heldPathOf(output)
  if (held.size > 0) {
    await atomicWrite(path, `${JSON.stringify(Object.fromEntries(held))}\n`, { mode: 0o600, uid: null, gid: null })
    return
  }
  await unlink(path).catch((error: unknown) => {
    if (errorCode(error) !== 'ENOENT') throw error
  })
}
