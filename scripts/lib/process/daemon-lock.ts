import { existsSync } from 'node:fs'
import type { Logger } from '../log/log.ts'
import { exitCodes } from './exit-codes.ts'
import { Failure } from './failure.ts'
import { type FileLock, lockFile, lockPathOf } from './file-lock.ts'

/** What happens around the locks of a daemon. */
export interface DaemonLockOptions {
  logger: Logger
  /** A lock that could not be told at the start turns out to be another daemon's. */
  onHeld: (failure: Failure) => void
}

/** A folder that is missing at the start may appear any time. */
const retryEveryMs = 10_000

/**
 * Locks the output files against a second daemon, until disposed. Where a lock cannot be told, because the folder is
 * missing or may not be written, that is a matter of the output, and the lock is tried again.
 * @throws Failure with the exit code of outputs where another daemon holds one of them, or may hold it
 */
export function lockOutputs(paths: readonly string[], { logger, onHeld }: DaemonLockOptions): Disposable {
  const locks: FileLock[] = []
  let open = [...paths]
  let why = ''
  const release = () => {
    clearInterval(timer)
    for (const lock of locks) lock[Symbol.dispose]()
  }
  const attempt = (): Failure | null => {
    for (const path of open) {
      if (locks.some((lock) => lock.path === lockPathOf(path))) return sameFile(path)
      const result = lockFile(path)
      if (result.kind === 'held') return result.failure
      if (result.kind === 'unavailable') {
        why = result.why
        if (existsSync(lockPathOf(path))) return mayBeHeld(result.why, path)
        continue
      }
      locks.push(result.lock)
      open = open.filter((other) => other !== path)
    }
    return null
  }
  const timer = setInterval(() => {
    const failure = open.length === 0 ? null : attempt()
    if (failure !== null) onHeld(failure)
  }, retryEveryMs)
  const failure = attempt()
  if (failure !== null) {
    release()
    throw failure
  }
  for (const path of open) logger.warn(`"${path}" is not locked against a second daemon yet: ${why}`)
  return { [Symbol.dispose]: release }
}

/** Two names of one file, by links, would undo each other's work. */
function sameFile(path: string): Failure {
  return new Failure(`The output "${path}" is given twice, by another name`, {
    exitCode: exitCodes.usage,
    hint: 'keep one',
  })
}

/** The lock file of a daemon that ran as another user: whether it still runs cannot be told. */
function mayBeHeld(why: string, path: string): Failure {
  return new Failure(`Cannot tell whether another daemon keeps "${path}": ${why}`, {
    exitCode: exitCodes.output,
    hint: `run as the user who owns it, or remove it once no other daemon runs`,
  })
}
