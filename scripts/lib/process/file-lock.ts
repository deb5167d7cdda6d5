import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  realpathSync,
  statSync,
  writeSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { reasonOf } from '../settings/files.ts'
import { exitCodes } from './exit-codes.ts'
import { Failure } from './failure.ts'
import { flock } from './flock.ts'

/** A lock that this process holds until it is disposed or the process ends, however it ends. */
export interface FileLock extends Disposable {
  /** The lock file. */
  readonly path: string
}

/** What came of locking. */
export type LockResult =
  | { kind: 'locked'; lock: FileLock }
  /** Another process holds it; the failure names the file and, where known, the process. */
  | { kind: 'held'; pid: number | null; failure: Failure }
  /** It can't be told, e.g. the folder is missing or may not be written: a matter of the output, to be tried later. */
  | { kind: 'unavailable'; why: string }

/**
 * Locks an output file against a second daemon, by flock(2) on `.NAME.lock` beside it. The lock file stays when the lock
 * is given back: removing it would let two processes lock two files of that name.
 * @param path the output file; of a link the file that it leads to is locked
 */
export function lockFile(path: string): LockResult {
  const lockPath = lockPathOf(path)
  let fd: number
  try {
    // Bun opens with O_CLOEXEC: no child inherits the lock. 0600, as whoever can open the file can hold the lock.
    fd = openSync(lockPath, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK, 0o600)
  } catch (error) {
    return { kind: 'unavailable', why: `cannot open the lock file "${lockPath}": ${reasonOf(error)}` }
  }
  const result = fstatSync(fd).isFile() ? flock(fd) : { why: 'it is not a regular file' }
  if (result === 'locked' && isStill(lockPath, fd)) {
    writePid(fd)
    return { kind: 'locked', lock: held(lockPath, fd) }
  }
  const pid = readPid(lockPath)
  closeSync(fd)
  if (result === 'locked') return { kind: 'unavailable', why: `the lock file "${lockPath}" was replaced meanwhile` }
  if (result !== 'held') return { kind: 'unavailable', why: `cannot lock "${lockPath}": ${result.why}` }
  const holder = pid === null ? 'another process' : `process ${pid}`
  return {
    kind: 'held',
    pid,
    failure: new Failure(`"${path}" is kept by ${holder}, which holds "${lockPath}"`, {
      exitCode: exitCodes.output,
      hint: 'stop that one or name another file',
    }),
  }
}

/** The lock file of an output file: links are followed, so that two names of one file have one lock. */
export function lockPathOf(path: string): string {
  const real = realPathOf(path) ?? join(realPathOf(dirname(path)) ?? dirname(path), basename(path))
  return join(dirname(real), `.${basename(real)}.lock`)
}

function realPathOf(path: string): string | null {
  try {
    return realpathSync(path)
  } catch {
    return null
  }
}

function held(path: string, fd: number): FileLock {
  let open = true
  return {
    path,
    [Symbol.dispose]: () => {
      if (!open) return
      open = false
      ftruncateSync(fd)
      closeSync(fd)
    },
  }
}

/** Someone may have removed or replaced the file between opening and locking it. */
function isStill(path: string, fd: number): boolean {
  const own = fstatSync(fd, { bigint: true })
  const there = statSync(path, { bigint: true, throwIfNoEntry: false })
  return there !== undefined && there.ino === own.ino && there.dev === own.dev
}

function writePid(fd: number): void {
  try {
    ftruncateSync(fd)
    writeSync(fd, `${process.pid}\n`, 0)
  } catch {
    // A full disk: the lock holds all the same, only its message is poorer.
  }
}

function readPid(path: string): number | null {
  try {
    const text = readFileSync(path, 'utf8').trim()
    return /^\d{1,10}$/.test(text) ? Number(text) : null
  } catch {
    return null
  }
}
