import type { Clock } from '@novnc-tokens/api'
import type { Address } from '../token/address.ts'
import type { Token } from '../token/token.ts'
import { MemoryOutput } from './memory-output.ts'

/** Settings of a {@link Lookup}. */
export interface LookupOptions {
  /** Whether the output may have a token in a moment that it has not now, as `Keeper.awaits` tells. */
  awaits: (token: Token) => boolean
  clock: Clock
  /** Name of the output, for messages. @default 'lookup' */
  name?: string
}

/** How the lookups stand. */
export interface LookupStatus {
  readonly tokens: number
  /** Lookups that wait now. */
  readonly waiting: number
  /** Lookups since the start that were answered with an address, and those that were not. */
  readonly found: number
  readonly unknown: number
  /** Of those that were not: those that might have waited, had not too many done so. */
  readonly crowded: number
}

interface Waiting {
  readonly token: Token
  answer(address: Address | null): void
}

/** noVNC never retries, so a console that is opened in the moment of its deploy waits; nobody waits longer at a page. */
const waitMs = 2000
/** Each one that waits is a process of websockify: whoever guesses tokens must not pile them up. */
const mostWaiting = 64

/**
 * Answers lookups of tokens from memory. Its output is for a `Runner` to keep, as any other; a token that the output lacks
 * waits a little while a read is under way that may show it: `Keeper.awaits` tells that, and its `onReadsDone` calls
 * `review`.
 *
 * @example
 * ```ts
 * const lookup = new Lookup({ awaits: () => false, clock: systemClock })
 * const lines = new SortedLines()
 * lines.set('2e843805d056a266227cbb6b699a7ee0', { host: '10.60.1.79', port: 5901 })
 * await lookup.output.write(lines, null)
 * await lookup.find('2e843805d056a266227cbb6b699a7ee0') // { host: '10.60.1.79', port: 5901 }
 * ```
 */
export class Lookup {
  /** Where the tokens are. */
  readonly output: MemoryOutput
  readonly #options: LookupOptions
  readonly #waiting = new Set<Waiting>()
  #found = 0
  #unknown = 0
  #crowded = 0

  constructor(options: LookupOptions) {
    this.#options = options
    const onChange = () => this.review()
    this.output = new MemoryOutput(options.name === undefined ? { onChange } : { onChange, name: options.name })
  }

  /** The address of a token that is known now; null for any other. */
  known(token: Token): Address | null {
    const address = this.output.find(token)
    if (address !== null) this.#found++
    return address
  }

  /**
   * The address of a token; null for one that nobody has. It may take 2 s, or until the signal; it never rejects.
   */
  async find(token: Token, signal?: AbortSignal): Promise<Address | null> {
    const known = this.known(token)
    if (known !== null) return known
    const crowded = this.#waiting.size >= mostWaiting
    if (!signal?.aborted && this.#options.awaits(token)) {
      if (!crowded) return await this.#wait(token, signal)
      this.#crowded++
    }
    this.#unknown++
    return null
  }

  /** Answers those that wait for what has come, or will not come any more: call it once no read is owed. */
  review(): void {
    for (const { token, answer } of this.#waiting) {
      const address = this.output.find(token)
      if (address !== null || !this.#options.awaits(token)) answer(address)
    }
  }

  /** How the lookups stand. */
  status(): LookupStatus {
    return {
      tokens: this.output.size,
      waiting: this.#waiting.size,
      found: this.#found,
      unknown: this.#unknown,
      crowded: this.#crowded,
    }
  }

  #wait(token: Token, signal: AbortSignal | undefined): Promise<Address | null> {
    return new Promise((resolve) => {
      const answered = new AbortController()
      const giveUp = () => waiting.answer(null)
      const waiting: Waiting = {
        token,
        answer: (address) => {
          if (!this.#waiting.delete(waiting)) return
          answered.abort()
          signal?.removeEventListener('abort', giveUp)
          if (address === null) this.#unknown++
          else this.#found++
          resolve(address)
        },
      }
      this.#waiting.add(waiting)
      signal?.addEventListener('abort', giveUp, { once: true })
      this.#options.clock.sleep(waitMs, answered.signal).then(giveUp, () => undefined)
    })
  }
}
