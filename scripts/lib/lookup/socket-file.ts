import { chownSync, lstatSync, unlinkSync } from 'node:fs'
import { connect } from 'node:net'
import { exitCodes } from '../process/exit-codes.ts'
import { Failure } from '../process/failure.ts'
import { errorCode } from '../settings/files.ts'

/** Owner and group may connect, which takes the right to write (unix(7)). */
const socketUmask = 0o117

/**
 * Removes the socket that a killed daemon left.
 * @throws Failure with the exit code of bad settings where something else is there, or somebody listens
 */
export async function removeStaleSocket(path: string): Promise<void> {
  const there = lstatSync(path, { throwIfNoEntry: false })
  if (there === undefined) return
  const fail = (why: string) =>
    new Failure(`Cannot listen on unix:${path}: ${why}`, {
      exitCode: exitCodes.usage,
      hint: 'give another path with --lookup, or --lookup off',
    })
  if (!there.isSocket()) throw fail('something else than a socket is there')
  if (await isListening(path)) throw fail('another program listens there')
  unlinkSync(path)
}

/**
 * Makes a socket that owner and group alone may use, from its first moment on.
 * @param listen makes the socket at once
 * @param gid its group; null: as the system gives it
 */
export function listenPrivately<T>(path: string, listen: () => T, gid: number | null): T {
  const before = process.umask(socketUmask)
  try {
    const server = listen()
    if (gid !== null) chownSync(path, -1, gid)
    return server
  } finally {
    process.umask(before)
  }
}

function isListening(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    // Of a socket that this user may not use it cannot be told: better not taken away.
    socket.once('error', (error) => resolve(!['ECONNREFUSED', 'ENOENT'].includes(errorCode(error) ?? '')))
  })
}
