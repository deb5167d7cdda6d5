import type { Link } from './representations.ts'

/** Number of elements that a list has unless its client says otherwise. */
export const usualLimit = 25

/** A part of a list. */
export interface Page {
  readonly start: number
  readonly count: number
  readonly total: number
  readonly links: readonly Link[]
}

/** How lists are cut. */
export interface PagingRules {
  /** False: `limit` and `startwith` mean nothing. */
  readonly paging: boolean
  readonly refuseLimitZero: boolean
  /** The most elements of a page, whatever the client asks for. */
  readonly maxPageSize: number
}

/** Deliberate mistakes of a server that pages. */
export type PagingMistake = 'loop' | 'repeat' | 'duplicate' | 'empty' | { readonly totalOff: number }

/** Cuts a list of `total` elements for a query; null: the query is refused. `href` is the list's own address. */
export function pageOf(
  query: URLSearchParams,
  total: number,
  href: string,
  rules: PagingRules,
  mistakes: readonly PagingMistake[] = [],
): Page | null {
  if (mistakes.includes('empty')) return { start: 0, count: 0, total: 0, links: [] }
  const told = mistakes.reduce((sum, mistake) => sum + (typeof mistake === 'object' ? mistake.totalOff : 0), total)
  if (!rules.paging) return { start: 0, count: total, total: told, links: [] }
  const asked = numberOf(query.get('limit'), usualLimit)
  const startwith = numberOf(query.get('startwith'), 0)
  if (asked === null || startwith === null || (asked === 0 && rules.refuseLimitZero)) return null
  const limit = Math.min(asked === 0 ? Number.POSITIVE_INFINITY : asked, rules.maxPageSize)
  if (limit === Number.POSITIVE_INFINITY)
    return { start: startwith, count: Math.max(0, total - startwith), total: told, links: [] }

  // Something was inserted while the client paged: all that follows has moved by one.
  const moved = mistakes.includes('duplicate') && startwith > 0 ? 1 : 0
  const start = mistakes.includes('repeat') ? 0 : startwith - moved
  const count = Math.max(0, Math.min(limit, total - start))
  const at = (offset: number) => `${href}?${queryWith(query, limit, offset)}`
  const links: Link[] = [{ rel: 'first', href: at(0) }]
  if (startwith > 0) links.push({ rel: 'previous', href: at(Math.max(0, startwith - limit)) })
  const next = mistakes.includes('loop') ? Math.max(0, startwith - limit) : startwith + limit
  if (next < total + moved || mistakes.includes('loop')) links.push({ rel: 'next', href: at(next) })
  links.push({ rel: 'last', href: at(Math.max(0, Math.floor((total - 1) / limit) * limit)) })
  return { start, count, total: told + moved, links }
}

function numberOf(text: string | null, usual: number): number | null {
  if (text === null) return usual
  return /^\d+$/.test(text) ? Number(text) : null
}

function queryWith(query: URLSearchParams, limit: number, startwith: number): string {
  const copy = new URLSearchParams(query)
  copy.set('limit', String(limit))
  copy.set('startwith', String(startwith))
  return copy.toString()
}
