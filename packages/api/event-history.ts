import { isDeepStrictEqual } from 'node:util'
import { ApiError } from './errors.ts'
import { type PlatformEvent, readEvent } from './event.ts'
import { readCollection } from './notation/collection.ts'
import type { Resource } from './notation/resource.ts'
import type { Connection } from './request/connection.ts'
import { parseAnswer } from './request/parse-answer.ts'

/** Some events of the platform's history, the oldest first. */
export interface HistoryPage {
  /**
   * Of events that share a moment and a page, all that the history has of them: unless the page is full of that moment,
   * or the platform gives the newest first.
   */
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
/** No platform caps its pages at fewer. */
const fewestCapped = 10
const secondMs = 1000
/** Nothing else has so many pages; a history that never ends must end. */
const maxPages = 20_000
/** Events in memory at once, of a platform that can tell them only with the newest first. */
const mostReversed = 200_000
/** Equal pages may be equal events; but not so many. */
const mostRepeated = 4

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
  /** Elements of the longest page so far: a shorter one is the last one, even where the platform caps its pages. */
  #longest = 0
  /** How many events are asked for at once. */
  #limit = pageSize
  /** Index of the way to write a moment that the platform understands; null before that is found. */
  #form: number | null = null
  /** Whether the platform cuts a moment down to its second, so that a page may begin before it was asked to. */
  #coarse = false
  /** Whether the platform is known to give the oldest first. */
  #ascends = false
  /** Whether it gives them by something else than their moments, such as their ids. */
  #jumbled = false

  constructor(connection: Connection) {
    this.#connection = connection
  }

  /** The platform's clock and its newest event's moment, in milliseconds since 1970; null what it does not tell. */
  async now(options: HistoryOptions = {}): Promise<{ at: number | null; newest: number | null }> {
    const { events, at } = await this.#page('/events?limit=1', 0, options)
    return { at, newest: events.at(-1)?.timestamp ?? null }
  }

  /**
   * The events from a moment of the platform's clock on, page by page, and perhaps some from just before it. A page is
   * asked for by the moment of the last event that is known, not by counting: events that come late push the others
   * back. So pages overlap: an event that is told `n` times in one page happened `n` times, and once more in the next
   * page is the same one again.
   *
   * @param from milliseconds since 1970
   * @throws ApiError
   */
  async *since(from: number, options: HistoryOptions = {}): AsyncGenerator<HistoryPage, void> {
    // A little before it, since the platform may mean "after" by "from".
    const first = Math.max(0, from - secondMs)
    let [start, offset] = [first, 0]
    const repeated = repetitions()
    this.#limit = pageSize
    for (let pages = 0; pages < maxPages; pages++) {
      const page = await this.#fitting(start, offset, options)
      if (page.order === 'down') {
        yield* await this.#reversed(start, offset, page, options)
        return
      }
      yield page
      if (!page.more || repeated(page)) return
      this.#ascends ||= page.order === 'up'
      if (page.order === 'mixed' && !this.#jumbled) {
        this.#jumbled = true
        start = first
        offset = 0
        continue
      }
      // The server has cut the moment down to its second.
      if (offset === 0 && (page.events[0]?.timestamp ?? start) < start) this.#coarse = true
      const newest = page.events.at(-1)?.timestamp ?? start
      const next = this.#seconds ? Math.floor(newest / secondMs) * secondMs - secondMs : newest - 1
      // What is not in order is counted, and so is what is all of one moment: it may be the newest that came first.
      if (next > start && !this.#jumbled && this.#ascends) {
        start = next
        offset = 0
      } else offset += page.items.length
    }
    throw this.#endless(`did not end within ${maxPages} pages`)
  }

