import { filterOf, passes } from './event-filter.ts'
import type { LoggedEvent } from './event-log.ts'
import { type PlatformEvent, traceOf } from './events.ts'
import { type Found, listOf } from './found.ts'
import { type Entity, kinds, type Scalar } from './representations.ts'
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
  const found = platform.events.history.filter(({ event }) => {
    if (event.timestamp < from || event.timestamp > to || !sees(account, event)) return false
    if (performed !== undefined && !performed.includes(`${event.entity}_${event.action}`)) return false
    return passes(event, filter)
  })
  if (request.query.get('asc') !== 'true') found.reverse()
  return listOf(kinds.event, found, settings.eventFormat === 'trace' ? traceEntity : legacyEntity)
}

function timeOf(text: string | null, form: 'iso' | 'epoch', open: number): number | null {
  if (text === null) return open
  if (form === 'epoch') return /^\d{1,11}$/.test(text) ? Number(text) * 1000 : null
  if (!/^\d{4}-\d\d-\d\d/.test(text)) return null
  // A plus sign that the client did not escape has become a blank.
  const time = Date.parse(text.replace(' ', '+'))
  return Number.isNaN(time) ? null : time
}

function traceEntity({ id, event }: LoggedEvent): Entity {
  const fields: Record<string, Scalar> = { id }
  for (const [name, value] of Object.entries(traceOf(event))) {
    if (value === null || typeof value !== 'object') fields[name] = value as Scalar
  }
  return { fields, links: [] }
}

function legacyEntity({ id, event }: LoggedEvent): Entity {
  const [share, appliance, vm] = pathNumbers(event)
  return {
    fields: {
      id,
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
