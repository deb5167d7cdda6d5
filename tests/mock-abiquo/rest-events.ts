import { filterOf, passes } from './event-filter.ts'
import type { LoggedEvent, Span } from './event-log.ts'
import { type PlatformEvent, traceOf } from './events.ts'
import { type Found, listOf, type Rows } from './found.ts'
import { type Entity, kinds } from './representations.ts'
import type { Call } from './routes.ts'
import { sees } from './visibility.ts'

/** `GET /events`: what happened, newest first unless `asc=true`. */
export function findEvents({ request, platform, settings, account }: Call): Found {
  if (/vnd\.abiquo\.eventtypes/.test(request.headers.get('accept') ?? '')) return eventTypes(platform.events.history)
  const from = timeOf(request.query.get('datefrom'), settings.eventDates, Number.NEGATIVE_INFINITY)
  const to = timeOf(request.query.get('dateto'), settings.eventDates, Number.POSITIVE_INFINITY)
  if (from === null || to === null) {
    const form = settings.eventDates === 'iso' ? 'ISO 8601 dates' : 'seconds since 1970'
    return { is: 'error', status: 400, code: 'EVENT-1', message: `The parameters datefrom and dateto must be ${form}` }
  }
  const filter = filterOf(request.query)
  const performed = request.query.get('actionperformed')?.split(',')
  const all = platform.events.span(from, to)
  const newestFirst = request.query.get('asc') !== 'true'
  const isWhole =
    filter.length === 0 && performed === undefined && (account.sees ?? 'all') === 'all' && account.lacks === undefined
  const keeps = ({ event }: LoggedEvent) =>
    sees(account, event) &&
    (performed === undefined || performed.includes(`${event.entity}_${event.action}`)) &&
    passes(event, filter)
  const found = rowsOf(all, newestFirst, isWhole ? undefined : keeps)
  const entityOf = settings.eventFormat === 'trace' ? traceEntity : legacyEntity
  return listOf(kinds.event, found, (row) => entityOf(row, settings.eventIds))
}

// Pages of all events are cut from the history without a look at the rest of it.
function rowsOf(
  { rows, begin, end }: Span,
  newestFirst: boolean,
  keeps?: (row: LoggedEvent) => boolean,
): Rows<LoggedEvent> {
  if (keeps !== undefined) {
    const kept = rows.slice(begin, end).filter(keeps)
    return newestFirst ? kept.reverse() : kept
  }
  return {
    length: end - begin,
    slice: (from, to) =>
      newestFirst
        ? rows.slice(Math.max(begin, end - to), Math.max(begin, end - from)).reverse()
        : rows.slice(begin + from, Math.min(end, begin + to)),
  }
}

function timeOf(text: string | null, form: 'iso' | 'epoch', open: number): number | null {
  if (text === null) return open
  return form === 'iso' ? isoTime(text) : epochTime(text)
}

function epochTime(text: string): number | null {
  return /^\d{1,11}$/.test(text) ? Number(text) * 1000 : null
}

// A day, or a time of it to the minute or finer; without a zone it is UTC.
const isoForm = /^(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)?(Z|[+-]\d\d:?\d\d)?$/

function isoTime(text: string): number | null {
  // A plus sign that the client did not escape has become a blank.
  const [, day, minute = '00:00', second = '00', fraction = '', zone = 'Z'] = isoForm.exec(text.replace(' ', '+')) ?? []
  if (day === undefined) return null
  const milliseconds = fraction.padEnd(3, '0').slice(0, 3)
  const time = Date.parse(`${day}T${minute}:${second}.${milliseconds}${zone.replace(/(\d\d)(\d\d)$/, '$1:$2')}`)
  return Number.isNaN(time) ? null : time
}

function traceEntity({ id, event }: LoggedEvent, withId: boolean): Entity {
  return { fields: withId ? { id, ...traceOf(event) } : traceOf(event), links: [] }
}

function legacyEntity({ id, event }: LoggedEvent, withId: boolean): Entity {
  const [share, appliance, vm] = pathNumbers(event)
  return {
    fields: {
      ...(withId ? { id } : {}),
      timestamp: event.timestamp,
      severity: event.severity,
      actionPerformed: `${event.entity}_${event.action}`,
      component: event.entity,
      performedBy: event.user?.nick ?? 'SYSTEM',
      user: event.user?.nick ?? null,
      idUser: event.user?.id ?? null,
      enterprise: event.user?.enterprise.name ?? null,
      idEnterprise: event.user?.enterprise.id ?? null,
      idDatacenter: event.datacenter,
      idVirtualDatacenter: share ?? null,
      idVirtualApp: appliance ?? null,
      idVirtualMachine: vm ?? null,
      virtualMachine: vm === undefined ? null : event.entityName,
      stacktrace: event.message,
      ...event.fields,
    },
    links: [],
  }
}

function pathNumbers({ entityPath }: PlatformEvent): (number | undefined)[] {
  if (entityPath === null || !entityPath.startsWith('/cloud/')) return []
  return [...entityPath.matchAll(/\/(\d+)/g)].map((match) => Number(match[1]))
}

function eventTypes(history: readonly LoggedEvent[]): Found {
  const actions = [...new Set(history.map(({ event }) => `${event.entity}_${event.action}`))].sort()
  const text = JSON.stringify({
    actions: { collection: actions, links: [] },
    severities: { collection: ['INFO', 'WARN', 'ERROR'], links: [] },
    links: [],
  })
  return { is: 'entity', kind: { media: 'eventtypes', element: 'eventTypes' }, text: () => text }
}
