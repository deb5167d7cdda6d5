import { basic, type Clock, Connection } from '@novnc-tokens/api'
import { type EventWatch, watch as watchEvents } from '../watch/event-watch.ts'
import type { Update } from '../watch/update.ts'
import type { WatchOptions } from '../watch/watch-options.ts'
import type { StreamServer } from './stream-server.ts'

/** A watch whose updates a test takes one by one. */
export interface Watched extends AsyncDisposable {
  readonly watch: EventWatch
  readonly connection: Connection
  /** The next update; null at the end. */
  next(): Promise<Update | null>
  /** The next updates, as short texts. */
  told(count: number): Promise<readonly string[]>
}

/** Options of {@link watching}. */
export interface WatchingOptions extends Partial<WatchOptions> {
  clock: Clock
  /** Whether the connection waits at its log-in. @default false */
  patient?: boolean
}

/** Starts a watch without chance; disposed, it closes watch and connection. */
export function watching(server: StreamServer, options: WatchingOptions): Watched {
  const { patient = false, clock, ...more } = options
  const authorization = basic('admin', 'secret-of-admin')
  const connection = new Connection({ api: server.api, authorization, clock, patient, random: () => 0 })
  const watch = watchEvents({
    connection,
    url: server.stream,
    mode: 'stream',
    recover: false,
    random: () => 0,
    ...more,
  })
  const updates = watch[Symbol.asyncIterator]()
  const next = async (): Promise<Update | null> => {
    const { done, value } = await updates.next()
    return done ? null : value
  }
  return {
    watch,
    connection,
    next,
    async told(count) {
      const told: string[] = []
      while (told.length < count) {
        const update = await next()
        told.push(update === null ? 'end' : brief(update))
        if (update === null) break
      }
      return told
    },
    async [Symbol.asyncDispose]() {
      await watch.close()
      connection[Symbol.dispose]()
    },
  }
}

function brief(update: Update): string {
  switch (update.kind) {
    case 'open':
      return 'open'
    case 'event':
      return `event ${update.event.action}`
    case 'gap':
      return `gap from ${update.from}, ${update.closing ? 'closing' : 'open'}: ${update.why}`
    case 'caught-up':
      return `caught up, ${update.recovered} recovered`
    case 'down':
      return `down for ${update.retryInMs} ms: ${update.error.message}`
  }
}
