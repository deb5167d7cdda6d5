import { isIPv4, isIPv6 } from 'node:net'

/** Where a server listens. */
export interface ListenAddress {
  /** An IPv4 address, an IPv6 address without brackets, or a host name. */
  host: string
  /** 0: any free port. */
  port: number
}

const hostName = /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$/i

/**
 * `HOST:PORT`, IPv6 in brackets, or `off` as null.
 * @throws RangeError for anything else
 */
export function parseListenAddress(text: string): ListenAddress | null {
  if (text === 'off') return null
  const match = /^(?:\[([^\]]*)\]|([^:[\]]*)):(\d{1,5})$/.exec(text)
  const port = Number(match?.[3] ?? Number.NaN)
  const host = match?.[1] ?? match?.[2] ?? ''
  const hostIsRight = match?.[1] === undefined ? isName(host) : isIPv6(host)
  if (hostIsRight && port <= 65535) return { host, port }
  throw new RangeError(`"${text}" is neither HOST:PORT such as 0.0.0.0:41339 or [::]:41339 nor off`)
}

function isName(host: string): boolean {
  // A name of digits and dots alone is a mistyped address, such as 10.0.0.
  return isIPv4(host) || (hostName.test(host) && !/^[\d.]+$/.test(host))
}
