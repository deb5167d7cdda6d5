import { createHash } from 'node:crypto'
import { inspect } from 'node:util'
import { must } from './target.ts'

/** The VNC password of every VM of the corpus, which nobody may ever be shown. */
export const vncPassword = 'c4n4ry!of VNC'
/** What all log-ins of the corpus are made with. */
export const secret = 's3cr3t+/=of%us'

/** Throws where an error, or anything in it, shows a secret. */
export function mustHide(error: unknown, secrets: readonly string[]): void {
  const text = error instanceof Error ? inspect(error, { depth: 8, showHidden: true }) : String(error)
  for (const each of secrets)
    must(!text.includes(each), `it shows a secret: ${text.replaceAll(each, '[secret]').slice(0, 500)}`)
}

/**
 * Reads a token file as websockify's TokenFile plugin does: lines as Python splits them, without blanks around them,
 * what begins with # left out, a token and a target between which a colon and one blank stand.
 */
export function readAsWebsockify(text: string): ReadonlyMap<string, readonly [host: string, port: string]> {
  const targets = new Map<string, readonly [string, string]>()
  for (const each of text.split(/\r\n|\r|\n/)) {
    const line = each.trim()
    if (line === '' || line.startsWith('#')) continue
    const parts = line.split(/:\s/)
    const [token = '', target = ''] = parts
    must(parts.length === 2, 'a line is no token line for websockify')
    const at = target.trim().lastIndexOf(':')
    must(at > 0, 'a line has no port for websockify')
    targets.set(token, [target.trim().slice(0, at), target.trim().slice(at + 1)])
  }
  return targets
}

/** Throws unless a token file has lines that every websockify reads alike, of these addresses only. */
export function mustBeTokens(text: string, addresses: ReadonlySet<string>): void {
  must(text === '' || text.endsWith('\n'), 'the last line does not end')
  const lines = text.split('\n').slice(0, -1)
  for (const line of lines) {
    must(/^[0-9a-f]{32}: [!-~]+:\d{1,5}$/.test(line), `a line is not of the safe form: ${JSON.stringify(line)}`)
    must(!line.includes('#'), `a line has a #: ${line}`)
    const [token, address = ''] = line.split(': ')
    must(createHash('md5').update(address).digest('hex') === token, `a token is not that of its address: ${line}`)
    must(addresses.has(address), `nothing told this address: ${address}`)
  }
  must([...lines].sort().join('\n') === lines.join('\n'), 'the lines are not sorted')
  const read = readAsWebsockify(text)
  must(read.size === lines.length, 'websockify reads another number of lines')
  for (const [host, port] of read.values()) {
    must(Number(port) >= 1 && Number(port) <= 65_535, `websockify reads the port ${port}`)
    must(addresses.has(`${host}:${port}`), `websockify reads another address: ${host}:${port}`)
  }
}

/** All addresses that are written anywhere in bodies, as JSON or XML, by whatever element. */
export function addressesIn(bodies: readonly Uint8Array[]): ReadonlySet<string> {
  const addresses = new Set<string>()
  for (const body of bodies) {
    for (const value of readings(new TextDecoder().decode(body))) collect(value, addresses)
  }
  return addresses
}

function readings(text: string): readonly unknown[] {
  const values: unknown[] = []
  for (const parse of [(each: string): unknown => JSON.parse(each), (each: string): unknown => Bun.XML.parse(each)]) {
    try {
      values.push(parse(text))
    } catch {
      // It is the other one, or nothing.
    }
  }
  return values
}

function collect(value: unknown, addresses: Set<string>): void {
  const values = [value]
  while (values.length > 0) {
    const each = values.pop()
    if (typeof each !== 'object' || each === null) continue
    const [host, port]: unknown[] = [Reflect.get(each, 'vdrpIP'), Reflect.get(each, 'vdrpPort')]
    if (typeof host === 'string' && ['string', 'number'].includes(typeof port))
      addresses.add(`${host}:${typeof port === 'string' ? Number(port) : port}`)
    values.push(...Object.values(each))
  }
}

const names = JSON.stringify(namesOfPrototypes())

/** Throws where something of the language itself was changed. */
export function mustBeUnpolluted(): void {
  must(JSON.stringify(namesOfPrototypes()) === names, 'a prototype of the language was changed')
}

function namesOfPrototypes(): readonly (readonly string[])[] {
  return [Object.prototype, Array.prototype, String.prototype, Function.prototype].map((each) =>
    Object.getOwnPropertyNames(each).sort(),
  )
}
