import { type Address, isHost } from './address.ts'
import type { Token } from './token.ts'

/** Length of a token. */
const tokenLength = 32

/** Lines in one piece of a file: some 60 KB. */
const chunkLines = 1000

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
 * Token lines, kept sorted: one change costs a binary search, and rendering no sort. A line begins with its token, so
 * that the order of lines is that of tokens.
 */
export class SortedLines {
  #lines: string[]

  /** @param lines valid ones, without duplicates, in any order */
  constructor(lines: string[] = []) {
    this.#lines = lines.sort()
  }

  get size(): number {
    return this.#lines.length
  }

  has(token: Token): boolean {
    return this.#lines[this.#indexOf(token)]?.startsWith(token) ?? false
  }

  /** Puts a line in place of the token's earlier one; tells whether that changes anything. */
  set(token: Token, address: Address): boolean {
    return this.put(token, formatLine(token, address))
  }

  /** The same for a line that is valid already. */
  put(token: Token, text: string): boolean {
    const index = this.#indexOf(token)
    const there = this.#lines[index]
    if (there === text) return false
    this.#lines.splice(index, there?.startsWith(token) ? 1 : 0, text)
    return true
  }

  /** Removes a token's line; tells whether there was one. */
  delete(token: Token): boolean {
    const index = this.#indexOf(token)
    if (!this.#lines[index]?.startsWith(token)) return false
    this.#lines.splice(index, 1)
    return true
  }

  /** Replaces many lines at once, which is cheaper than one by one. */
  change(put: ReadonlyMap<Token, Address>, drop: ReadonlySet<Token>): void {
    if (put.size + drop.size < 64) {
      for (const token of drop) this.delete(token)
      for (const [token, address] of put) this.set(token, address)
      return
    }
    const lines = this.#lines.filter((text) => {
      const token = text.slice(0, tokenLength)
      return !drop.has(token) && !put.has(token)
    })
    for (const [token, address] of put) lines.push(formatLine(token, address))
    this.#lines = lines.sort()
  }

  /** All tokens, sorted. */
  *tokens(): Generator<Token> {
    for (const text of this.#lines) yield text.slice(0, tokenLength)
  }

  /** The line of a token; null where there is none. */
  line(token: Token): string | null {
    const text = this.#lines[this.#indexOf(token)]
    return text?.startsWith(token) ? text : null
  }

  /** Whether a token has just this address. */
  isAt(token: Token, address: Address): boolean {
    const text = this.#lines[this.#indexOf(token)]
    return text?.startsWith(token) === true && text === formatLine(token, address)
  }

  /** Whether it has the same lines as another. */
  equals(other: SortedLines): boolean {
    return this.size === other.size && this.#lines.every((text, index) => text === other.#lines[index])
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
    return [...this.chunks()].join('')
  }

  /**
   * The whole file in pieces, so that not all of it is in memory once more while it is written. They are of the lines
   * as they are now, whatever changes until the last piece is taken.
   */
  chunks(): Iterable<string> {
    return chunksOf(this.#lines.slice())
  }

  /** Index of the token's line, or where it would stand. */
  #indexOf(token: Token): number {
    let low = 0
    let high = this.#lines.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#lines[middle] ?? '') < token) low = middle + 1
      else high = middle
    }
    return low
  }
}

function* chunksOf(lines: readonly string[]): Generator<string> {
  for (let at = 0; at < lines.length; at += chunkLines) yield `${lines.slice(at, at + chunkLines).join('\n')}\n`
}
