import type { PlatformClock } from './clock.ts'
import { type EventDraft, eventOf, type PlatformEvent } from './events.ts'

/** An event with the number by which the platform counts it, and when REST has it. */
export interface LoggedEvent {
  readonly id: number
  readonly event: PlatformEvent
  /** Milliseconds since 1970 by the platform's clock. */
  readonly shownAt: number
}

/** A part of the history, not copied: it holds until the next event. */
export interface Span {
  readonly rows: readonly LoggedEvent[]
  readonly begin: number
  /** Behind the last. */
  readonly end: number
}

/** How the history behaves. */
export interface EventLogOptions {
  readonly clock: PlatformClock
  /** From 0 up to 1. */
  readonly random: () => number
  readonly eventLagMs: number
  readonly eventLagMaxMs: number
  readonly historyMs: number
  readonly historyLimit: number
}

/** What one event can be told. */
export interface EmitOptions {
  /** Milliseconds after which REST has it; `Infinity`: never. @default by the platform's lag */
  readonly lagMs?: number
  /** False: no stream sends it, as if the connection had been cut just before. @default true */
  readonly stream?: boolean
}

/** Keeps what happened, for REST, and tells it to the streams that are open. */
export class EventLog {
  readonly clock: PlatformClock
  /** Milliseconds after which REST has an event. */
  lagMs: number
  /** Above `lagMs`: each event is late by a time between the two. */
  lagMaxMs: number
  readonly #options: EventLogOptions
  readonly #listeners = new Set<(event: PlatformEvent) => void>()
  #all: LoggedEvent[] = []
  // By timestamp, then as they happened.
  #shown: LoggedEvent[] = []
  #late: LoggedEvent[] = []
  #count = 0

  constructor(options: EventLogOptions) {
    this.#options = options
    this.clock = options.clock
    this.lagMs = options.eventLagMs
    this.lagMaxMs = options.eventLagMaxMs
  }

  /** Records an event and hands it to every listener before it returns. */
  emit(draft: EventDraft, { lagMs, stream = true }: EmitOptions = {}): PlatformEvent {
    const now = this.clock.now()
    const event = eventOf(draft, now)
    const lag = lagMs ?? this.#lag()
    const row = { id: ++this.#count, event, shownAt: now + lag }
    this.#all.push(row)
    if (lag > 0) this.#late.push(row)
    else this.#show(row)
    this.#bound()
    if (stream) for (const listener of this.#listeners) listener(event)
    return event
  }

  /** Everything that is remembered, as it happened. */
  get history(): readonly LoggedEvent[] {
    return this.#all
  }

  /** What REST has now of a span of time, both ends included, by timestamp and then as it happened. */
  between(from: number, to: number): LoggedEvent[] {
    const { rows, begin, end } = this.span(from, to)
    return rows.slice(begin, end)
  }

  /** Where in all that REST has now a span of time begins and ends. */
  span(from: number, to: number): Span {
    const now = this.clock.now()
    const due = this.#late.filter((row) => row.shownAt <= now)
    if (due.length > 0) {
      this.#late = this.#late.filter((row) => row.shownAt > now)
      for (const row of due) this.#show(row)
    }
    const begin = this.#firstFrom(Math.max(from, now - this.#options.historyMs), 0)
    return { rows: this.#shown, begin, end: Math.max(begin, this.#firstFrom(to, Number.POSITIVE_INFINITY)) }
  }

  /** Number of events since the start. */
  get count(): number {
    return this.#count
  }

  /** Forgets the past, as a platform does after some days. */
  forget(): void {
    this.#all = []
    this.#shown = []
    this.#late = []
  }

  /** Calls `listener` with each event until the answer is called. */
  listen(listener: (event: PlatformEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #lag(): number {
    const spread = this.lagMaxMs - this.lagMs
    return spread > 0 ? this.lagMs + this.#options.random() * spread : this.lagMs
  }

  #show(row: LoggedEvent): void {
    const last = this.#shown.at(-1)
    if (last === undefined || compare(last, row.event.timestamp, row.id) < 0) this.#shown.push(row)
    else this.#shown.splice(this.#firstFrom(row.event.timestamp, row.id), 0, row)
  }

  // Where the first one stands that is not before this timestamp and number.
  #firstFrom(timestamp: number, id: number): number {
    let low = 0
    let high = this.#shown.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const row = this.#shown[middle]
      if (row !== undefined && compare(row, timestamp, id) < 0) low = middle + 1
      else high = middle
    }
    return low
  }

  #bound(): void {
    const { historyLimit } = this.#options
    if (this.#all.length <= historyLimit) return
    this.#all = this.#all.slice(-Math.ceil(historyLimit / 2))
    const oldest = this.#all[0]?.id ?? 0
    this.#shown = this.#shown.filter((row) => row.id >= oldest)
    this.#late = this.#late.filter((row) => row.id >= oldest)
  }
}

function compare({ event, id }: LoggedEvent, timestamp: number, otherId: number): number {
  return event.timestamp - timestamp || id - otherId
}
