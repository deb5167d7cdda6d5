import { basic, Connection, type PlatformEvent } from '@novnc-tokens/api'
import { settled } from '../../api/testing/fake-clock.ts'
import { type EventWatch, watch as watchEvents } from '../watch/event-watch.ts'
import type { Update } from '../watch/update.ts'
import type { WatchOptions } from '../watch/watch-options.ts'
import type { FakePlatform } from './fake-platform.ts'

/** A watch of a {@link FakePlatform} with a consumer that takes all it is told, unless it pauses. */
export interface Following extends AsyncDisposable {
  readonly watch: EventWatch
  readonly connection: Connection
  /** What was told, in order. */
  readonly updates: readonly Update[]
  /** What was told, as short texts: an event by its action. */
  readonly told: readonly string[]
  /** What was told of events alone, by their actions. */
  readonly actions: readonly string[]
  /** Whether the iteration has ended. */
  readonly ended: boolean
  /** The consumer takes nothing more until `resume`, but what it waits for already. */
  pause(): void
  resume(): void
  /** Forgets what was told so far. */
  clear(): void
  /** Resolves once the iteration has ended. */
  end(): Promise<void>
}

/** Starts a watch without chance; disposed, it closes watch and connection. */
export function following(
  platform: FakePlatform,
  options: Partial<WatchOptions> & { patient?: boolean; looksOut?: boolean } = {},
): Following {
  const { patient = false, looksOut = false, ...more } = options
  const { api, clock, fetch } = platform
  const authorization = basic('admin', 'secret-of-admin')
  const connection = new Connection({ api, authorization, clock, fetch, patient, looksOut, random: () => 0 })
  const watch = watchEvents({ connection, random: () => 0, ...more })
  const updates: Update[] = []
  let paused: PromiseWithResolvers<void> | null = null
  let ended = false
  const consume = async () => {
    const iterator = watch[Symbol.asyncIterator]()
    for (;;) {
      if (paused !== null) await paused.promise
      const { done, value } = await iterator.next()
      if (done) break
      updates.push(value)
    }
    ended = true
  }
  const consumed = consume()
  return {
    watch,
    connection,
    updates,
    get told() {
      return updates.map(brief)
    },
    get actions() {
      return eventsOf(updates).map(({ action }) => action)
    },
    get ended() {
      return ended
    },
    pause() {
      paused ??= Promise.withResolvers()
    },
    resume() {
      paused?.resolve()
      paused = null
    },
    clear() {
      updates.splice(0)
    },
    end: () => consumed,
    async [Symbol.asyncDispose]() {
      paused?.resolve()
      await watch.close()
      connection[Symbol.dispose]()
      await consumed
      await settled()
    },
  }
}

/** The events among updates. */
export function eventsOf(updates: readonly Update[]): readonly PlatformEvent[] {
  return updates.flatMap((update) => (update.kind === 'event' ? [update.event] : []))
}

/** An update as a short text. */
export function brief(update: Update): string {
  switch (update.kind) {
    case 'open':
      return 'open'
    case 'event':
      return `${update.event.action}${update.recovered ? ' recovered' : ''}`
    case 'gap':
      return `gap, ${update.closing ? 'closing' : 'open'}: ${update.why}`
    case 'caught-up':
      return `caught up, ${update.recovered} recovered`
    case 'down':
      return `down: ${update.error.message}`
  }
}
