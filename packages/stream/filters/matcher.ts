import { lastSegment, type PlatformEvent } from '@novnc-tokens/api'
import { type Filters, normalizeFilters } from './filters.ts'

type Test = (event: PlatformEvent) => boolean

/**
 * Makes the test that events from elsewhere than the filtered stream must pass: the same filters on our side. `scope` is
 * left out, since no field of an event tells it. Events up to Abiquo 4.6 tell users and enterprises by URI only: to find
 * them there, give ids or URIs instead of names.
 *
 * @example
 * ```ts
 * const wanted = matcher({ severity: ['WARN', 'ERROR'], user: ['system'] })
 * const alarming = events.filter(wanted)
 * ```
 */
export function matcher(filters: Filters): Test {
  const { severity, entity, action, user, enterprise } = normalizeFilters(filters)
  const tests: Test[] = []
  if (action) tests.push(among(action, (event) => event.action))
  if (entity) tests.push(among(entity, (event) => event.entity))
  if (severity) tests.push(among(severity, (event) => event.severity))
  if (user) {
    const one = identified(user)
    const system = user.includes('system')
    tests.push((event) => (system && isSystem(event)) || one(event.userName, event.userPath))
  }
  if (enterprise) {
    const one = identified(enterprise)
    tests.push((event) => one(event.enterpriseName, event.enterprisePath))
  }
  return (event) => tests.every((test) => test(event))
}

/** Whether an event passes the filters; {@link matcher} is the same for many events. */
export function matches(event: PlatformEvent, filters: Filters): boolean {
  return matcher(filters)(event)
}

function among(values: readonly string[], read: (event: PlatformEvent) => string | null): Test {
  const wanted = new Set(values)
  return (event) => {
    const value = read(event)
    return value !== null && (wanted.has(value) || wanted.has(value.toUpperCase()))
  }
}

/** Whether the platform itself acted: newer events then have no user, those up to 4.6 have `SYSTEM` instead of a URI. */
function isSystem({ userName, userPath }: PlatformEvent): boolean {
  return userPath === null && (userName === null || userName.toLowerCase() === 'system')
}

/** Whether a name, or the path below the API, is among the values: names, ids, and paths or URIs with any beginning. */
function identified(values: readonly string[]): (name: string | null, path: string | null) => boolean {
  const wanted = new Set(values)
  const paths = values.filter((value) => value.includes('/')).map((value) => value.replace(/[?#].*$/s, ''))
  const ends = paths.map((path) => path.replace(/\/+$/, ''))
  return (name, path) => {
    if (name !== null && wanted.has(name)) return true
    if (path === null) return false
    const id = lastSegment(path)
    return (id !== null && wanted.has(id)) || ends.some((end) => end.endsWith(path))
  }
}
