import { readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { tempPrefix } from './temp.ts'

/** The variable by which processes of a test run are known, also when their parent is gone: see {@link survivors}. */
export const runMarker = 'TOKENS_TEST_RUN'

/** A process that a test left behind. */
export interface Survivor {
  readonly pid: number
  /** Its command line. */
  readonly command: string
}

/**
 * Processes that a test run left behind: its direct children, and all that got its marker by way of `start` or
 * node:child_process. Read from /proc, so it needs no list of what was started, and sees what a child started in turn.
 *
 * @param run process id of the test runner, which is also the value of its marker
 */
export function survivors(run: number = process.pid): Survivor[] {
  return processes()
    .filter((pid) => pid !== run && belongs(pid, run))
    .map((pid) => ({ pid, command: command(pid) }))
}

/** Temporary folders that a test run left behind, as absolute paths. */
export function leftFolders(run: number = process.pid): string[] {
  const folder = tmpdir()
  return readdirSync(folder)
    .filter((name) => name.startsWith(tempPrefix(run)))
    .map((name) => join(folder, name))
}

function processes(): number[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
  } catch {
    return []
  }
}

function belongs(pid: number, run: number): boolean {
  const parent = parentOf(pid)
  if (parent === null) return false
  return parent === run || read(`/proc/${pid}/environ`).split('\0').includes(`${runMarker}=${run}`)
}

/** Process id of a running process's parent; null when it has ended, also when nobody has asked for its exit code. */
export function parentOf(pid: number): number | null {
  const stat = read(`/proc/${pid}/stat`)
  // The name in parentheses may hold blanks and parentheses; state and parent follow the last one.
  const [state = '', parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return /^[ZX]?$/.test(state) ? null : Number(parent)
}

function command(pid: number): string {
  return read(`/proc/${pid}/cmdline`).split('\0').join(' ').trim()
}

/** Empty for what is gone or belongs to another user. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
