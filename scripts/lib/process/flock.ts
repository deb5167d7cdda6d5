import { dlopen, FFIType } from 'bun:ffi'
import { errnoType, openLibc, valueAt } from './libc.ts'

// From flock(2) and errno(3); the same on Linux and macOS but for the last.
const LOCK_EX = 2
const LOCK_NB = 4
const EINTR = 4
const EWOULDBLOCK = process.platform === 'darwin' ? 35 : 11

/**
 * Takes an exclusive lock (flock(2)) on an open file without waiting. The kernel gives it back when the descriptor is
 * closed, and so at any end of the process.
 * @returns `locked`, `held` when another open file has it, else why it can't be had
 */
export function flock(fd: number): 'locked' | 'held' | { why: string } {
  const library = openLibrary()
  if (library === null) return { why: 'the C library could not be opened' }
  try {
    for (;;) {
      if (library.symbols.flock(fd, LOCK_EX | LOCK_NB) === 0) return 'locked'
      const errno = library.errno()
      if (errno === EWOULDBLOCK) return 'held'
      if (errno !== EINTR) return { why: `flock failed with errno ${errno}` }
    }
  } finally {
    library.close()
  }
}

interface Library {
  symbols: { flock(fd: number, operation: number): number }
  errno(): number
  close(): void
}

const flockType = { args: [FFIType.i32, FFIType.i32], returns: FFIType.i32 } as const

function openLibrary(): Library | null {
  try {
    if (process.platform === 'darwin') {
      const { symbols, close } = dlopen('libSystem.B.dylib', { flock: flockType, __error: errnoType })
      return { symbols, errno: () => valueAt(symbols.__error()), close }
    }
    const { symbols, close } = openLibc({ flock: flockType, __errno_location: errnoType })
    return { symbols, errno: () => valueAt(symbols.__errno_location()), close }
  } catch {
    return null
  }
}
