import type { Socket } from 'node:net'
import type { Terms } from './fault.ts'

/** Above this the sender has to wait. */
const queueBytes = 256 * 1024
/** A bandwidth is spread over pieces of so many milliseconds. */
const quantumMs = 20

/** How a connection ends. */
export type End = 'end' | 'reset'

interface Parcel {
  readonly bytes: Uint8Array | null
  readonly end: End
  readonly dueAt: number
}

/** What a {@link Lane} is made of. */
export interface LaneParts {
  /** The terms of this moment. */
  readonly terms: () => Terms
  /** From 0 up to 1. */
  readonly random: () => number
  /** Both ends of the connection are to go, the receiving one last. */
  readonly onCut: (how: End) => void
}

/** One way of one connection: takes bytes from one socket and hands them to the other, as the faults in force let it. */
export class Lane {
  readonly #parts: LaneParts
  readonly #source: Socket
  #sink: Socket | null = null
  readonly #queue: Parcel[] = []
  readonly #cuts = new Set<{ left: number; readonly how: End; readonly onCut: () => void }>()
  #queued = 0
  #lastDueAt = 0
  #freeAt = 0
  #timer: ReturnType<typeof setTimeout> | null = null
  #step: ReturnType<typeof setImmediate> | null = null
  #blocked = false
  #closed = false

  constructor(source: Socket, parts: LaneParts) {
    this.#source = source
    this.#parts = parts
    source.on('data', (bytes: Uint8Array) => this.#take(bytes, 'end'))
    source.on('end', () => this.#take(null, 'end'))
    source.on('error', () => this.#take(null, 'reset'))
  }

  /** From now on there is somebody to hand the bytes to. */
  lead(sink: Socket): void {
    this.#sink = sink
    sink.on('drain', () => {
      this.#blocked = false
      this.flow()
    })
    this.flow()
  }

  /** Ends the connection after so many more bytes, until the answer is called. */
  cutAfter(left: number, how: End, onCut: () => void): () => void {
    const cut = { left, how, onCut }
    this.#cuts.add(cut)
    return () => this.#cuts.delete(cut)
  }

  /** Nothing passes any more. */
  close(): void {
    this.#closed = true
    if (this.#timer !== null) clearTimeout(this.#timer)
    if (this.#step !== null) clearImmediate(this.#step)
    this.#queue.length = 0
  }

  /** Hands over what may go now; called again when the faults change. */
  flow(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    if (this.#step !== null) clearImmediate(this.#step)
    this.#timer = null
    this.#step = null
    while (this.#sink !== null && !this.#closed && !this.#blocked) {
      const terms = this.#parts.terms()
      const [first] = this.#queue
      if (first === undefined || terms.silent) return
      const waitMs = Math.max(first.dueAt, this.#freeAt) - performance.now()
      if (waitMs > 0) {
        this.#timer = setTimeout(() => this.flow(), Math.ceil(waitMs))
        return
      }
      if (first.bytes === null) this.#finish(this.#sink, first.end)
      else if (!this.#pass(this.#sink, first.bytes, terms)) return
    }
  }

  #take(bytes: Uint8Array | null, end: End): void {
    if (this.#closed) return
    const { latencyMs, jitterMs, closeMs } = this.#parts.terms()
    const delay = latencyMs + jitterMs * this.#parts.random() + (bytes === null ? closeMs : 0)
    this.#lastDueAt = Math.max(this.#lastDueAt, delay > 0 ? performance.now() + delay : 0)
    this.#queue.push({ bytes, end, dueAt: this.#lastDueAt })
    this.#queued += bytes?.length ?? 0
    if (this.#queued > queueBytes) this.#source.pause()
    this.flow()
  }

  /** Hands over one piece; tells whether more may follow at once. */
  #pass(sink: Socket, bytes: Uint8Array, { bytesPerSecond, pieceBytes }: Terms): boolean {
    const quantum = Math.max(1, Math.floor((bytesPerSecond * quantumMs) / 1000))
    const left = Math.min(...[...this.#cuts].map((cut) => cut.left))
    const piece = bytes.subarray(0, Math.min(quantum, pieceBytes, left))
    const rest = bytes.subarray(piece.length)
    const [first] = this.#queue.splice(0, 1)
    if (rest.length > 0 && first !== undefined) this.#queue.unshift({ ...first, bytes: rest })
    this.#queued -= piece.length
    if (this.#queued <= queueBytes && this.#source.isPaused()) this.#source.resume()
    this.#blocked = !sink.write(piece)
    for (const cut of this.#cuts) {
      cut.left -= piece.length
      if (cut.left > 0) continue
      cut.onCut()
      this.#parts.onCut(cut.how)
      return false
    }
    if (Number.isFinite(bytesPerSecond)) {
      this.#freeAt = Math.max(this.#freeAt, performance.now()) + (piece.length / bytesPerSecond) * 1000
    }
    if (pieceBytes === Number.POSITIVE_INFINITY || this.#blocked) return true
    // Each piece in a turn of its own, or the kernel would hand them over as one.
    this.#step = setImmediate(() => this.flow())
    return false
  }

  #finish(sink: Socket, how: End): void {
    this.#queue.length = 0
    if (how === 'end') sink.end()
    else this.#parts.onCut('reset')
  }
}
