import type { Connection } from '@novnc-tokens/api'
import { checkFilters } from '../filters/check-filters.ts'
import type { Filters } from '../filters/filters.ts'
import { type Cursor, isCursor } from './cursor.ts'

/** How the platform is watched. */
export interface WatchOptions {
  connection: Connection
  /** URL of the stream. @default the API's origin and `/m/stream` */
  url?: string
  /**
   * `stream`: the Outbound API alone. `poll`: the history of events, asked again and again. `auto`: the stream, and
   * polling for as long as the platform has none, or refuses it to a user whose log-in works.
   * @default 'auto'
   */
  mode?: 'auto' | 'stream' | 'poll'
  /** @default all events */
  filters?: Filters
  /**
   * Since when events are wanted: a moment of the platform's clock in milliseconds since 1970, or what `cursor` of an
   * earlier watch gave. @default the beginning of the watch
   */
  since?: number | Cursor
  /** Whether to go on after what `since` asks for. @default true */
  follow?: boolean
  /**
   * `time`: after each gap events wait some seconds, until those before them are known. `arrival`: no event waits, so
   * that recovered ones may come after newer ones. @default 'time'
   */
  order?: 'time' | 'arrival'
  /** So long after a moment the platform's history has nearly all of its events, in milliseconds. @default 3000 */
  settleMs?: number
  /** Whether the history is asked for what the stream did not tell. @default true, but with a filter of scopes */
  recover?: boolean
  /** Milliseconds between two polls. @default 5000 */
  pollIntervalMs?: number
  /** Silence after which the stream is opened anew, in milliseconds. @default 150000 */
  idleTimeoutMs?: number
  /** How many updates may wait for their consumer before they are dropped, and recovered later. @default 20000 */
  queueLength?: number
  /** Ends the watch. */
  signal?: AbortSignal
  /** Source of randomness in [0, 1). @default Math.random */
  random?: () => number
}

/** What tells that updates were dropped needs some places of its own. */
const leastQueue = 4

/**
 * Refuses settings that cannot be right, or contradict each other.
 *
 * @throws FilterError, RangeError
 */
export function checkOptions(options: WatchOptions): void {
  const { filters = {}, mode, since, follow, order, recover, queueLength } = options
  checkFilters(filters)
  if ((filters.scope ?? []).length > 0 && (since !== undefined || mode === 'poll')) {
    throw new RangeError('The filter "scope" is no field of an event: only the stream knows it, not the history')
  }
  if (options.url !== undefined && !URL.canParse(options.url))
    throw new TypeError(`${JSON.stringify(options.url)} is no URL of a stream`)
  if (follow === false && since === undefined)
    throw new RangeError('Without "since" there is nothing to tell but what follows')
  if (recover === false && since !== undefined)
    throw new RangeError('With "since" the history is asked, which "recover" forbids')
  if (since !== undefined && !Number.isFinite(since) && !isCursor(since))
    throw new RangeError('"since" is a moment in milliseconds since 1970, or what "cursor" gave')
  if (mode !== undefined && !['auto', 'stream', 'poll'].includes(mode))
    throw new RangeError(`No mode is called "${mode}"`)
  if (order !== undefined && !['time', 'arrival'].includes(order)) throw new RangeError(`No order is called "${order}"`)
  if (queueLength !== undefined && !(Number.isInteger(queueLength) && queueLength >= leastQueue))
    throw new RangeError(`"queueLength" is a whole number from ${leastQueue}`)
  for (const name of ['settleMs', 'pollIntervalMs', 'idleTimeoutMs'] as const) {
    const ms = options[name]
    if (ms !== undefined && !(ms >= (name === 'settleMs' ? 0 : 1)))
      throw new RangeError(`"${name}" is a number of milliseconds from ${name === 'settleMs' ? 0 : 1}`)
  }
}
