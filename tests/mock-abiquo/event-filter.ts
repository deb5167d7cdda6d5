import { enterprisePath, type PlatformEvent, userPath } from './events.ts'

/** What a client asked to see: all tests must pass. */
export type EventFilter = readonly ((event: PlatformEvent) => boolean)[]

/**
 * Reads the filters of a query: different names must all match, of several values of one name any. Values are a comma
 * list, a repeated name, or both.
 */
export function filterOf(query: URLSearchParams): EventFilter {
  return Object.entries(tests).flatMap(([name, testOf]) => {
    const values = query.getAll(name).flatMap((text) => text.split(','))
    const wanted = new Set(values.map((value) => value.trim()).filter((value) => value !== ''))
    return wanted.size === 0 ? [] : [testOf(wanted)]
  })
}

/** Whether an event passes. */
export function passes(event: PlatformEvent, filter: EventFilter): boolean {
  for (const test of filter) if (!test(event)) return false
  return true
}

type TestOf = (wanted: ReadonlySet<string>) => EventFilter[number]

const tests: Readonly<Record<string, TestOf>> = {
  severity: (wanted) => (event) => wanted.has(event.severity),
  entity: (wanted) => (event) => wanted.has(event.entity),
  action: (wanted) => (event) => wanted.has(event.action),
  scope: (wanted) => (event) => wanted.has(event.scope),
  user:
    (wanted) =>
    ({ user }) => {
      if (user === null) return wanted.has('system') || wanted.has('SYSTEM')
      return isAnyOf(wanted, user.nick, user.id, userPath(user))
    },
  // The acting user's, so a system event has none and never passes.
  enterprise:
    (wanted) =>
    ({ user }) =>
      user !== null && isAnyOf(wanted, user.enterprise.name, user.enterprise.id, enterprisePath(user.enterprise)),
}

function isAnyOf(wanted: ReadonlySet<string>, name: string, id: number, path: string): boolean {
  return wanted.has(name) || wanted.has(String(id)) || wanted.has(path) || wanted.has(`/api${path}`)
}
