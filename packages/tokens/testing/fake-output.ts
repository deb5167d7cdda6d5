import type { Doubt, Loaded, Output, OutputRole, WriteOptions, Written } from '../outputs/output.ts'
import { parseLines, type SortedLines } from '../token/lines.ts'
import type { Token } from '../token/token.ts'

/** What a {@link FakeOutput} can be asked to do. */
export type OutputStep = 'load' | 'changed' | 'write' | 'confirm' | 'verify'

/** An output in memory, which fails, hangs and is changed by others where a test asks for it. */
export class FakeOutput implements Output {
  readonly name: string
  /** What it has; null where there is none. */
  text: string | null
  /** What was written, in order. */
  readonly written: string[] = []
  /** How often each step was done, be it in vain. */
  readonly done: Record<OutputStep, number> = { load: 0, changed: 0, write: 0, confirm: 0, verify: 0 }
  /** What each step fails with. */
  readonly failures = new Map<OutputStep, Error>()
  /** What each write was told to have changed; null: everything is to be compared. */
  readonly told: (readonly Token[] | null)[] = []
  /** What becomes of writes, and what each is said to have done. */
  outcome: Written['outcome'] = 'written'
  counts: Written['done'] = null
  role: OutputRole | undefined = undefined
  uncarried = 0
  /** How often somebody asked for all to be compared. */
  mistrusted = 0
  /** Whether the platform is seen, as it was told, in order. */
  readonly seen: (boolean | null)[] = []
  /** Called within each write. */
  onWrite: (options: WriteOptions) => void = () => {}
  /** Tells the runner that there is news. */
  news: () => void = () => {}
  readonly #held = new Map<OutputStep, Promise<void>>()
  #doubt: Doubt | null = null

  constructor(text: string | null = null, name = 'fake') {
    this.text = text
    this.name = name
  }

  /** Makes a step hang from now on until the function that this returns is called. */
  hold(step: OutputStep): () => void {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#held.set(step, promise)
    return () => {
      this.#held.delete(step)
      resolve()
    }
  }

  /** Somebody else writes it. */
  overwrite(text: string | null): void {
    this.text = text
    this.#doubt = 'others'
  }

  /** What it has is in doubt until it is loaded, or written as a whole. */
  doubt(doubt: Doubt): void {
    this.#doubt = doubt
  }

  mistrust(): void {
    this.mistrusted++
  }

  sees(sees: boolean | null): void {
    this.seen.push(sees)
  }

  listen(onNews: () => void): void {
    this.news = onNews
  }

  async load(): Promise<Loaded> {
    await this.#step('load')
    this.#doubt = null
    const text = this.text ?? ''
    const { lines, refused } = parseLines(text)
    const existed = this.text !== null
    return { lines, refused, exact: existed && text === lines.render(), existed, modifiedAt: existed ? 1000 : null }
  }

  async changed(): Promise<Doubt | null> {
    await this.#step('changed')
    return this.#doubt
  }

  async write(
    lines: SortedLines,
    changed: ReadonlySet<Token> | null = null,
    options: WriteOptions = {},
  ): Promise<Written> {
    const text = lines.render()
    this.onWrite(options)
    await this.#step('write')
    const { outcome, counts: done } = this
    if (outcome !== 'written') return { outcome, done }
    this.text = text
    this.#doubt = null
    this.written.push(text)
    this.told.push(changed === null ? null : [...changed])
    return { outcome, done }
  }

  async check(): Promise<void> {}

  async confirm(): Promise<void> {
    await this.#step('confirm')
  }

  async verify(lines: SortedLines): Promise<boolean> {
    const text = lines.render()
    await this.#step('verify')
    return this.text === text
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  async #step(step: OutputStep): Promise<void> {
    this.done[step]++
    await this.#held.get(step)
    const failure = this.failures.get(step)
    if (failure !== undefined) throw failure
  }
}
