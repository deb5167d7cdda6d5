/** Settings of a {@link LineOutput}. */
export interface LineOutputOptions {
  /** Writes all of a text, however long its reader takes; rejects where it cannot. */
  write: (text: string) => Promise<void>
  /** Called once, when a write has failed: what is put from then on is dropped. */
  onFailure: (error: unknown) => void
}

/** Length of what may wait, in characters, while a write is under way. A pipe takes 64 KiB at once. */
const mostWaiting = 131_072

/** Writes lines, many at a time: those that come in one turn of the loop, or while an earlier write is under way. */
export class LineOutput {
  readonly #options: LineOutputOptions
  #lines: string[] = []
  #length = 0
  #drained: Promise<void> | null = null
  #turn: Promise<void> = Promise.resolve()
  #failure: { error: unknown } | null = null

  constructor(options: LineOutputOptions) {
    this.#options = options
  }

  /** Takes a line without its end, to be written soon. */
  put(line: string): void {
    if (this.#failure !== null) return
    this.#lines.push(line)
    this.#length += line.length + 1
    this.#drained ??= this.#drain()
  }

  /** Whether so much waits that the next line should wait for {@link room}. */
  get full(): boolean {
    return this.#length >= mostWaiting
  }

  /** Resolves once there is room again. */
  async room(): Promise<void> {
    // Its failure is told elsewhere, and makes room.
    while (this.full) await this.#turn.catch(() => undefined)
  }

  /**
   * Resolves once all lines are written.
   * @throws what a write was rejected with
   */
  async flush(): Promise<void> {
    await this.#drained
    if (this.#failure !== null) throw this.#failure.error
  }

  async #drain(): Promise<void> {
    try {
      this.#turn = new Promise((resolve) => setImmediate(resolve))
      await this.#turn
      while (this.#lines.length > 0) {
        this.#turn = this.#options.write(this.#take())
        await this.#turn
      }
    } catch (error) {
      this.#failure = { error }
      this.#turn = Promise.resolve()
      this.#take()
      this.#options.onFailure(error)
    }
    this.#drained = null
  }

  #take(): string {
    const text = this.#lines.map((line) => `${line}\n`).join('')
    this.#lines = []
    this.#length = 0
    return text
  }
}