  get #seconds(): boolean {
    return this.#coarse || (this.#form ?? 0) > 0
  }

  /** All events since a moment that come after an offset, from a platform that gives the newest first. */
  async #reversed(start: number, after: number, first: Page, options: HistoryOptions): Promise<readonly HistoryPage[]> {
    const pages = [first]
    const repeated = repetitions()
    for (
      let offset = after + first.items.length, last = first;
      last.more && !repeated(last);
      offset += last.items.length
    ) {
      if (offset > mostReversed) throw this.#endless(`has over ${mostReversed} events since then, the newest first`)
      last = await this.#fitting(start, offset, options)
      pages.push(last)
    }
    return pages.reverse()
  }

  #endless(what: string): ApiError {
    return new ApiError('malformed', `The history of events ${what}`, { url: `${this.#connection.api}/events` })
  }

  /** A page of the events since a moment, of fewer events where they are too large for one answer. */
  async #fitting(start: number, offset: number, options: HistoryOptions): Promise<Page> {
    for (;;) {
      try {
        return await this.#from(start, offset, options)
      } catch (error) {
        if (!(error instanceof ApiError) || error.code !== 'too-large' || this.#limit === 1) throw error
        this.#limit = Math.ceil(this.#limit / 4)
      }
    }
  }

  /** A page of the events since a moment; finds out how the platform wants that to be written. */
  async #from(start: number, offset: number, options: HistoryOptions): Promise<Page> {
    const rest = `&asc=true&limit=${this.#limit}${offset === 0 ? '' : `&startwith=${offset}`}`
    const path = (form: number) => `/events?datefrom=${encodeURIComponent(dateForms[form]?.(start) ?? '')}${rest}`
    const known = this.#form
    let refusal: unknown
    // The one that is known comes first; a platform that was upgraded may want another one.
    for (const form of known === null ? dateForms.keys() : [known, ...dateForms.keys()]) {
      if (refusal !== undefined && form === known) continue
      try {
        const page = await this.#page(path(form), offset, options)
        this.#form = form
        return page
      } catch (error) {
        if (!isAboutForm(error, known !== null)) throw error
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
    const order = orderOf(read)
    // Those of one moment keep the platform's order.
    const events = (order === 'down' ? read.reverse() : read).sort((a, b) => momentOf(a) - momentOf(b))
    const doubtful = length >= Math.max(fewestCapped, this.#longest) || length >= this.#limit
    this.#longest = Math.max(this.#longest, length)
    const counted = totalSize !== null && totalSize > offset + length
    // One that is longer than asked for is everything.
    const more =
      length > 0 && length <= this.#limit && (linked ? next !== null : counted || (totalSize === null && doubtful))
    return { items, events, malformed: length - events.length, at, order, more }
  }
}

/** How a page is sorted by its moments: `flat` where all are the same, `mixed` where it is rather by something else. */
type Order = 'up' | 'down' | 'mixed' | 'flat'

interface Page extends HistoryPage {
  /** Its elements, malformed ones too. */
  readonly items: readonly Resource[]
  readonly order: Order
  /** Whether there may be events behind it. */
  readonly more: boolean
}

function momentOf({ timestamp }: PlatformEvent): number {
  return timestamp ?? 0
}

function orderOf(events: readonly PlatformEvent[]): Order {
  let [ups, downs] = [0, 0]
  for (const [index, event] of events.entries()) {
    const step = momentOf(event) - momentOf(events[index - 1] ?? event)
    if (step > 0) ups++
    else if (step < 0) downs++
  }
  if (ups === 0) return downs === 0 ? 'flat' : 'down'
  return downs === 0 ? 'up' : ups < downs ? 'down' : 'mixed'
}

/** Tells of each page whether it came so often in a row that the platform must be giving one page for all. */
function repetitions(): (page: Page) => boolean {
  let last: Page | null = null
  let times = 1
  return (page) => {
    times = last !== null && isSame(page, last) ? times + 1 : 1
    last = page
    return times >= mostRepeated
  }
}

/** Whether two pages have the same elements; where these nest too deep to be compared, the same events. */
function isSame(page: Page, other: Page): boolean {
  try {
    return isDeepStrictEqual(page.items, other.items)
  } catch {
    return isDeepStrictEqual(page.events, other.events)
  }
}

/**
 * Whether a refusal may be about how a moment is written. Some versions do not find what they cannot parse (404), as
 * JAX-RS has it for parameters (section 3.2); once a way is known, that means something else.
 */
function isAboutForm(error: unknown, known: boolean): boolean {
  if (!(error instanceof ApiError)) return false
  if (error.status === 400) return true
  // Abiquo's own 500 may be its parser that broke.
  return !known && (error.status === 404 || (error.status === 500 && error.abiquoCode !== null))
}
