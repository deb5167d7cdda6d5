import type { Token } from './token.ts'

/** Some lines of a token file, sorted, with their text kept until one of them changes. */
export class LineBucket {
  #lines: string[] = []
  #text: string | null = null

  get size(): number {
    return this.#lines.length
  }

  /** Its lines, sorted. */
  get lines(): readonly string[] {
    return this.#lines
  }

  /** The line of a token; null where there is none. */
  line(token: Token): string | null {
    const text = this.#lines[this.#indexOf(token)]
    return text?.startsWith(token) ? text : null
  }

  /** Puts a line in place of the token's earlier one. */
  put(token: Token, line: string): void {
    const index = this.#indexOf(token)
    this.#lines.splice(index, this.#lines[index]?.startsWith(token) ? 1 : 0, line)
    this.#text = null
  }

  /** Removes the line of a token, which it has. */
  delete(token: Token): void {
    this.#lines.splice(this.#indexOf(token), 1)
    this.#text = null
  }

  /** Takes lines, in any order, of tokens that it does not have. */
  add(lines: readonly string[]): void {
    for (const line of lines) this.#lines.push(line)
    this.#lines.sort()
    this.#text = null
  }

  /** Its part of the file. */
  text(): string {
    this.#text ??= this.#lines.length === 0 ? '' : `${this.#lines.join('\n')}\n`
    return this.#text
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
