// Small pieces are joined up to this size: ten thousand events of a burst are a few dozen writes then.
const joinUpTo = 256 * 1024
// Pieces above this are sent as they are, because copying them costs more than another write.
const smallBelow = 16 * 1024

/** Bytes on their way to a client that takes them at its own pace. */
export class Outbox {
  readonly #write: (bytes: Uint8Array) => number
  #pieces: Uint8Array[] = []
  #first = 0
  #bytes = 0

  /** `write` sends what it can and answers how many bytes that was. */
  constructor(write: (bytes: Uint8Array) => number) {
    this.#write = write
  }

  /** Bytes that are still to be sent. */
  get waiting(): number {
    return this.#bytes
  }

  /** Adds bytes, and sends them where nothing waits before them. */
  push(bytes: Uint8Array): void {
    if (bytes.length === 0) return
    this.#pieces.push(bytes)
    this.#bytes += bytes.length
    if (this.#bytes === bytes.length) this.flush()
  }

  /** Sends until the client takes no more. */
  flush(): void {
    while (this.#bytes > 0) {
      const piece = this.#take()
      const sent = Math.max(0, this.#write(piece))
      this.#bytes -= sent
      if (sent < piece.length) {
        this.#first--
        this.#pieces[this.#first] = piece.subarray(sent)
        return
      }
    }
    this.clear()
  }

  /** Forgets what was not sent. */
  clear(): void {
    this.#pieces = []
    this.#first = 0
    this.#bytes = 0
  }

  #take(): Uint8Array {
    const begin = this.#first
    let size = 0
    for (;;) {
      const next = this.#pieces[this.#first]
      if (next === undefined || (size > 0 && (next.length > smallBelow || size + next.length > joinUpTo))) break
      size += next.length
      this.#first++
      if (next.length > smallBelow) break
    }
    const taken = this.#pieces.slice(begin, this.#first)
    const [only] = taken
    return taken.length === 1 && only !== undefined ? only : Buffer.concat(taken)
  }
}
