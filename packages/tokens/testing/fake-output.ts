import { parseLines, type SortedLines } from '../lines.ts'
import type { Loaded, Output } from '../outputs/output.ts'

/** What a {@link FakeOutput} can be asked to do. */
export type OutputStep = 'load' | 'changed' | 'write' | 'confirm'

/** An output in memory, which fails, hangs and is changed by others where a test asks for it. */
export class FakeOutput implements Output {
  readonly name: string
  /** What it has; null where there is none. */
  text: string | null
  /** What was written, in order. */
  readonly written: string[] = []
  /** How often each step was done, be it in vain. */
  readonly done: Record<OutputStep, number> = { load: 0, changed: 0, write: 0, confirm: 0 }
  /** What each step fails with. */
  readonly failures = new Map<OutputStep, Error>()
  readonly #held = new Map<OutputStep, Promise<void>>()
  #changed = false

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
    this.#changed = true
  }

  async load(): Promise<Loaded> {
    await this.#step('load')
    this.#changed = false
    const text = this.text ?? ''
    const { lines, refused } = parseLines(text)
    const existed = this.text !== null
    return { lines, refused, exact: existed && text === lines.render(), existed, modifiedAt: existed ? 1000 : null }
  }

  async changed(): Promise<boolean> {
    await this.#step('changed')
    return this.#changed
  }

  async write(lines: SortedLines): Promise<void> {
    const text = lines.render()
    await this.#step('write')
    this.text = text
    this.#changed = false
    this.written.push(text)
  }

  async check(): Promise<void> {}

  async confirm(): Promise<void> {
    await this.#step('confirm')
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  async #step(step: OutputStep): Promise<void> {
    this.done[step]++
    await this.#held.get(step)
    const failure = this.failures.get(step)
    if (failure !== undefined) throw failure
  }
}
