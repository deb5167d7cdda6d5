import type { Action, Entity, Scope, Severity } from './names.ts'

/**
 * Which events are wanted. Different filters must all hold, of one filter's values any. Names of severities, entities,
 * actions and scopes may be in any case.
 */
export interface Filters {
  readonly severity?: readonly Severity[]
  /** Kinds of things the events are about. A name that looks like a slip is refused, unless it begins with `=`. */
  readonly entity?: readonly Entity[]
  /** What was done. A name that looks like a slip is refused, unless it begins with `=`. */
  readonly action?: readonly Action[]
  /** Who acted: names, ids or URIs of users; `system` is the platform itself. */
  readonly user?: readonly string[]
  /** The enterprise of the user who acted, not of the thing acted on: names, ids or URIs. The platform itself has none. */
  readonly enterprise?: readonly string[]
  /** How far the events reach. No field of an event tells it, so only the Outbound API can filter by it. */
  readonly scope?: readonly Scope[]
}

/** A filter's name. */
export type FilterName = keyof Filters

/** All filters, in the order in which the stream is asked for them. */
export const filterNames = ['severity', 'entity', 'action', 'user', 'enterprise', 'scope'] as const

/**
 * The filters as the platform is asked for them: names in capitals and without the `=` that insists on them, `system` in
 * lower case, nothing twice, and filters without values left out.
 */
export function normalizeFilters(filters: Filters): Filters {
  const normal: Partial<Record<FilterName, readonly string[]>> = {}
  for (const name of filterNames) {
    const values = filters[name] ?? []
    if (values.length > 0) normal[name] = [...new Set(values.map((value) => normalValue(name, value)))]
  }
  return normal
}

function normalValue(filter: FilterName, value: string): string {
  const text = value.trim()
  if (filter === 'user') return text.toLowerCase() === 'system' ? 'system' : text
  // The others are names that the platform writes in capitals.
  return filter === 'enterprise' ? text : text.replace(/^=/, '').toUpperCase()
}

/**
 * The stream's URL with what Atmosphere needs to answer with server-sent events, and the filters. What else its query
 * has stays.
 *
 * @example
 * ```ts
 * streamUrl('https://abiquo.example.com/m/stream', { entity: ['MACHINE', 'ENTERPRISE'] })
 * // 'https://abiquo.example.com/m/stream?X-Atmosphere-Transport=sse&X-Atmosphere-Framework=1.0&entity=MACHINE,ENTERPRISE'
 * ```
 */
export function streamUrl(stream: string, filters: Filters): string {
  const url = new URL(stream)
  const asked = new Map<string, string>([
    ['X-Atmosphere-Transport', 'sse'],
    ['X-Atmosphere-Framework', '1.0'],
  ])
  for (const [name, values] of Object.entries(normalizeFilters(filters))) {
    asked.set(name, (values as readonly string[]).map(encodeURIComponent).join(','))
  }
  const own = url.search.slice(1).split('&')
  const kept = own.filter((pair) => pair !== '' && !asked.has(nameOf(pair)))
  url.search = [...kept, ...[...asked].map(([name, value]) => `${name}=${value}`)].join('&')
  return url.href
}

/** The name in `name=value`, as the server reads it. */
function nameOf(pair: string): string {
  return new URLSearchParams(pair).keys().next().value ?? ''
}
