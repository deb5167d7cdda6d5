import { EventHistory, messageOf, type PlatformEvent } from '@novnc-tokens/api'
import { type Filters, normalizeFilters } from '../filters/filters.ts'
import { matcher } from '../filters/matcher.ts'
import { SseError } from '../sse/errors.ts'
import { isAbsence, isDoubtfulAbsence, isLastingFailure, isOutage } from './absence.ts'
import type { Cursor } from './cursor.ts'
import { Delivery } from './delivery.ts'
import { PlatformClock } from './platform-clock.ts'
import { Poller } from './poller.ts'
import { Recovery } from './recovery.ts'
import { StreamSource } from './stream-source.ts'
import type { Update, Watch, WatchStatus } from './update.ts'
import { checkOptions, type WatchOptions } from './watch-options.ts'

/**
 * Watches the events of a platform: each is told once, also those that happened while nothing was connected.
 *
 * @throws FilterError for filters that cannot be right, RangeError for settings that contradict each other
 * @example
 * ```ts
 * const watching = watch({ connection, filters: { entity: ['VIRTUAL_MACHINE'] } })
 * for await (const update of watching) {
 *   if (update.kind === 'event') console.log(update.event.action, update.event.entityPath)
 * }
 * ```
 */
export function watch(options: WatchOptions): EventWatch {
  return new EventWatch(options)
}

/** A watch in progress: iterate over it once; leaving the iteration, `close` or the signal ends it. */
export class EventWatch implements Watch, AsyncDisposable {
  readonly #options: Required<Pick<WatchOptions, 'mode' | 'follow' | 'recover'>> & WatchOptions
  readonly #platform: PlatformClock
  readonly #delivery: Delivery
  readonly #recovery: Recovery
  readonly #source: StreamSource
  readonly #poller: Poller
  readonly #closing = new AbortController()
  readonly #counts = { connects: 0, polls: 0, malformed: 0 }
  #filters: Filters
  #matches: (event: PlatformEvent) => boolean
  #started: Promise<void> | null = null
  /** Of the clock's `now`, as all times of `#state`. */
  #lastByteAt: number | null = null
  #lastEventAt: number | null = null
  /** How many events were told when the last poll was answered. */
  #eventsBefore = 0
  #instead: string | null = null
  /** When the stream last brought a byte, of the clock's `now`. */
  #heardAt = Number.NEGATIVE_INFINITY
  /** Why the stream is down; null while it is open, or opened for the first time. */
  #streamError: Error | null = null
  readonly #lookout: Disposable
  /** When the stream began to fail, of the clock's `now`; null while it is open. */
  #failingSince: number | null = null
  /** That the stream was silent, where that is why it is opened anew. */
  #silence: string | null = null
  #state: Pick<WatchStatus, 'state' | 'since' | 'error' | 'retryAt'>

