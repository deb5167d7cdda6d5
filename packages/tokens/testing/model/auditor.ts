import { createHash } from 'node:crypto'
import type { Witness } from './witness.ts'

/** Settings of an {@link Auditor}. */
export interface AuditorOptions {
  readonly now: () => number
  readonly witness: () => Witness
  readonly resyncMs: number
  readonly guard: number | null
  /** Whether it can be known what an output has: what cannot be read is replaced as a whole. */
  readonly isReadable: (output: string) => boolean
  readonly find: (what: string) => void
}

/** Fewer removals than these, by lists alone, are never too many. */
const fewest = 20

/** A write begins with what is right then, and takes no longer. */
const longestWriteMs = 1000

/** Looks at each content that an output ever has, as a reader may, and at each line that we removed from it. */
export class Auditor {
  readonly #options: AuditorOptions
  /** Since when an output has a line that somebody else put there. */
  readonly #foreign = new Map<string, number>()
  readonly #released = new Map<string, number>()
  /** Lines of an output that nobody claimed when a person let go of what was held. */
  readonly #letGo = new Set<string>()
  /** Outputs that somebody else has changed, where all is put back, and that failed, where lines wait for long. */
  readonly #excused = new Set<string>()
  /** How many contents it has looked at, and how many removals. */
  readonly counts = { contents: 0, removals: 0 }

  constructor(options: AuditorOptions) {
    this.#options = options
  }

  /** A new life has begun: what was put there by others is no worse than what we put there. */
  began(): void {
    this.#foreign.clear()
    this.#released.clear()
    this.#letGo.clear()
    this.#excused.clear()
  }

  /** What an output gets from now on need not be fresh. */
  excuse(output: string): void {
    this.#excused.add(output)
  }

  /** A person agreed to what was held of the lines that an output has now. */
  released(output: string, lines: readonly string[]): void {
    const { now, witness } = this.#options
    this.#released.set(output, now())
    for (const line of lines) if (witness().holder(line) === null) this.#letGo.add(`${output} ${line}`)
  }

  /** An output has other content now. */
  changed(
    output: string,
    before: readonly string[] | null,
    after: readonly string[] | null,
    ours: boolean,
    text: string | null,
  ): void {
    const { find, now } = this.#options
    this.counts.contents++
    const had = new Set(before)
    const has = new Set(after)
    if (!ours) {
      this.#excused.add(output)
      for (const line of has) if (!had.has(line)) this.#foreign.set(`${output} ${line}`, now())
      return
    }
    const fault = after === null ? 'it is not there' : faultOf(after, text)
    if (fault !== null) find(`${output}: ${fault}`)
    if (text !== null && !this.#excused.has(output)) {
      for (const line of has) if (!had.has(line)) this.#judgeAdded(output, line)
    }
    const removed = [...had].filter((line) => isLine(line) && !has.has(line))
    this.counts.removals += removed.length
    const suspicious = removed.filter((line) => this.#judge(output, line))
    const { guard, isReadable, resyncMs } = this.#options
    const free = !isReadable(output) || now() - (this.#released.get(output) ?? Number.NEGATIVE_INFINITY) < resyncMs
    // What was added counts: it was there before anything went.
    const size = new Set([...had, ...has]).size
    if (guard !== null && !free && suspicious.length > fewest && suspicious.length > guard * size)
      find(`${output}: ${suspicious.length} of ${size} lines went by lists alone`)
  }

  /** Judges one addition: what is known to be nobody's any more must not come back, be it told late. */
  #judgeAdded(output: string, line: string): void {
    const { find, now, witness } = this.#options
    const since = witness().stale(line)
    if (since !== null && now() - since > longestWriteMs)
      find(`${output} got ${line}, which is nobody's since ${since} ms`)
  }

  /** Judges one removal; tells whether it came by lists, and is young. */
  #judge(output: string, line: string): boolean {
    const { find, now, resyncMs, witness } = this.#options
    const key = `${output} ${line}`
    const since = this.#foreign.get(key)
    this.#foreign.delete(key)
    const objection = witness().objection(line, since ?? Number.NEGATIVE_INFINITY)
    if (objection !== null && !this.#letGo.delete(key)) find(`${output} lost ${line}: ${objection}`)
    if (since !== undefined || witness().isAnnounced(line)) return false
    return witness().lackingSince(line) > now() - resyncMs
  }
}

/** What is wrong with the lines of an output; null where nothing is. */
function faultOf(lines: readonly string[], text: string | null): string | null {
  for (const [index, line] of lines.entries()) {
    if (!isLine(line)) return `it has the line ${JSON.stringify(line)}`
    if (index > 0 && line.slice(0, 32) <= (lines[index - 1] ?? '').slice(0, 32))
      return 'it is not sorted, or has one twice'
  }
  if (text !== null && text !== lines.map((line) => `${line}\n`).join('')) return 'it is not whole'
  return null
}

/** Whether a line is one that websockify reads, with the token that the address makes. */
function isLine(line: string): boolean {
  const [, token, address = ''] = /^([0-9a-f]{32}): ((?:\d{1,3}\.){3}\d{1,3}:\d{1,5})$/.exec(line) ?? []
  return token === createHash('md5').update(address).digest('hex')
}
