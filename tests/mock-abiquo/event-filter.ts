import { enterprisePath, type PlatformEvent, userPath } from './events.ts'

/** What a client asked to see: different names must all match, of several values of one name any. */
export type EventFilter = ReadonlyMap<string, ReadonlySet<string>>

const names = ['severity', 'entity', 'action', 'user', 'enterprise', 'scope'] as const

/** Reads the filters of a query; values are a comma list, a repeated name, or both. */
export function filterOf(query: URLSearchParams): EventFilter {
  const filter = new Map<string, Set<string>>()
  for (const name of names) {
    const values = query.getAll(name).flatMap((text) => text.split(','))
    const wanted = values.map((value) => value.trim()).filter((value) => value !== '')
    if (wanted.length > 0) filter.set(name, new Set(wanted))
  }
  return filter
}

/** Whether an event passes. */
export function passes(event: PlatformEvent, filter: EventFilter): boolean {
  for (const [name, wanted] of filter) {
    if (!valuesOf(event, name).some((value) => wanted.has(value))) return false
  }
  return true
}

// `enterprise` is the acting user's, so a system event has none and never passes such a filter.
function valuesOf(event: PlatformEvent, name: string): readonly string[] {
  switch (name) {
    case 'severity':
      return [event.severity]
    case 'entity':
      return [event.entity]
    case 'action':
      return [event.action]
    case 'scope':
      return [event.scope]
    case 'user':
      if (event.user === null) return ['system', 'SYSTEM']
      return [event.user.nick, String(event.user.id), userPath(event.user), `/api${userPath(event.user)}`]
    case 'enterprise': {
      if (event.user === null) return []
      const { id, name: label } = event.user.enterprise
      const path = enterprisePath(event.user.enterprise)
      return [label, String(id), path, `/api${path}`]
    }
    default:
      return []
  }
}
