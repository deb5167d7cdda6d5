import type { Account } from './accounts.ts'
import { htmlAnswer } from './answers.ts'
import { dialects } from './dialects.ts'
import { type EventFilter, filterOf, passes } from './event-filter.ts'
import type { EventLog } from './event-log.ts'
import { type EventDraft, legacyOf, type PlatformEvent, traceOf } from './events.ts'
import type { Exchange } from './exchange.ts'
import type { Settings } from './options.ts'
import { StreamClient } from './stream-client.ts'
import { type ByteCount, type CutOptions, type Ending, StreamCuts } from './stream-cuts.ts'
import type { Timers } from './timers.ts'
import { sees } from './visibility.ts'

const answerHeaders = {
  'Cache-Control': 'no-store, no-cache, must-revalidate',
  Pragma: 'no-cache',
  Expires: '-1',
  'Access-Control-Allow-Origin': '*',
}

interface Subscription {
  readonly client: StreamClient
  readonly account: Account
  readonly filter: EventFilter
  readonly silent: boolean
}

/** What M goes by. */
export interface StreamsParts {
  readonly settings: Settings
  readonly log: EventLog
  readonly timers: Timers
  /** From 0 up to 1. */
  readonly random: () => number
}

/** M, the server of `/m/stream`: its open streams, and what a test can do to them. */
export class Streams {
  readonly #settings: Settings
  readonly #log: EventLog
  readonly #timers: Timers
  readonly #cuts: StreamCuts
  readonly #open = new Set<Subscription>()
  readonly #waiting = new Set<{ readonly wanted: number; readonly resolve: () => void }>()
  #opened = 0
  #cutByBytes = 0
  /** Whether there is an M at all; without it streams that are open stay so. */
  available: boolean

  constructor({ settings, log, timers, random }: StreamsParts) {
    this.#settings = settings
    this.#log = log
    this.#timers = timers
    this.#cuts = new StreamCuts(random)
    this.available = settings.stream
    log.listen((event) => this.#publish(event))
  }

  /** Number of open streams. */
  get open(): number {
    return this.#open.size
  }

  /** Number of streams that were opened since the start. */
  get opened(): number {
    return this.#opened
  }

  /** Number of streams that `cutAfterBytes` has ended. */
  get cutByBytes(): number {
    return this.#cutByBytes
  }

  /** Resolves once at least so many streams have been opened since the start. */
  whenOpened(wanted: number): Promise<void> {
    if (this.#opened >= wanted) return Promise.resolve()
    return new Promise((resolve) => this.#waiting.add({ wanted, resolve }))
  }

  /** Ends all open streams. */
  cut(how: Ending = 'clean'): void {
    for (const { client } of this.#open) client.cut(how)
  }

  /**
   * Ends streams after so many more bytes of their bodies, whatever is being sent then. The padding at the opening of
   * a stream counts.
   */
  cutAfterBytes(bytes: ByteCount, options: CutOptions = {}): void {
    const clients = [...this.#open].map(({ client }) => client)
    const cuts = this.#cuts.plan(bytes, clients.length, options)
    for (const [at, cut] of cuts.entries()) clients[at]?.cutAfter(cut, () => this.#cutByBytes++)
  }

  /** Leaves streams that are still to be opened alone. */
  clearCuts(): void {
    this.#cuts.clear()
  }

  /** Something happens: REST has it, and all streams get the first half of its event and end. */
  cutMidEvent(draft: EventDraft, how: Ending = 'clean'): void {
    this.#sendHalf(draft, (client) => client.cut(how))
  }

  /** Something happens: REST has it, and all streams get the first half of its event and then nothing any more. */
  stopMidEvent(draft: EventDraft): void {
    this.#sendHalf(draft, (client) => client.mute())
  }

  /** Sends any bytes to all streams. */
  sendRaw(bytes: string | Uint8Array): void {
    for (const { client } of this.#open) client.sendRaw(typeof bytes === 'string' ? Buffer.from(bytes) : bytes)
  }

  /** Sends a heartbeat to all streams now, in the dialects that have one. */
  heartbeat(): void {
    for (const { client } of this.#open) client.heartbeat()
  }

  /** Opens a stream for a user who is logged in. */
  connect(exchange: Exchange, account: Account, silent: boolean): void {
    const { query } = exchange.request
    const dialect = dialects[this.#settings.dialect]
    const framework = query.get('X-Atmosphere-Framework')
    if (dialect.refusesOtherFrameworks && framework !== null && framework !== '1.0') {
      exchange.send(htmlAnswer(501, 'HTTP Status 501 - Websocket protocol not supported'))
      return
    }
    // Only this parameter makes it server-sent events; the header of that name means nothing.
    const sse = query.get('X-Atmosphere-Transport') === 'sse'
    const contentType = sse ? 'text/event-stream;charset=utf-8' : 'text/plain;charset=utf-8'
    exchange.open(200, { 'Content-Type': contentType, ...answerHeaders })
    const client = new StreamClient(exchange, sse ? dialect : null, this.#settings, this.#timers)
    const subscription = { client, account, filter: filterOf(query), silent }
    this.#open.add(subscription)
    exchange.whenOver(() => {
      client.close()
      this.#open.delete(subscription)
    })
    const cut = this.#cuts.next()
    if (cut !== null) client.cutAfter(cut, () => this.#cutByBytes++)
    if (!silent) client.greet()
    this.#opened++
    for (const waiting of this.#waiting) {
      if (this.#opened < waiting.wanted) continue
      this.#waiting.delete(waiting)
      waiting.resolve()
    }
  }

  #publish(event: PlatformEvent): void {
    let framed: Uint8Array | undefined
    let bare: Uint8Array | undefined
    for (const { client, account, filter, silent } of this.#open) {
      if (silent || !sees(account, event) || !passes(event, filter)) continue
      if (client.framed) {
        framed ??= this.#bytesOf(event, true)
        client.send(framed)
      } else {
        bare ??= this.#bytesOf(event, false)
        client.send(bare)
      }
    }
  }

  #sendHalf(draft: EventDraft, then: (client: StreamClient) => void): void {
    const bytes = this.#bytesOf(this.#log.emit(draft, { stream: false }), true)
    for (const { client } of this.#open) {
      client.sendRaw(bytes.subarray(0, Math.floor(bytes.length / 2)))
      then(client)
    }
  }

  #bytesOf(event: PlatformEvent, framed: boolean): Uint8Array {
    const { eventFormat, lengthPrefix, dialect } = this.#settings
    const json = JSON.stringify(eventFormat === 'trace' ? traceOf(event) : legacyOf(event))
    const message = lengthPrefix ? `${json.length}|${json}` : json
    return Buffer.from(framed ? `data:${message}${dialects[dialect].eventEnd}` : message)
  }
}
