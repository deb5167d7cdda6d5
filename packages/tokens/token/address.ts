import { isIPv4, isIPv6 } from 'node:net'

/** Where a VM's screen is served. */
export interface Address {
  /** IPv4, IPv6 (bare) or host name, just as the platform gives it: the token is made from this very text. */
  readonly host: string
  /** 1 to 65535. */
  readonly port: number
}

/** What a VM's remote access comes to: an address, none, or one that is no address at all. */
export type Reading =
  | { readonly kind: 'address'; readonly address: Address }
  | { readonly kind: 'none' }
  | { readonly kind: 'refused'; readonly why: string }

const highestPort = 65_535

/** Letters, digits, hyphens and underscores between dots (RFC 1123; the underscore is seen in practice). */
const hostName = /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*$/i

/** A last label that resolvers read as a number, which makes the name an IPv4 address or nothing (WHATWG URL, 3.5). */
const endsInNumber = /(^|\.)(\d+|0x[0-9a-f]*)$/i

/** Whether a text is a host that a token line can carry. */
export function isHost(text: string): boolean {
  if (isIPv4(text)) return true
  if (text.includes(':')) return isIPv6(text) && !text.includes('%')
  return hostName.test(text) && !endsInNumber.test(text)
}

/**
 * Reads the address of a VM from its `vdrpIP` and `vdrpPort`. An undeployed VM has port 0 and no IP; one whose remote
 * access is switched off has port 65545, beyond all ports. A host that is none is refused: it would forge a line.
 */
export function readAddress(vdrpIp: string | null, vdrpPort: number | null): Reading {
  if (Number.isNaN(vdrpPort)) return { kind: 'refused', why: 'its port is no number' }
  if (vdrpIp === null || vdrpPort === null || vdrpPort < 1 || vdrpPort > highestPort) return { kind: 'none' }
  if (!isHost(vdrpIp)) return { kind: 'refused', why: `${JSON.stringify(vdrpIp.slice(0, 60))} is no host` }
  return { kind: 'address', address: { host: vdrpIp, port: vdrpPort } }
}
