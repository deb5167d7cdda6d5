/** An event as a platform has it: `seenAt` is when its history has it, both in milliseconds since 1970. */
export interface Recorded {
  readonly timestamp: number | null
  readonly seenAt: number
  /** What the platform tells of it. */
  readonly told: object
}

/** How the platform of a {@link FakeHistory} behaves. */
export interface HistoryHabits {
  /** How a moment has to be written: other ways are refused with EVENT-1. @default 'iso' */
  readonly dates: 'iso' | 'seconds of iso' | 'epoch'
  /** Whether it cuts moments down to their second. @default false */
  readonly floors: boolean
  /** Whether an event of the very moment is left out. @default false */
  readonly excludes: boolean
  /** Longest page, whatever is asked for; null: it does not page at all. @default 500 */
  readonly cap: number | null
  readonly links: boolean
  readonly totalSize: boolean
  readonly ids: boolean
  /** Whether the newest come first, whatever is asked for. @default false */
  readonly newestFirst: boolean
  readonly format: 'json' | 'xml'
  /** Whether it counts by `startwith`. @default true */
  readonly counts: boolean
}

const usual: HistoryHabits = {
  dates: 'iso',
  floors: false,
  excludes: false,
  cap: 500,
  links: true,
  totalSize: true,
  ids: false,
  newestFirst: false,
  format: 'json',
  counts: true,
}

/** The history of a platform, as `GET /events` tells it. */
export class FakeHistory {
  habits: HistoryHabits
  /** By moment; of one moment, in the order in which they were added. */
  readonly #events: (Recorded & { readonly id: number })[] = []
  #ids = 0

  constructor(habits: Partial<HistoryHabits> = {}) {
    this.habits = { ...usual, ...habits }
  }

  add(...events: Recorded[]): void {
    for (const event of events) {
      const index = this.#indexOf((timestamp) => timestamp > momentOf(event))
      this.#events.splice(index, 0, { ...event, id: ++this.#ids })
    }
  }

  /** The answer at a moment; `date` is its header, null for none. */
  answer(url: string, at: number, date: number | null = at): Response {
    const { searchParams } = new URL(url)
    const { floors, excludes, ids, format, dates, newestFirst, totalSize } = this.habits
    const text = searchParams.get('datefrom')
    const asked = text === null ? Number.NEGATIVE_INFINITY : readDate(text, dates)
    const headers = date === null ? {} : { date: new Date(date).toUTCString() }
    if (asked === null) {
      const refusal = { collection: [{ code: 'EVENT-1', message: `Dates are ${dates}` }] }
      return Response.json(refusal, { status: 400, headers })
    }
    const from = floors ? Math.floor(asked / 1000) * 1000 : asked
    const first = this.#indexOf((timestamp) => (excludes ? timestamp > from : timestamp >= from))
    const down = newestFirst || searchParams.get('asc') !== 'true'
    const { start, end } = this.#span(searchParams)
    const events = this.#events
    const found: (typeof events)[number][] = []
    const step = down ? -1 : 1
    for (let index = down ? events.length - 1 : first; index >= first && index < events.length; index += step) {
      const event = events[index]
      if (event !== undefined && event.seenAt <= at) found.push(event)
      if (!totalSize && found.length > end) break
    }
    const links = this.#links(end < found.length ? end : null)
    const items = found.slice(start, end).map(({ id, told }) => (ids ? { id, ...told } : told))
    const size = totalSize ? { totalSize: found.length } : {}
    if (format === 'json') return Response.json({ links, collection: items, ...size }, { headers })
    const body = `<events>${links.map(linkXml).join('')}${fieldsXml(size)}${items.map(itemXml).join('')}</events>`
    return new Response(body, { headers: { ...headers, 'content-type': 'application/vnd.abiquo.events+xml' } })
  }

  /** Index of the first event whose moment passes, as all after it do. */
  #indexOf(passes: (timestamp: number) => boolean): number {
    let [low, high] = [0, this.#events.length]
    while (low < high) {
      const middle = (low + high) >> 1
      const event = this.#events[middle]
      if (event !== undefined && passes(momentOf(event))) high = middle
      else low = middle + 1
    }
    return low
  }

  #span(query: URLSearchParams): { start: number; end: number } {
    const { cap, counts } = this.habits
    if (cap === null) return { start: 0, end: Number.POSITIVE_INFINITY }
    const start = counts ? Number(query.get('startwith') ?? 0) : 0
    return { start, end: start + Math.min(cap, Number(query.get('limit') ?? 25)) }
  }

  #links(next: number | null): readonly Link[] {
    if (!this.habits.links || this.habits.cap === null) return []
    const first = { rel: 'first', href: '/api/events' }
    return next === null ? [first] : [first, { rel: 'next', href: `/api/events?startwith=${next}` }]
  }
}

interface Link {
  readonly rel: string
  readonly href: string
}

function momentOf({ timestamp }: Recorded): number {
  return timestamp ?? Number.NEGATIVE_INFINITY
}

function readDate(text: string, dates: HistoryHabits['dates']): number | null {
  if (dates === 'epoch') return /^\d+$/.test(text) ? Number(text) * 1000 : null
  const form = dates === 'iso' ? /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/ : /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/
  return form.test(text) ? Date.parse(text) : null
}

function linkXml({ rel, href }: Link): string {
  return `<link rel="${rel}" href="${href.replaceAll('&', '&amp;')}"/>`
}

function itemXml(item: object): string {
  return `<event>${fieldsXml(item)}</event>`
}

function fieldsXml(fields: object): string {
  return Object.entries(fields)
    .map(([name, value]) => (value === null ? '' : `<${name}>${value}</${name}>`))
    .join('')
}
