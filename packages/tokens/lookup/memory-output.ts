import type { Loaded, Output, Written } from '../outputs/output.ts'
import type { Address } from '../token/address.ts'
import { SortedLines } from '../token/lines.ts'
import type { Token } from '../token/token.ts'

/** Settings of a {@link MemoryOutput}. */
export interface MemoryOutputOptions {
  /** For messages. @default 'lookup' */
  name?: string
  /** Called after each write. */
  onChange?: () => void
}

/** Where the host begins in a line: behind the token, a colon and a blank. */
const hostAt = 34

/** An output that nobody else reads or changes: tokens in memory, for who answers lookups itself. It begins empty. */
export class MemoryOutput implements Output {
  readonly name: string
  readonly #onChange: () => void
  /** The very texts that its runner has: they take no memory of their own. */
  #lines = new Map<Token, string>()

  constructor({ name = 'lookup', onChange = () => {} }: MemoryOutputOptions = {}) {
    this.name = name
    this.#onChange = onChange
  }

  /** How many tokens it has. */
  get size(): number {
    return this.#lines.size
  }

  /** The address of a token; null where it has none. */
  find(token: Token): Address | null {
    const line = this.#lines.get(token)
    if (line === undefined) return null
    // Cut, not parsed: it is asked tens of thousands of times a second, and its lines are valid.
    const colon = line.lastIndexOf(':')
    return { host: line.slice(hostAt, colon), port: Number(line.slice(colon + 1)) }
  }

  async load(): Promise<Loaded> {
    const lines = new SortedLines([...this.#lines.values()])
    return { lines, refused: 0, exact: true, existed: this.#lines.size > 0, modifiedAt: null }
  }

  async changed(): Promise<null> {
    return null
  }

  async write(lines: SortedLines, changed: ReadonlySet<Token> | null): Promise<Written> {
    const next = changed === null ? new Map<Token, string>() : this.#lines
    for (const token of changed ?? lines.tokens()) {
      const line = lines.line(token)
      if (line === null) next.delete(token)
      else next.set(token, line)
    }
    this.#lines = next
    this.#onChange()
    return { outcome: 'written', done: null }
  }

  async check(): Promise<void> {}

  async confirm(): Promise<void> {}

  async [Symbol.asyncDispose](): Promise<void> {}
}
