import { STATUS_CODES } from 'node:http'

// More than any client of the platform sends; what exceeds it is not HTTP.
const longestHead = 64 * 1024

/** A request as it came in. */
export interface HttpRequest {
  readonly method: string
  /** Path and query as sent. */
  readonly target: string
  readonly path: string
  readonly query: URLSearchParams
  /** By lower-case name. */
  readonly headers: ReadonlyMap<string, string>
  readonly body: string
  readonly http10: boolean
  readonly keepAlive: boolean
}

/** Headers of an answer. */
export type Headers = Readonly<Record<string, string>>

/** A request and how many bytes it took, or why there is none. */
export type Parsed = { readonly request: HttpRequest; readonly length: number } | 'incomplete' | 'bad'

/** Reads the first request of some bytes. */
export function parseRequest(bytes: Buffer): Parsed {
  const headEnd = bytes.indexOf('\r\n\r\n')
  if (headEnd < 0) return bytes.length > longestHead ? 'bad' : 'incomplete'
  const [first = '', ...lines] = bytes.toString('latin1', 0, headEnd).split('\r\n')
  const [, method, rawTarget, minor] = /^([A-Z]+) (\S+) HTTP\/1\.([01])$/.exec(first) ?? []
  if (method === undefined || rawTarget === undefined) return 'bad'
  const headers = new Map<string, string>()
  for (const line of lines) {
    const colon = line.indexOf(':')
    if (colon < 1) return 'bad'
    headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim())
  }
  const bodyLength = Number(headers.get('content-length') ?? 0)
  if (!Number.isSafeInteger(bodyLength) || bodyLength < 0 || headers.has('transfer-encoding')) return 'bad'
  const bodyStart = headEnd + 4
  if (bytes.length < bodyStart + bodyLength) return 'incomplete'
  const target = rawTarget.replace(/^https?:\/\/[^/?]*/, '')
  const question = target.indexOf('?')
  const connection = headers.get('connection')?.toLowerCase() ?? ''
  const http10 = minor === '0'
  const request = {
    method,
    target,
    path: question < 0 ? target : target.slice(0, question),
    query: new URLSearchParams(question < 0 ? '' : target.slice(question + 1)),
    headers,
    body: bytes.toString('utf8', bodyStart, bodyStart + bodyLength),
    http10,
    keepAlive: http10 ? connection.includes('keep-alive') : !connection.includes('close'),
  }
  return { request, length: bodyStart + bodyLength }
}

/** Writes the head of an answer. */
export function headOf(status: number, headers: Headers): string {
  let head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n`
  for (const name of Object.keys(headers)) head += `${name}: ${headers[name]}\r\n`
  return `${head}\r\n`
}
