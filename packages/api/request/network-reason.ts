import { messageOf } from '../errors.ts'

/** What the runtimes' codes of network errors mean: Bun's own texts are questions to a person in front of a browser. */
const meanings: ReadonlyMap<string, string> = new Map([
  ['ConnectionRefused', 'the connection is refused'],
  ['ECONNREFUSED', 'the connection is refused'],
  ['ConnectionClosed', 'the connection was closed'],
  ['ECONNRESET', 'the connection was reset'],
  ['UND_ERR_SOCKET', 'the connection was closed'],
  ['ConnectionTimeout', 'no connection came about in time'],
  ['ETIMEDOUT', 'no connection came about in time'],
  ['ENOTFOUND', 'the host is not known'],
  ['FailedToOpenSocket', 'the host is not known, or no connection can be made'],
  ['EHOSTUNREACH', 'the host is out of reach'],
  ['ENETUNREACH', 'the network is out of reach'],
])

/** Bun's and Node's network errors, with the code that tells a refused connection from an untrusted certificate. */
export function networkReason(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  const code: unknown = typeof cause === 'object' && cause !== null ? Reflect.get(cause, 'code') : null
  const text = messageOf(cause)
  if (typeof code !== 'string') return text
  if (/CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ALTNAME|ISSUER/.test(code)) return `its certificate is not trusted (${code})`
  const meaning = meanings.get(code)
  if (meaning !== undefined) return `${meaning} (${code})`
  return text.includes(code) ? text : `${text} (${code})`
}
