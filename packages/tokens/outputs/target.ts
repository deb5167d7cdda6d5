import type { Address } from '../token/address.ts'
import { SortedLines } from '../token/lines.ts'
import type { Token } from '../token/token.ts'

/** Tokens whose line differs from the output's, with the line that the output has; null where it has none. */
export type Pending = ReadonlyMap<Token, string | null>

/** What a write changes. */
export interface Batch {
  readonly pending: Pending
  readonly added: number
  readonly removed: number
}

/** The lines that an output is to have, and in what they differ from those that it has. */
export class Target {
  #lines = new SortedLines()
  #pending = new Map<Token, string | null>()
  /** How many changes are being written. */
  #writing = 0

  get lines(): SortedLines {
    return this.#lines
  }

  /** How many changes are not written yet. */
  get pending(): number {
    return this.#pending.size + this.#writing
  }

  /** Whether there are changes that no write has begun with. */
  get changed(): boolean {
    return this.#pending.size > 0
  }

  /** Tokens whose lines the output is to have, and has not yet. */
  get unwritten(): readonly Token[] {
    return [...this.#pending].flatMap(([token, line]) => (line === null && this.#lines.has(token) ? [token] : []))
  }

  /** Sets the line of a token, or removes it. */
  set(token: Token, address: Address | null): void {
    this.#change(token, () => (address ? this.#lines.set(token, address) : this.#lines.delete(token)))
  }

  /** Changes many lines at once. */
  replace(put: ReadonlyMap<Token, Address>, drop: ReadonlySet<Token>): void {
    const tokens = [...put.keys(), ...drop]
    for (const token of tokens) {
      if (!this.#pending.has(token)) this.#pending.set(token, this.#lines.line(token))
    }
    this.#lines.change(put, drop)
    for (const token of tokens) this.#settle(token)
  }

  /** Takes a line that the output has, and that it may keep. */
  keep(token: Token, line: string): void {
    this.#lines.put(token, line)
  }

  /** The output has these lines; what was changed before that was known comes on top of them. */
  load(lines: SortedLines): readonly Token[] {
    const before = this.#lines
    const changed = [...this.#pending.keys()]
    this.#lines = lines
    this.#pending = new Map()
    for (const token of changed) {
      const line = before.line(token)
      this.#change(token, () => (line === null ? lines.delete(token) : lines.put(token, line)))
    }
    return changed
  }

  /** The output has just these lines, whoever wrote them: all else is still to be written. */
  found(lines: SortedLines): void {
    this.#pending = new Map(this.#lines.differing(lines).map((token) => [token, lines.line(token)]))
  }

  /** Leaves out the lines not written yet that do not pass; returns them by their tokens. */
  sift(passes: (token: Token, line: string) => boolean): ReadonlyMap<Token, string> {
    const left = new Map<Token, string>()
    for (const token of this.#pending.keys()) {
      const line = this.#lines.line(token)
      if (line !== null && !passes(token, line)) left.set(token, line)
    }
    for (const token of left.keys()) this.set(token, null)
    return left
  }

  /** Begins a write: what changes from now on is for the next one. */
  begin(): Batch {
    const pending = this.#pending
    this.#pending = new Map()
    this.#writing = pending.size
    const removed = [...pending.values()].filter((line) => line !== null).length
    const added = [...pending.keys()].filter((token) => this.#lines.has(token)).length
    return { pending, added, removed }
  }

  /** The write has ended; where it failed, its changes are still to be written. */
  end({ pending }: Batch, failed: boolean): void {
    this.#writing = 0
    if (failed) for (const [token, line] of pending) this.#pending.set(token, line)
  }

  /** The write has ended, and did all but the lines of these tokens. */
  endBut(left: ReadonlySet<Token>, { pending }: Batch): void {
    this.#writing = 0
    for (const token of left) {
      this.#pending.set(token, pending.get(token) ?? null)
      this.#settle(token)
    }
  }

  #change(token: Token, apply: () => boolean): void {
    const before = this.#lines.line(token)
    if (!apply()) return
    if (!this.#pending.has(token)) this.#pending.set(token, before)
    this.#settle(token)
  }

  /** Changed and changed back: there is nothing to write. */
  #settle(token: Token): void {
    if (this.#pending.get(token) === this.#lines.line(token)) this.#pending.delete(token)
  }
}
