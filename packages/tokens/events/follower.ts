import { type Clock, messageOf } from '@novnc-tokens/api'
import type { Update, Watch, WatchStatus } from '@novnc-tokens/stream'
import type { TakeNote } from '../keeper/note.ts'
import type { Dispatcher } from './dispatcher.ts'
import { Gaps } from './gaps.ts'
import { triggerOf } from './trigger.ts'

/** Settings of a {@link Follower}. */
export interface FollowerOptions {
  dispatcher: Dispatcher
  clock: Clock
  note: TakeNote
  /** Called when the watch goes down. */
  onDown: () => void
  /** Called when the watch sees again, and has told what it missed. */
  onSeen: () => void
}

/** Follows a watch: turns its events into triggers, and gaps that it cannot close into lists. */
export class Follower {
  readonly #options: FollowerOptions
  #open = false
  #seenSince = Number.POSITIVE_INFINITY
  /** Since when nothing was missed before the gap that is being closed; null where none is. */
  #seenBefore: number | null = null
  #triggers = 0
  /** What may have been missed, and whether it is known by now. */
  readonly gaps = new Gaps()

  constructor(options: FollowerOptions) {
    this.#options = options
  }

  /** Whether the watch is open. */
  get open(): boolean {
    return this.#open
  }

  /** Since when nothing can have been missed, monotonic; Infinity before the watch was ever open. */
  get seenSince(): number {
    return this.#seenSince
  }

  /** Triggers so far. */
  get triggers(): number {
    return this.#triggers
  }

  /** Follows the watch until the signal; one that ends by itself is down from then on. */
  async follow(watch: Watch, signal: AbortSignal): Promise<void> {
    // An end that came before this would be told to nobody.
    if (signal.aborted) return
    const updates = watch[Symbol.asyncIterator]()
    const end = () => void updates.return?.()
    signal.addEventListener('abort', end, { once: true })
    try {
      for (let next = await updates.next(); !next.done; next = await updates.next()) this.#take(next.value, watch)
    } catch (error) {
      this.#defect('the watch', error)
    } finally {
      signal.removeEventListener('abort', end)
      await updates.return?.()
    }
    if (signal.aborted) return
    this.#open = false
    this.#options.onDown()
  }

  #take(update: Update, watch: Watch): void {
    try {
      this.#follow(update, watch.status())
    } catch (error) {
      this.#defect('an update of the watch', error)
      // Whatever it would have told.
      this.#options.dispatcher.listAll()
    }
  }

  #defect(what: string, error: unknown): void {
    this.#options.note({ kind: 'defect', what, error: error instanceof Error ? error : new Error(String(error)) })
  }

  #follow(update: Update, watch: WatchStatus): void {
    const { clock, dispatcher, note, onDown, onSeen } = this.#options
    const now = clock.now()
    switch (update.kind) {
      case 'open':
        note({ kind: 'watch-open', by: watch.kind, instead: watch.instead })
        this.#open = true
        // What happened before it first opened only a list can tell; later on, gaps tell what was missed.
        if (this.#seenSince === Number.POSITIVE_INFINITY) dispatcher.listAll()
        this.#seenSince = Math.min(this.#seenSince, now)
        // Who polls goes on where it left off, and has no gap to tell.
        if (watch.kind === 'poll') onSeen()
        return
      case 'gap':
        note({ kind: 'gap', why: update.why, closing: update.closing })
        this.gaps.told(update, { now, wall: clock.wall() })
        if (update.closing) this.#seenBefore ??= this.#seenSince
        else {
          this.#seenBefore = null
          dispatcher.listAll()
        }
        this.#seenSince = now
        return
      case 'caught-up':
        note({ kind: 'caught-up', recovered: update.recovered })
        this.gaps.caughtUp({ now, wall: clock.wall() })
        // All that was missed has been told since: it is as if it had been seen.
        this.#seenSince = this.#seenBefore ?? this.#seenSince
        this.#seenBefore = null
        if (this.#open) onSeen()
        return
      case 'down':
        note({ kind: 'watch-down', why: messageOf(update.error), retryInMs: update.retryInMs })
        this.#open = false
        onDown()
        return
      case 'event': {
        const { event } = update
        const trigger = triggerOf(event)
        note({ kind: 'event', action: event.action, path: event.entityPath })
        if (trigger === null) return
        this.#triggers++
        dispatcher.trigger(trigger)
      }
    }
  }
}
