import { FFIType } from 'bun:ffi'
import { openLibc } from '../../scripts/lib/process/libc.ts'
import { waitFor } from './wait.ts'

/** The end of a service manager: a Unix datagram socket, which the runtime lacks. */
export interface NotifyListener extends Disposable {
  /** What `NOTIFY_SOCKET` has to be. */
  readonly address: string
  /** All datagrams so far. */
  received(): readonly string[]
  /** Waits until a datagram has come that is `match`, or fits it, and gives all up to it. */
  until(match: string | RegExp, withinMs?: number): Promise<readonly string[]>
}

const { i32, i64_fast, ptr, u32, u64_fast } = FFIType
const AF_UNIX = 1
const SOCK_DGRAM_CLOEXEC = 0x80002
const MSG_DONTWAIT = 0x40

/** Listens at a path, or at an abstract name that begins with `@`. */
export function notifyListener(address: string): NotifyListener {
  const { symbols: c, close } = openLibc({
    socket: { args: [i32, i32, i32], returns: i32 },
    bind: { args: [i32, ptr, u32], returns: i32 },
    recv: { args: [i32, ptr, u64_fast, i32], returns: i64_fast },
    close: { args: [i32], returns: i32 },
  })
  const nul = new Uint8Array(1)
  const name = address.startsWith('@')
    ? Buffer.concat([nul, Buffer.from(address.slice(1))])
    : Buffer.concat([Buffer.from(address), nul])
  const bound = Buffer.concat([new Uint8Array([AF_UNIX, 0]), name])
  const fd = c.socket(AF_UNIX, SOCK_DGRAM_CLOEXEC, 0)
  if (fd < 0 || c.bind(fd, bound, bound.length) !== 0) throw new Error(`Cannot listen at ${address}`)
  const datagrams: string[] = []
  const buffer = new Uint8Array(4096)
  const received = () => {
    for (;;) {
      const length = Number(c.recv(fd, buffer, buffer.length, MSG_DONTWAIT))
      if (length <= 0) return datagrams
      datagrams.push(Buffer.from(buffer.subarray(0, length)).toString())
    }
  }
  return {
    address,
    received,
    async until(match, withinMs = 10_000) {
      const fits = (text: string) => (typeof match === 'string' ? text === match : match.test(text))
      const found = () => received().findIndex(fits) + 1
      const count = await waitFor(`the datagram ${match}`, found, { withinMs }).catch((error: unknown) => {
        throw new Error(`${String(error)}, among ${JSON.stringify(datagrams)}`)
      })
      return datagrams.slice(0, count)
    },
    [Symbol.dispose]() {
      c.close(fd)
      close()
    },
  }
}
