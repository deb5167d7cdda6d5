import { type Address, isHost } from './address.ts'
import { LineBucket } from './line-bucket.ts'
import type { Token } from './token.ts'

/** Length of a token. */
const tokenLength = 32

/** Length of one piece of a file: up to some 20,000 lines are written in one go. */
const chunkLength = 2 ** 20

/** The one form of a line that every websockify reads: ASCII, one blank, IPv6 bare, LF. */
const line = /^([0-9a-f]{32}): (\S+):(\d{1,5})$/

/** A token line without its LF. */
export function formatLine(token: Token, { host, port }: Address): string {
  return `${token}: ${host}:${port}`
}

/** The token and address of a line; null where it is not of the one safe form. */
export function parseLine(text: string): { token: Token; address: Address } | null {
  const [, token, host, digits] = line.exec(text) ?? []
  if (token === undefined || host === undefined || digits === undefined) return null
  const port = Number(digits)
  return port >= 1 && port <= 65_535 && isHost(host) ? { token, address: { host, port } } : null
}

/**
 * Reads a token file: its valid lines, of duplicates the last; how many others it has; and whether it is, byte for byte,
 * what these lines make.
 */
export function parseLines(text: string): { lines: SortedLines; refused: number; exact: boolean } {
  const valid: string[] = []
  let refused = 0
  let sorted = true
  for (const each of text.split('\n')) {
    const parsed = parseLine(each.trimEnd())
    if (parsed === null) {
      if (each.trim() !== '') refused++
      continue
    }
    const previous = valid.at(-1)
    if (previous !== undefined && previous.slice(0, tokenLength) >= parsed.token) sorted = false
    valid.push(each.trimEnd())
  }
  // What is sorted has no duplicates; of those, websockify takes the last.
  const lines = sorted ? valid : [...new Map(valid.map((each) => [each.slice(0, tokenLength), each])).values()]
  const found = new SortedLines(lines)
  return { lines: found, refused, exact: found.isRendered(text) }
}

/**
 * Token lines, kept sorted: in buckets by the first two digits of the token, since tokens are digests and so spread
 * evenly. One change costs a search in one bucket and rendering the text of that one anew, however many lines there are.
 */
export class SortedLines {
  readonly #buckets = Array.from({ length: 256 }, () => new LineBucket())
  #size = 0

  /** @param lines valid ones, without duplicates, in any order */
  constructor(lines: readonly string[] = []) {
    this.#add(lines)
  }

  get size(): number {
    return this.#size
  }

  has(token: Token): boolean {
    return this.line(token) !== null
  }

  /** Puts a line in place of the token's earlier one; tells whether that changes anything. */
  set(token: Token, address: Address): boolean {
    return this.put(token, formatLine(token, address))
  }

  /** The same for a line that is valid already. */
  put(token: Token, text: string): boolean {
    const bucket = this.#bucketOf(token)
    if (bucket.line(token) === text) return false
    this.#size -= bucket.size
    bucket.put(token, text)
    this.#size += bucket.size
    return true
  }

  /** Removes a token's line; tells whether there was one. */
  delete(token: Token): boolean {
    const bucket = this.#bucketOf(token)
    if (bucket.line(token) === null) return false
    bucket.delete(token)
    this.#size--
    return true
  }

  /** Changes many lines at once, which is cheaper than one by one. */
  change(put: ReadonlyMap<Token, Address>, drop: ReadonlySet<Token>): void {
    for (const token of drop) this.delete(token)
    const added: string[] = []
    for (const [token, address] of put) {
      if (this.has(token)) this.set(token, address)
      else added.push(formatLine(token, address))
    }
    this.#add(added)
  }

  /** All tokens, sorted. */
  *tokens(): Generator<Token> {
    for (const bucket of this.#buckets) for (const text of bucket.lines) yield text.slice(0, tokenLength)
  }

  /** All lines, sorted by token. */
  *texts(): Generator<string> {
    for (const bucket of this.#buckets) yield* bucket.lines
  }

  /** The line of a token; null where there is none. */
  line(token: Token): string | null {
    return this.#bucketOf(token).line(token)
  }

  /** Whether a token has just this address. */
  isAt(token: Token, address: Address): boolean {
    const text = this.line(token)
    return text !== null && text === formatLine(token, address)
  }

  /** The tokens whose lines are not the same in another: different, or in one of them only. */
  differing(other: SortedLines): Token[] {
    const tokens: Token[] = []
    for (const [at, bucket] of this.#buckets.entries()) {
      const theirs = other.#buckets[at]
      if (theirs === undefined || bucket.text() === theirs.text()) continue
      for (const text of bucket.lines)
        if (other.line(text.slice(0, tokenLength)) !== text) tokens.push(text.slice(0, tokenLength))
      for (const text of theirs.lines)
        if (!this.has(text.slice(0, tokenLength))) tokens.push(text.slice(0, tokenLength))
    }
    return tokens
  }

  /** Whether a text is, byte for byte, what `render` gives. */
  isRendered(text: string): boolean {
    let at = 0
    for (const chunk of this.chunks()) {
      if (!text.startsWith(chunk, at)) return false
      at += chunk.length
    }
    return at === text.length
  }

  /** The whole file. */
  render(): string {
    return this.chunks().join('')
  }

  /** The whole file in pieces of some size, none of them empty. */
  chunks(): string[] {
    const chunks: string[] = []
    let parts: string[] = []
    let length = 0
    for (const bucket of this.#buckets) {
      if (bucket.size === 0) continue
      parts.push(bucket.text())
      length += bucket.text().length
      if (length < chunkLength) continue
      chunks.push(parts.join(''))
      parts = []
      length = 0
    }
    return parts.length === 0 ? chunks : [...chunks, parts.join('')]
  }

  #bucketOf(token: Token): LineBucket {
    const bucket = this.#buckets[Number.parseInt(token.slice(0, 2), 16)]
    if (bucket === undefined) throw new RangeError('A token is made of hexadecimal digits')
    return bucket
  }

  #add(lines: readonly string[]): void {
    const parts = new Map<LineBucket, string[]>()
    for (const line of lines) {
      const bucket = this.#bucketOf(line)
      const part = parts.get(bucket)
      if (part) part.push(line)
      else parts.set(bucket, [line])
    }
    for (const [bucket, part] of parts) bucket.add(part)
    this.#size += lines.length
  }
}
