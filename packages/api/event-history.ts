import { ApiError } from './errors.ts'
import { type PlatformEvent, readEvent } from './event.ts'
import { PageSizes } from './inventory/page-sizes.ts'
import { readCollection } from './notation/collection.ts'
import type { Connection } from './request/connection.ts'
import { parseAnswer } from './request/parse-answer.ts'

/** Some events of the platform's history, the oldest first. */
export interface HistoryPage {
  /** Of events that share a moment and a page, all that the history has of them, unless the page is full of that moment. */
  readonly events: readonly PlatformEvent[]
  /** The platform's clock when it answered, in milliseconds since 1970; null where it did not tell. */
  readonly at: number | null
  /** Elements that are no events. */
  readonly malformed: number
}

/** How a history is read. */
export interface HistoryOptions {
  signal?: AbortSignal
}

/** Some 0.5 MB of JSON, a hundredth of a second of work. */
const pageSize = 500
/** Nothing else has so many pages; a history that never ends must end. */
const maxPages = 20_000
/** Events in memory at once, of a platform that can tell them only with the newest first. */
const mostReversed = 200_000

/**
 * The ways to write a moment. Old versions want seconds since 1970, new ones ISO 8601 (the platform's error EVENT-1
 * says which); whether fractions of a second are welcome depends on the version too.
 */
const dateForms: readonly ((ms: number) => string)[] = [
  (ms) => new Date(ms).toISOString(),
  (ms) => new Date(ms).toISOString().replace(/\.\d+/, ''),
  (ms) => String(Math.floor(ms / 1000)),
]

/**
 * What happened on the platform, by `GET /events`: reaching back some 7 days, some events a moment late.
 *
 * @example
 * ```ts
 * const history = new EventHistory(connection)
 * for await (const { events } of history.since(Date.parse('2026-11-20T10:00:00Z'))) {
 *   for (const event of events) console.log(event.timestamp, event.entity, event.action)
 * }
 * ```
 */
export class EventHistory {
  readonly #connection: Connection
  readonly #sizes = new PageSizes()
  /** Index of the way to write a moment that the platform understands; null before that is found. */
  #form: number | null = null
  /** Whether the platform cuts a moment down to its second, so that a page may begin before it was asked to. */
  #coarse = false

  constructor(connection: Connection) {
    this.#connection = connection
  }

  /** The platform's clock and its newest event's moment, in milliseconds since 1970; null what it does not tell. */
  async now(options: HistoryOptions = {}): Promise<{ at: number | null; newest: number | null }> {
    const { events, at } = await this.#page('/events?limit=1', 0, options)
    return { at, newest: events.at(-1)?.timestamp ?? null }
  }

  /**
   * The events from a moment of the platform's clock on, page by page. A page is asked for by the moment of the last
   * event that is known, not by counting: events that come late push the others back. So pages overlap: an event that
   * is told `n` times in one page happened `n` times, and once more in the next page is the same one again.
   *
   * @param from milliseconds since 1970
   * @throws ApiError
   */
  async *since(from: number, options: HistoryOptions = {}): AsyncGenerator<HistoryPage, void> {
    let start = from
    let offset = 0
    for (let pages = 0; pages < maxPages; pages++) {
      const page = await this.#from(start, offset, options)
      if (page.newestFirst) {
        yield* await this.#reversed(start, page, options)
        return
      }
      yield page
      if (!page.more) return
      // The server has cut the moment down to its second.
      if (offset === 0 && (page.events[0]?.timestamp ?? start) < start) this.#coarse = true
      const newest = page.events.at(-1)?.timestamp ?? start
      // A little before it, since the platform may mean "after" by "from".
      const next = this.#seconds ? Math.floor(newest / 1000) * 1000 - 1000 : newest - 1
      if (next > start) {
        start = next
        offset = 0
      } else offset += page.length
    }
    throw this.#endless(`did not end within ${maxPages} pages`)
  }

  get #seconds(): boolean {
    return this.#coarse || this.#form === dateForms.length - 1
  }

  /** All events since a moment, from a platform that gives the newest first whatever it is asked for. */
  async #reversed(start: number, first: Page, options: HistoryOptions): Promise<readonly HistoryPage[]> {
    const pages = [first]
    for (let offset = first.length, last = first; last.more; offset += last.length) {
      if (offset > mostReversed) throw this.#endless(`has over ${mostReversed} events since then, the newest first`)
      last = await this.#from(start, offset, options)
      pages.push(last)
    }
    return pages.reverse()
  }

  #endless(what: string): ApiError {
    return new ApiError('malformed', `The history of events ${what}`, { url: `${this.#connection.api}/events` })
  }

  /** A page of the events since a moment; finds out how the platform wants that to be written. */
  async #from(start: number, offset: number, options: HistoryOptions): Promise<Page> {
    const rest = `&asc=true&limit=${pageSize}${offset === 0 ? '' : `&startwith=${offset}`}`
    const path = (form: number) => `/events?datefrom=${encodeURIComponent(dateForms[form]?.(start) ?? '')}${rest}`
    if (this.#form !== null) return await this.#page(path(this.#form), offset, options)
    let refusal: unknown
    for (const form of dateForms.keys()) {
      try {
        const page = await this.#page(path(form), offset, options)
        this.#form = form
        return page
      } catch (error) {
        if (!(error instanceof ApiError) || error.status !== 400) throw error
        refusal ??= error
      }
    }
    throw refusal
  }

  async #page(path: string, offset: number, { signal }: HistoryOptions): Promise<Page> {
    const { hrefs } = this.#connection
    const { body, contentType, url, at } = await this.#connection.get(path, {
      accept: 'events',
      lane: 'list',
      ...(signal === undefined ? {} : { signal }),
    })
    const { items, totalSize, next, linked } = parseAnswer(url, () => readCollection(body, contentType, 'event'))
    const read = items.map((item) => readEvent(item, hrefs)).filter((event) => event !== null)
    const { length } = items
    const newestFirst = (read[0]?.timestamp ?? 0) > (read.at(-1)?.timestamp ?? 0)
    // Those of one moment keep the platform's order.
    const events = (newestFirst ? read.reverse() : read).sort((a, b) => (a.timestamp ?? 0) - (b.timestamp ?? 0))
    this.#sizes.saw(length)
    const short = length < pageSize
    const doubtful = !short || (totalSize === null && this.#sizes.doubts(length))
    const counted = totalSize !== null && totalSize > offset + length
    // One that is longer than asked for is everything.
    const more =
      length > 0 && length <= pageSize && (linked ? next !== null : counted || (totalSize === null && doubtful))
    return { events, length, malformed: length - events.length, at, newestFirst, more }
  }
}

interface Page extends HistoryPage {
  /** How many elements it has, malformed ones too. */
  readonly length: number
  readonly newestFirst: boolean
  /** Whether there may be events behind it. */
  readonly more: boolean
}
