import { FFIType } from 'bun:ffi'
import { getSystemErrorMap } from 'node:util'
import { errnoType, openLibc, valueAt } from '../process/libc.ts'
import { socketAddress } from './socket-address.ts'

/** A socket to a service manager. */
export interface NotifySocket extends Disposable {
  /**
   * Sends a datagram, or fails at once.
   * @throws Error that says why
   */
  send(text: string): void
  /** Time of CLOCK_MONOTONIC in microseconds: what the runtime tells as monotonic begins at its own start. */
  monotonicMicros(): bigint
}

// From socket(2), send(2), clock_gettime(2) and errno(3): the same on x86-64 and arm64.
const AF_UNIX = 1
const SOCK_DGRAM = 2
const SOCK_CLOEXEC = 0x80000
const MSG_DONTWAIT = 0x40
const MSG_NOSIGNAL = 0x4000
const CLOCK_MONOTONIC = 1
const EINTR = 4

const { i32, i64_fast, ptr, u32, u64_fast } = FFIType
const functions = {
  socket: { args: [i32, i32, i32], returns: i32 },
  sendto: { args: [i32, ptr, u64_fast, i32, ptr, u32], returns: i64_fast },
  close: { args: [i32], returns: i32 },
  clock_gettime: { args: [i32, ptr], returns: i32 },
  __errno_location: errnoType,
} as const

/**
 * Opens a socket to a service manager by the C library: the runtime has no Unix datagrams.
 * @param address a path, or `@` and the name of an abstract socket
 * @throws Error where that cannot be
 */
export function openNotifySocket(address: string): NotifySocket {
  if (process.platform !== 'linux') throw new Error(`there are no such sockets on ${process.platform}`)
  const to = socketAddress(address)
  const { symbols: c, close: closeLibrary } = openLibc(functions)
  const reason = (call: string, errno: number) => new Error(`${call} failed: ${describe(errno)}`)
  const errno = () => valueAt(c.__errno_location())
  const fd = c.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)
  if (fd < 0) {
    const error = reason('socket', errno())
    closeLibrary()
    throw error
  }
  return {
    send(text) {
      const bytes = new TextEncoder().encode(text)
      // Never waits for a manager that reads nothing.
      while (c.sendto(fd, bytes, bytes.length, MSG_DONTWAIT | MSG_NOSIGNAL, to, to.length) < 0) {
        const code = errno()
        if (code !== EINTR) throw reason(`sendto "${address}"`, code)
      }
    },
    monotonicMicros() {
      const time = new BigInt64Array(2)
      c.clock_gettime(CLOCK_MONOTONIC, time)
      const [seconds = 0n, nanos = 0n] = time
      return seconds * 1_000_000n + nanos / 1000n
    },
    [Symbol.dispose]() {
      c.close(fd)
      closeLibrary()
    },
  }
}

function describe(errno: number): string {
  const [name, text] = getSystemErrorMap().get(-errno) ?? []
  return name === undefined ? `errno ${errno}` : `${name}: ${text}`
}
