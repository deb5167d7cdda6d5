import { write as writeLater, writeSync } from 'node:fs'
import { errorCode, reasonOf } from '../settings/files.ts'
import { exitCodes } from './exit-codes.ts'
import { Failure } from './failure.ts'

/** The reader of stdout is gone (`novnc-tokens ... | head`): nobody is left to tell. */
export class StdoutClosed extends Error {
  override readonly name = 'StdoutClosed'
}

/** Writes some bytes to a file descriptor and gives their number; throws Node's errors. */
export type WriteBytes = (fd: number, bytes: Uint8Array) => number

/** {@link WriteBytes} that does not hold up the program while the reader is slow. */
export type WriteBytesLater = (fd: number, bytes: Uint8Array) => Promise<number>

const pauseMs = 5
// 100 ms: a reader that is slow gets its lines, one that stands still must not hold the program up.
const pausesOnStderr = 20

/**
 * Writes all of a text to stdout, waiting for a slow reader. Used instead of process.stdout, which loses what is
 * unwritten at process.exit and leaves the descriptor, and so the user's terminal, non-blocking.
 * @throws StdoutClosed when the reader is gone, a Failure with the exit code of outputs for any other reason
 */
export async function writeStdout(text: string, write: WriteBytes | WriteBytesLater = writeSync): Promise<void> {
  let rest: Uint8Array = Buffer.from(text, 'utf8')
  while (rest.length > 0) {
    try {
      rest = rest.subarray(await write(1, rest))
    } catch (error) {
      if (errorCode(error) === 'EPIPE') throw new StdoutClosed('The reader of stdout is gone', { cause: error })
      if (!isTransient(error)) {
        throw new Failure(`Cannot write to stdout: ${reasonOf(error)}`, { exitCode: exitCodes.output, cause: error })
      }
      await Bun.sleep(pauseMs)
    }
  }
}

/** Writes some bytes by another thread: the program goes on, and can end, also while nobody reads them. */
export const writeAside: WriteBytesLater = (fd, bytes) =>
  new Promise((resolve, reject) => {
    writeLater(fd, bytes, 0, bytes.length, null, (error, written) =>
      error === null ? resolve(written) : reject(error),
    )
  })

/** Writes a text to stderr at once. Never throws: what a closed or stopped reader does not take is lost. */
export function writeStderr(text: string, write: WriteBytes = writeSync): void {
  let rest: Uint8Array = Buffer.from(text, 'utf8')
  for (let pauses = 0; rest.length > 0; ) {
    try {
      rest = rest.subarray(write(2, rest))
    } catch (error) {
      if (!isTransient(error) || pauses === pausesOnStderr) return
      pauses += 1
      Bun.sleepSync(pauseMs)
    }
  }
}

function isTransient(error: unknown): boolean {
  const code = errorCode(error)
  return code === 'EAGAIN' || code === 'EINTR'
}
