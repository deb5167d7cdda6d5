import type { Dialect } from './dialects.ts'
import type { Exchange } from './exchange.ts'
import type { Settings } from './options.ts'
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

  constructor(exchange: Exchange, dialect: Dialect | null, settings: Settings, timers: Timers) {
    this.#exchange = exchange
    this.#dialect = dialect
    this.#settings = settings
    this.#timers = timers
  }

  /** Whether its messages are framed as server-sent events. */
  get framed(): boolean {
    return this.#dialect !== null
  }

  /** Sends the padding and begins to send heartbeats. */
  greet(): void {
    if (this.#dialect === null) return
    this.#exchange.write(Buffer.from(this.#dialect.opening))
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
    this.#exchange.write(bytes)
    if (this.#exchange.waiting > 0 && this.#settings.slowReaderMs > 0) this.#watchReader()
  }

  /** Sends a heartbeat now, in the dialects that have one. */
  heartbeat(): void {
    const heartbeat = this.#dialect?.heartbeat ?? null
    if (heartbeat !== null) this.sendRaw(Buffer.from(heartbeat))
  }

  /** Ends the stream. */
  cut(how: 'clean' | 'abrupt'): void {
    if (how === 'clean') this.#exchange.end()
    else this.#exchange.reset()
  }

  /** The stream is over: stops its timers. */
  close(): void {
    this.#cancelHeartbeat?.()
    this.#cancelSlowReader?.()
  }

  // One timer per stream that looks again when it is due, not one per event: events come by the thousand.
  #watchIdle(ms: number): void {
    this.#cancelHeartbeat = this.#timers.after(ms, () => {
      const left = this.#lastWrite + this.#settings.heartbeatMs - performance.now()
      if (left <= 0) this.heartbeat()
      this.#watchIdle(left <= 0 ? this.#settings.heartbeatMs : left)
    })
  }

  // A client that does not read is cut in the middle of whatever it was being sent.
  #watchReader(): void {
    if (this.#cancelSlowReader !== undefined) return
    const before = this.#exchange.waiting
    this.#cancelSlowReader = this.#timers.after(this.#settings.slowReaderMs, () => {
      this.#cancelSlowReader = undefined
      const { waiting } = this.#exchange
      if (waiting >= before && waiting > 0) this.#exchange.reset()
      else if (waiting > 0) this.#watchReader()
    })
  }
}
