const AF_UNIX = 1
/** unix(7): the path in an address takes 108 bytes, its closing NUL included. */
const longestPath = 107

/**
 * The address of a Unix socket as Linux takes it, `struct sockaddr_un`.
 * @param address an absolute path, or `@` and the name of an abstract socket
 * @throws RangeError for any other address, and for one that is too long
 */
export function socketAddress(address: string): Uint8Array {
  const isAbstract = address.startsWith('@')
  if (!isAbstract && !address.startsWith('/')) {
    throw new RangeError(`"${address}" is neither an absolute path nor the name of an abstract socket`)
  }
  const path = new TextEncoder().encode(address)
  if (path.length > longestPath || path.includes(0)) throw new RangeError(`"${address}" is no path of a socket`)
  // A path ends by a NUL; an abstract name begins with one, and ends where the address does.
  const bytes = new Uint8Array(2 + path.length + (isAbstract ? 0 : 1))
  new DataView(bytes.buffer).setUint16(0, AF_UNIX, true)
  bytes.set(path, 2)
  if (isAbstract) bytes[2] = 0
  return bytes
}
