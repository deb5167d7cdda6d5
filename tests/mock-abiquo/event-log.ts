import { type EventDraft, eventOf, type PlatformEvent } from './events.ts'

// Enough for any test, and a program that churns for days does not grow.
const historyLimit = 200_000

/** An event with the id that REST gives it. */
export interface LoggedEvent {
  readonly id: number
  readonly event: PlatformEvent
}

/** Keeps what happened, for REST, and tells it to the streams that are open. */
export class EventLog {
  #history: LoggedEvent[] = []
  #count = 0
  readonly #listeners = new Set<(event: PlatformEvent) => void>()

  /** Records an event and hands it to every listener before it returns. */
  emit(draft: EventDraft): PlatformEvent {
    const event = eventOf(draft, Date.now())
    this.#history.push({ id: ++this.#count, event })
    if (this.#history.length > historyLimit) this.#history = this.#history.slice(historyLimit / 2)
    for (const listener of this.#listeners) listener(event)
    return event
  }

  /** Everything that is remembered, oldest first. */
  get history(): readonly LoggedEvent[] {
    return this.#history
  }

  /** Number of events since the start. */
  get count(): number {
    return this.#count
  }

  /** Forgets the past, as a platform does after some days. */
  forget(): void {
    this.#history = []
  }

  /** Calls `listener` with each event until the answer is called. */
  listen(listener: (event: PlatformEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}
