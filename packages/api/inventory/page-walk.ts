import type { Collection } from '../notation/collection.ts'
import { PageSizes } from './page-sizes.ts'

/** What a page walk needs to know of a page. */
export interface PageFacts extends Pick<Collection, 'totalSize' | 'next' | 'linked'> {
  /** Ids of the page's elements, in order. */
  readonly ids: readonly string[]
  /** How many elements the page has, those without an id too. */
  readonly length: number
}

/** How a walk over a collection ended. */
export interface Verdict {
  readonly complete: boolean
  /** Why it is not complete. */
  readonly why: string | null
}

/** What to do next: read this path, or end. `whole` marks a body that may hold the whole collection. */
export type Step = { readonly read: string; readonly whole: boolean } | { readonly end: Verdict }

/** Smaller pages cost requests, larger ones memory: 250 VMs are some 1.4 MB of JSON. */
const pageSize = 250
/** No platform has so many pages of one collection; a list that never ends must end. */
const maxPages = 20_000

/**
 * Walks over the pages of one collection, without I/O: `start` and each `take` say what to read next. It follows `next`
 * where the platform gives it, else counts by `startwith` until a page is short. A page longer than asked, or one that
 * repeats the first, means that the server does not page: then everything is read once, with `limit=0`, and where that
 * is refused, without `limit`.
 */
export class PageWalk {
  readonly #path: string
  readonly #resolve: (href: string) => string | null
  readonly #seen = new Set<string>()
  readonly #followed = new Set<string>()
  #mode: 'paged' | 'unlimited' | 'plain' = 'paged'
  readonly #sizes: PageSizes
  #firstPage: Pick<PageFacts, 'ids' | 'length'> | null = null
  /** Length of the page that was doubted to be the last one. */
  #doubted: number | null = null
  #pages = 0
  #count = 0

  /**
   * @param path of the collection, without a query
   * @param resolve turns the href of `next` into a path below the API; null where it leads elsewhere
   * @param sizes what other walks over the same server's collections have learnt
   */
  constructor(path: string, resolve: (href: string) => string | null, sizes = new PageSizes()) {
    this.#path = path
    this.#resolve = resolve
    this.#sizes = sizes
  }

  /** How many different elements were seen. */
  get size(): number {
    return this.#seen.size
  }

  start(): Step {
    return { read: `${this.#path}?limit=${pageSize}`, whole: false }
  }

  /** Tells that the server refused the last path with 400; null where that leaves nothing to try. */
  refused(): Step | null {
    if (this.#count > 0 || this.#mode === 'plain') return null
    return this.#restart(this.#mode === 'paged' ? 'unlimited' : 'plain')
  }

  /** Takes the page that was read. */
  take(page: PageFacts): Step {
    const before = this.#seen.size
    this.#pages++
    if (this.#firstPage === null) this.#firstPage = { ids: page.ids, length: page.length }
    else if (this.#mode === 'paged' && isSame(page, this.#firstPage)) return this.#restart('unlimited')
    if (this.#mode === 'paged') this.#sizes.saw(page.length)
    for (const id of page.ids) this.#seen.add(id)
    if (this.#doubted !== null && this.#mode === 'paged' && this.#seen.size > before) this.#sizes.refute(this.#doubted)
    this.#count += page.length
    if (this.#mode === 'paged' && page.length > pageSize) return this.#restart('unlimited')
    // With a next page it was not everything after all, unless the platform counts no more.
    if (this.#mode === 'unlimited' && (page.next === null || page.totalSize === this.#seen.size)) return this.#end(page)
    const stuck = page.length > 0 && this.#seen.size === before
    // Without a `limit` of ours the same page again means that the first one was everything.
    if (stuck && this.#mode === 'plain') return this.#end(page)
    // A short page of known elements is no repetition: one that appeared meanwhile pushed them back.
    if (stuck && page.length >= pageSize) return this.#fail('a page is repeated')
    if (this.#pages >= maxPages) return this.#fail(`it did not end within ${maxPages} pages`)
    return this.#next(page, stuck)
  }

  #next(page: PageFacts, stuck: boolean): Step {
    if (page.next !== null) {
      const path = this.#resolve(page.next)
      if (path === null) return this.#fail('its link "next" leads out of the API')
      if (this.#followed.has(path)) return this.#fail('its links "next" lead in a circle')
      this.#followed.add(path)
      return { read: path, whole: false }
    }
    const short = this.#mode === 'paged' ? page.length < pageSize : false
    const doubtful = short && page.totalSize === null && this.#sizes.doubts(page.length)
    // What does not come although the platform counts it is not asked for again and again.
    const missing = page.totalSize !== null && page.totalSize > this.#seen.size && !stuck
    if (page.length === 0 || (page.linked && !missing) || (short && !doubtful && !missing)) return this.#end(page)
    if (doubtful) this.#doubted = page.length
    const limit = this.#mode === 'paged' ? `limit=${pageSize}&` : ''
    return { read: `${this.#path}?${limit}startwith=${this.#count}`, whole: false }
  }

  #restart(mode: 'unlimited' | 'plain'): Step {
    this.#mode = mode
    this.#pages = 0
    this.#count = 0
    this.#seen.clear()
    this.#followed.clear()
    return { read: mode === 'unlimited' ? `${this.#path}?limit=0` : this.#path, whole: true }
  }

  #end(page: PageFacts): Step {
    const { totalSize } = page
    // Nothing came behind it, be it counted from there or asked for in one piece.
    if (this.#doubted === this.#seen.size) this.#sizes.prove(this.#doubted)
    if (totalSize !== null && totalSize !== this.#seen.size) {
      return this.#fail(`it has ${this.#seen.size} elements, but says that it has ${totalSize}`)
    }
    return { end: { complete: true, why: null } }
  }

  #fail(why: string): Step {
    return { end: { complete: false, why } }
  }
}

function isSame(a: Pick<PageFacts, 'ids' | 'length'>, b: Pick<PageFacts, 'ids' | 'length'>): boolean {
  if (a.length === 0 || a.length !== b.length || a.ids.length !== b.ids.length) return false
  return a.ids.every((id, index) => id === b.ids[index])
}