  constructor(options: WatchOptions) {
    const { connection, mode = 'auto', follow = true, filters = {}, random = Math.random } = options
    const { clock } = connection
    checkOptions(options)
    const scoped = (filters.scope ?? []).length > 0
    this.#options = {
      ...options,
      mode: scoped ? 'stream' : mode,
      follow,
      recover: (options.recover ?? true) && !scoped,
    }
    this.#filters = normalizeFilters(filters)
    this.#matches = matcher(this.#filters)
    this.#state = { state: 'connecting', since: clock.now(), error: null, retryAt: null }
    const platform = new PlatformClock(clock)
    const history = new EventHistory(connection)
    this.#platform = platform
    this.#delivery = new Delivery({
      limit: options.queueLength ?? 20_000,
      platform,
      recovers: this.#options.recover,
      onStalled: () => this.#recovery.stop(),
      onResumed: () => this.#resumed(),
    })
    const shared = {
      delivery: this.#delivery,
      platform,
      order: options.order ?? 'time',
      settleMs: options.settleMs ?? 3000,
      clock,
      random,
    } as const
    this.#recovery = new Recovery({ ...shared, history, matches: (event) => this.#matches(event) })
    this.#poller = new Poller({
      ...shared,
      recovery: this.#recovery,
      intervalMs: options.pollIntervalMs ?? 5000,
      onPolled: () => this.#polled(),
      onDown: (error, retryInMs) => this.#down(error, retryInMs),
    })
    this.#source = new StreamSource({
      connection,
      url: options.url ?? `${new URL(connection.api).origin}/m/stream`,
      filters: () => this.#filters,
      idleTimeoutMs: options.idleTimeoutMs ?? 150_000,
      random,
      alone: this.#options.mode === 'stream',
      onOpen: (at) => this.#opened(at),
      onEvent: (event) => {
        this.#lastEventAt = clock.now()
        if (event.timestamp !== null) this.#platform.happened(event.timestamp)
        this.#delivery.arrived(event)
      },
      onMalformed: () => {
        this.#counts.malformed++
      },
      onBytes: () => {
        this.#heardAt = clock.now()
        this.#lastByteAt = this.#heardAt
      },
      onDown: (error, retryInMs) => this.#streamDown(error, retryInMs),
    })
    this.#lookout = connection.onBack((darkSince) => this.#back(darkSince))
    const { since } = options
    if (typeof since === 'number') this.#delivery.horizon.begin(since)
    else if (since !== undefined) this.#delivery.restore(since)
    if (options.signal?.aborted) void this.close()
    else
      options.signal?.addEventListener('abort', () => void this.close(), { once: true, signal: this.#closing.signal })
  }

  /** How the watch stands. */
  status(): WatchStatus {
    const { clock } = this.#options.connection
    const { state, since, error, retryAt } = this.#state
    // Kept by the clock that never jumps, so that each age is right whatever becomes of the other one.
    const moment = (at: number) => clock.wall() - (clock.now() - at)
    return {
      kind: this.#poller.running ? 'poll' : 'stream',
      instead: this.#instead,
      state,
      error,
      since: moment(since),
      retryAt: retryAt === null ? null : moment(retryAt),
      ...this.#counts,
      ...this.#delivery.counts,
      recovering: this.#delivery.recovering,
      lastByteAt: this.#lastByteAt === null ? null : moment(this.#lastByteAt),
      lastEventAt: this.#lastEventAt === null ? null : moment(this.#lastEventAt),
    }
  }

  /**
   * How far the consumer has come, for a later watch to go on from: what was taken from the iteration counts as dealt
   * with. Null before the platform told its time.
   */
  cursor(): Cursor | null {
    return this.#delivery.save()
  }

  widen(): void {
    if (Object.keys(this.#filters).length === 0) return
    this.#filters = {}
    this.#matches = matcher({})
    this.#source.restart()
  }

  retryNow(): void {
    this.#source.retryNow()
    this.#poller.pollNow()
  }

  [Symbol.asyncIterator](): AsyncIterator<Update> {
    this.#started ??= this.#start()
    const { queue } = this.#delivery
    return { next: () => queue.next(), return: () => this.close().then(() => queue.return()) }
  }

  /** Ends the watch at any moment; nothing of it is left open once this resolves. */
  async close(): Promise<void> {
    this.#closing.abort()
    this.#lookout[Symbol.dispose]()
    this.#delivery.queue.close()
    await Promise.all([this.#source.close(), this.#poller.stopped(), this.#recovery.stopped(), this.#started])
    this.#enter('down', 'The watch is closed', null)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #start(): Promise<void> {
    const { follow, mode } = this.#options
    if (this.#closing.signal.aborted) return
    if (!follow) await this.#recoverOnly(this.#closing.signal)
    else if (mode === 'poll') this.#poller.start()
    else this.#source.start()
  }

  /** Tells what happened since, and ends. */
  async #recoverOnly(signal: AbortSignal): Promise<void> {
    try {
      await this.#recovery.pass({ signal })
      this.#delivery.caughtUp()
    } catch (error) {
      if (signal.aborted) return
      this.#down(error instanceof Error ? error : new Error(messageOf(error)), 0)
    }
    this.#delivery.queue.close()
  }

  #opened(at: number | null): void {
    const { recover } = this.#options
    const delivery = this.#delivery
    const polled = this.#poller.running
    const why = this.#state.error ?? this.#silence ?? 'The stream was opened anew'
    this.#poller.stop()
    this.#platform.note(at)
    this.#lastByteAt = this.#options.connection.clock.now()
    this.#instead = null
    this.#failingSince = null
    this.#streamError = null
    this.#heardAt = this.#options.connection.clock.now()
    this.#enter('open', null, null)
    if (!delivery.quiet) delivery.state({ kind: 'open', at })
    const first = this.#counts.connects++ === 0
    const begins = delivery.horizon.position === null
    // Polling goes over to the stream without a gap, where the history may be asked for what is between.
    if (polled ? !recover : !first && !(delivery.quiet && recover && !begins)) delivery.gap(why, recover && !begins)
    if (at !== null && !recover) delivery.horizon.begin(at)
    if (recover && !begins) {
      if (!delivery.stalled) this.#recovery.start()
      return
    }
    delivery.recovered()
    if (recover) this.#recovery.locate(at)
  }

  /** Updates were dropped, and their consumer is there again. */
  #resumed(): void {
    if (this.#closing.signal.aborted || this.#poller.running || this.#state.state !== 'open') return
    this.#recovery.start()
  }

  #streamDown(error: Error, retryInMs: number): void {
    if (this.#closing.signal.aborted) return
    // Some servers never send a heartbeat: their silence is no failure, and they are asked again at once.
    const { state } = this.#state
    const now = this.#options.connection.clock.now()
    this.#delivery.quiet = error instanceof SseError && error.code === 'silent' && retryInMs === 0 && state === 'open'
    this.#silence = this.#delivery.quiet ? messageOf(error) : null
    if (this.#delivery.quiet) return
    this.#streamError = error
    this.#recovery.stop()
    this.#failingSince ??= now
    const absent =
      this.#options.mode === 'auto' && (isAbsence(error) || isLastingFailure(error, this.#failingSince, now))
    if (absent) this.#instead = messageOf(error)
    if (this.#poller.running) return
    // Whatever the history is being asked for, it goes on telling.
    if (absent) {
      this.#recovery.stop()
      this.#delivery.recover()
      this.#delivery.live('passed over')
      this.#poller.start()
    } else this.#down(error, retryInMs)
  }

  /** The platform is back, after no answer to anything since `darkSince`; null: only some requests were lost. */
  #back(darkSince: number | null): void {
    // Where the stream is open, what it was sent meanwhile may never come, and its end neither.
    const lost = darkSince !== null && this.#streamError === null && this.#heardAt < darkSince
    if (lost || isOutage(this.#streamError)) this.#source.restart()
    if (this.#state.state === 'down') this.#poller.pollNow()
  }

  #polled(): void {
    const now = this.#options.connection.clock.now()
    if (this.#delivery.counts.events > this.#eventsBefore) this.#lastEventAt = now
    this.#eventsBefore = this.#delivery.counts.events
    this.#counts.polls++
    this.#lastByteAt = now
    if (this.#state.state === 'open') return
    // Who had no history a moment ago may have a stream again, too.
    if (this.#state.state === 'down' && (isDoubtfulAbsence(this.#streamError) || isOutage(this.#streamError)))
      this.#source.retryNow()
    this.#enter('open', null, null)
    this.#delivery.state({ kind: 'open', at: this.#platform.now() })
  }

  #down(error: Error, retryInMs: number): void {
    this.#enter('down', messageOf(error), this.#options.connection.clock.now() + retryInMs)
    this.#delivery.state({ kind: 'down', error, retryInMs })
  }

  #enter(state: WatchStatus['state'], error: string | null, retryAt: number | null): void {
    const since = this.#state.state === state ? this.#state.since : this.#options.connection.clock.now()
    this.#state = { state, since, error, retryAt }
  }
}
