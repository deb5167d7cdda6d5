/**
 * One entity as the API sent it, in JSON or as an XML element; read through the functions below, which know both.
 * It may hold secrets (a VM's VNC password), so it is read at once and never kept, logged or put into an error.
 */
export type Resource = { readonly [name: string]: unknown }

/** Whether a value can be a {@link Resource}. */
export function isResource(value: unknown): value is Resource {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A field as text; null where it is missing, empty or no scalar. */
export function textOf(resource: Resource, name: string): string | null {
  const value = resource[name]
  if (typeof value === 'string') return value === '' ? null : value
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : null
}

/** A field as a whole number, from a number or from digits; null for anything else. */
export function integerOf(resource: Resource, name: string): number | null {
  const value = resource[name]
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : null
  return typeof value === 'string' && /^\s*-?\d{1,15}\s*$/.test(value) ? Number(value) : null
}

/** href of the first link with this `rel`; null where there is none. JSON has `links`, XML `link` elements. */
export function linkOf(resource: Resource, rel: string): string | null {
  const json = resource['links']
  if (Array.isArray(json)) return jsonLink(json, rel)
  const xml = resource['link']
  if (xml === undefined) return null
  return xmlLink(Array.isArray(xml) ? xml : [xml], rel)
}

/** Whether it says anything at all about links of its own paging (`first`, `next`, `previous`, `last`). */
export function hasPagingLinks(resource: Resource): boolean {
  return ['first', 'last', 'next', 'previous', 'prev'].some((rel) => linkOf(resource, rel) !== null)
}

// Two functions and names that are constants: with names handed in, the search took half as long as JSON.parse.

function jsonLink(links: readonly (Partial<Record<'rel' | 'href', unknown>> | null)[], rel: string): string | null {
  for (const link of links) {
    if (link?.rel === rel && typeof link.href === 'string' && link.href !== '') return link.href
  }
  return null
}

function xmlLink(links: readonly (Partial<Record<'@rel' | '@href', unknown>> | null)[], rel: string): string | null {
  for (const link of links) {
    if (link?.['@rel'] === rel && typeof link['@href'] === 'string' && link['@href'] !== '') return link['@href']
  }
  return null
}
