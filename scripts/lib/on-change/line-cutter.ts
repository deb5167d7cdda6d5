/** Most lines that are told. */
const mostLines = 100
/** Most characters of a line that are told. */
const mostLength = 1000

/**
 * Cuts the output of a program into lines, and bounds them: however much it says, and be it without a line end, little is
 * kept.
 */
export class LineCutter {
  readonly #onLine: (line: string) => void
  readonly #decoder = new TextDecoder()
  #rest = ''
  /** How much of the line was dropped. */
  #cut = 0
  #lines = 0

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine
  }

  /** How many lines were too many to be told. */
  get untold(): number {
    return Math.max(0, this.#lines - mostLines)
  }

  /** Takes some bytes. */
  push(bytes: Uint8Array): void {
    this.#take(this.#decoder.decode(bytes, { stream: true }))
  }

  /** The output has ended; a line without its end is one too. */
  end(): void {
    this.#take(this.#decoder.decode())
    this.#tell()
  }

  #take(text: string): void {
    const [first = '', ...others] = text.split('\n')
    this.#add(first)
    for (const other of others) {
      this.#tell()
      this.#add(other)
    }
  }

  #add(part: string): void {
    const room = mostLength - this.#rest.length
    this.#rest += part.slice(0, room)
    this.#cut += Math.max(0, part.length - room)
  }

  /** Blank lines tell nothing. */
  #tell(): void {
    const line = this.#rest.trimEnd()
    const cut = this.#cut
    this.#rest = ''
    this.#cut = 0
    if (line === '' && cut === 0) return
    this.#lines++
    if (this.#lines <= mostLines) this.#onLine(cut === 0 ? line : `${line}... (${cut} characters more)`)
  }
}
