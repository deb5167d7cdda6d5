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
  return typeof value === 'string' && /^-?\d{1,15}$/.test(value) ? Number(value) : null
}

/** href of the first link with this `rel`; null where there is none. JSON has `links`, XML `link` elements. */
export function linkOf(resource: Resource, rel: string): string | null {
  const json = resource['links']
  if (Array.isArray(json)) return hrefIn(json, rel, 'rel', 'href')
  const xml = resource['link']
  if (xml === undefined) return null
  return hrefIn(Array.isArray(xml) ? xml : [xml], rel, '@rel', '@href')
}

/** Whether it says anything at all about links of its own paging (`first`, `next`, `previous`, `last`). */
export function hasPagingLinks(resource: Resource): boolean {
  return ['first', 'last', 'next', 'previous', 'prev'].some((rel) => linkOf(resource, rel) !== null)
}

function hrefIn(links: readonly unknown[], rel: string, relName: string, hrefName: string): string | null {
  for (const link of links) {
    if (!isResource(link) || link[relName] !== rel) continue
    const href = link[hrefName]
    if (typeof href === 'string' && href !== '') return href
  }
  return null
}
