import { parseLine } from '../token/lines.ts'
import type { Token } from '../token/token.ts'

/**
 * The `HOST:PORT` of a token line, as the plugins TokenFileName and TokenRedis read it; null for an IPv6 host, which they
 * cannot carry, since they split at every colon.
 */
export function hostPortOf(line: string): string | null {
  const at = line.indexOf(': ') + 2
  return line.indexOf(':', at) === line.lastIndexOf(':') ? line.slice(at) : null
}

/** The token line of what such a plugin reads; null where that is no address, or none that it can carry. */
export function lineOfHostPort(token: Token, hostPort: string): string | null {
  const line = `${token}: ${hostPort}`
  return parseLine(line) !== null && hostPortOf(line) !== null ? line : null
}
