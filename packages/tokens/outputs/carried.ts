import type { SortedLines } from '../token/lines.ts'
import type { Token } from '../token/token.ts'
import { hostPortOf } from './host-port.ts'

/** What outputs are to have of tokens: `HOST:PORT`, or null where there is to be nothing. */
export type Contents = ReadonlyMap<Token, string | null>

/** Tells what can be carried by outputs whose plugins split at every colon, and counts what cannot: IPv6. */
export class Carried {
  readonly #left = new Set<Token>()

  /** How many tokens are left out. */
  get left(): number {
    return this.#left.size
  }

  /**
   * What an output is to have by these lines.
   *
   * @param changed the tokens that matter; null for all, and then none is said to have nothing
   */
  contents(lines: SortedLines, changed: ReadonlySet<Token> | null): Contents {
    const contents = new Map<Token, string | null>()
    if (changed === null) {
      this.#left.clear()
      for (const line of lines.texts()) this.#take(contents, tokenIn(line), line)
    } else for (const token of changed) this.#take(contents, token, lines.line(token))
    return contents
  }

  #take(contents: Map<Token, string | null>, token: Token, line: string | null): void {
    const hostPort = line === null ? null : hostPortOf(line)
    if (line !== null && hostPort === null) this.#left.add(token)
    else if (this.#left.size > 0) this.#left.delete(token)
    contents.set(token, hostPort)
  }
}

function tokenIn(line: string): Token {
  return line.slice(0, line.indexOf(':'))
}
