import { type Doubt, type Loaded, type Output, OutputError, type Written } from '../../outputs/output.ts'
import { parseLines, type SortedLines } from '../../token/lines.ts'

/** What goes wrong with a file. */
export interface FileTrouble {
  /** Steps that fail. */
  failing: ReadonlySet<'load' | 'changed' | 'write' | 'confirm'>
  /** How long each step takes, in milliseconds. */
  slowMs: number
}

/** A file that outlives the processes which write it. */
export class ModelFile {
  readonly name: string
  /** What it has; null where it is not there. */
  text: string | null
  /** Changes with each write, by whomever. */
  version = 0
  readonly trouble: FileTrouble = { failing: new Set(), slowMs: 0 }
  /** Called with each new content. */
  readonly #onChange: (file: ModelFile, before: string | null, ours: boolean) => void

  constructor(
    name: string,
    text: string | null,
    onChange: (file: ModelFile, before: string | null, ours: boolean) => void,
  ) {
    this.name = name
    this.text = text
    this.#onChange = onChange
  }

  put(text: string | null, ours: boolean): void {
    const before = this.text
    this.text = text
    this.version++
    this.#onChange(this, before, ours)
  }
}

/** The file as one process writes it: as a whole, or not at all. */
export class ModelOutput implements Output {
  readonly name: string
  readonly #file: ModelFile
  readonly #sleep: (ms: number) => Promise<void>
  readonly #isDead: () => boolean
  #version: number | null = null

  constructor(file: ModelFile, sleep: (ms: number) => Promise<void>, isDead: () => boolean) {
    this.name = file.name
    this.#file = file
    this.#sleep = sleep
    this.#isDead = isDead
  }

  async load(): Promise<Loaded> {
    const { version, text } = this.#file
    await this.#step('load')
    this.#version = version
    const { lines, refused } = parseLines(text ?? '')
    const exact = text !== null && text === lines.render()
    return { lines, refused, exact, existed: text !== null, modifiedAt: text === null ? null : 1000 }
  }

  async changed(): Promise<Doubt | null> {
    await this.#step('changed')
    return this.#version === this.#file.version ? null : 'others'
  }

  async write(lines: SortedLines): Promise<Written> {
    const text = lines.render()
    await this.#step('write')
    this.#file.put(text, true)
    this.#version = this.#file.version
    return { outcome: 'written', done: null }
  }

  async check(): Promise<void> {}

  async confirm(): Promise<void> {
    await this.#step('confirm')
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  async #step(step: 'load' | 'changed' | 'write' | 'confirm'): Promise<void> {
    const { slowMs, failing } = this.#file.trouble
    if (slowMs > 0) await this.#sleep(slowMs)
    await null
    // Killed on the way: nothing of it happens, and nobody learns.
    if (this.#isDead()) await new Promise(() => {})
    if (failing.has(step)) throw new OutputError(step === 'load' ? 'unreadable' : 'unwritable', `Cannot ${step}`)
  }
}
