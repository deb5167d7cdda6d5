import { type ListenAddress, parseListenAddress } from '../settings/listen-address.ts'

/** Where lookups are answered: a port, or a socket of the file system. */
export type LookupAddress =
  | ({ readonly kind: 'tcp' } & Readonly<ListenAddress>)
  | { readonly kind: 'unix'; readonly path: string }

/** What `sun_path` of a socket's address holds, without its end (unix(7)). */
const mostPathBytes = 107

/**
 * The value of `--lookup`: `HOST:PORT` (IPv6 in brackets), `unix:PATH`, or `off` as null.
 * @throws RangeError for anything else
 */
export function parseLookupAddress(text: string, resolvePath: (path: string) => string): LookupAddress | null {
  if (text.startsWith('unix:')) return socketAddress(text.slice('unix:'.length), resolvePath)
  try {
    const address = parseListenAddress(text)
    return address === null ? null : { kind: 'tcp', ...address }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new RangeError(`"${text}" is neither HOST:PORT such as 127.0.0.1:41340 or [::1]:41340 nor unix:PATH nor off`)
  }
}

function socketAddress(path: string, resolvePath: (path: string) => string): LookupAddress {
  if (path === '') throw new RangeError('the path is empty')
  if (path.includes('\0')) throw new RangeError('the path holds a NUL character')
  const absolute = resolvePath(path)
  if (Buffer.byteLength(absolute) > mostPathBytes)
    throw new RangeError(`"${absolute}" is longer than the ${mostPathBytes} bytes that a socket's path may have`)
  return { kind: 'unix', path: absolute }
}

/** The address as `--lookup` takes it. */
export function formatLookupAddress(address: LookupAddress): string {
  if (address.kind === 'unix') return `unix:${address.path}`
  const { host, port } = address
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** Whether others than this machine may reach it: whoever does can try tokens out, and learns the addresses of those that are right. */
export function isOpenToOthers(address: LookupAddress): boolean {
  if (address.kind === 'unix') return false
  return !/^(localhost|127(\.\d{1,3}){3}|::1|::ffff:127(\.\d{1,3}){3})$/i.test(address.host)
}
