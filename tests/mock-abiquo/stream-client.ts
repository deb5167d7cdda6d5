import type { Dialect } from './dialects.ts'
import type { Exchange } from './exchange.ts'
import type { Settings } from './options.ts'
import type { Ending, PlannedCut } from './stream-cuts.ts'
import type { Timers } from './timers.ts'

/** One open stream. */
export class StreamClient {
  readonly #exchange: Exchange
  /** Null: a client that did not ask for server-sent events gets bare messages. */
  readonly #dialect: Dialect | null
  readonly #settings: Settings
  readonly #timers: Timers
  #lastWrite = performance.now()
  #cancelHeartbeat: (() => void) | undefined
  #cancelSlowReader: (() => void) | undefined
  #cancelEnd: (() => void) | undefined
  #cut: { left: number; readonly how: Ending; readonly done: () => void } | undefined
  #muted = false
  #closed = false

  constructor(exchange: Exchange, dialect: Dialect | null, settings: Settings, timers: Timers) {
    this.#exchange = exchange
    this.#dialect = dialect
    this.#settings = settings
    this.#timers = timers
    if (settings.streamLifeMs > 0) this.#cancelEnd = timers.after(settings.streamLifeMs, () => this.cut('clean'))
  }

  /** Whether its messages are framed as server-sent events. */
  get framed(): boolean {
    return this.#dialect !== null
  }

  /** Sends the padding and begins to send heartbeats. */
  greet(): void {
    if (this.#dialect === null) return
    this.#write(Buffer.from(this.#dialect.opening))
    if (this.#dialect.heartbeat !== null && this.#settings.heartbeatMs > 0) this.#watchIdle(this.#settings.heartbeatMs)
  }

  /** Sends an event, in pieces where it is long. */
  send(bytes: Uint8Array): void {
    const { pieceBytes } = this.#settings
    for (let at = 0; at < bytes.length; at += pieceBytes) this.sendRaw(bytes.subarray(at, at + pieceBytes))
  }

  /** Sends any bytes. */
  sendRaw(bytes: Uint8Array): void {
    this.#lastWrite = performance.now()
    this.#write(bytes)
    if (this.#exchange.waiting > 0 && this.#settings.slowReaderMs > 0) this.#watchReader()
  }

  /** Sends a heartbeat now, in the dialects that have one. */
  heartbeat(): void {
    const heartbeat = this.#dialect?.heartbeat ?? null
    if (heartbeat !== null) this.sendRaw(Buffer.from(heartbeat))
  }

  /** Ends the stream. */
  cut(how: Ending): void {
    if (how === 'clean') this.#exchange.end()
    else if (how === 'abrupt') this.#exchange.reset()
    else this.#exchange.hangUp()
  }

  /** Ends the stream after so many more bytes, and calls `done` then. */
  cutAfter({ bytes, how }: PlannedCut, done: () => void): void {
    this.#cut = { left: bytes, how, done }
    this.#cutIfDue()
  }

  /** Sends nothing any more, heartbeats neither. */
  mute(): void {
    this.#muted = true
  }

  /** The stream is over: stops its timers. */
  close(): void {
    this.#closed = true
    this.#cancelHeartbeat?.()
    this.#cancelSlowReader?.()
    this.#cancelEnd?.()
  }

  #write(bytes: Uint8Array): void {
    if (this.#muted || this.#exchange.isOver) return
    const sent = this.#cut === undefined ? bytes : bytes.subarray(0, this.#cut.left)
    this.#exchange.write(sent)
    if (this.#cut === undefined) return
    this.#cut.left -= sent.length
    this.#cutIfDue()
  }

  #cutIfDue(): void {
    const cut = this.#cut
    if (cut === undefined || cut.left > 0) return
    this.#cut = undefined
    this.cut(cut.how)
    cut.done()
  }

  // One timer per stream that looks again when it is due, not one per event: events come by the thousand.
  #watchIdle(ms: number): void {
    if (this.#closed) return
    this.#cancelHeartbeat = this.#timers.after(ms, () => {
      const left = this.#lastWrite + this.#settings.heartbeatMs - performance.now()
      if (left <= 0) this.heartbeat()
      this.#watchIdle(left <= 0 ? this.#settings.heartbeatMs : left)
    })
  }

  // A client that does not read is cut in the middle of whatever it was being sent.
  #watchReader(): void {
    if (this.#closed || this.#cancelSlowReader !== undefined) return
    const before = this.#exchange.waiting
    this.#cancelSlowReader = this.#timers.after(this.#settings.slowReaderMs, () => {
      this.#cancelSlowReader = undefined
      const { waiting } = this.#exchange
      if (waiting >= before && waiting > 0) this.#exchange.reset()
      else if (waiting > 0) this.#watchReader()
    })
  }
}
