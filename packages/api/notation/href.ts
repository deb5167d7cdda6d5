/** The context path of Abiquo's API wherever nobody changed it; event URIs start with it (Abiquo's Trace entity). */
const usualContext = '/api'

/** First segments below the API, for URIs without a context path: events up to Abiquo 4.6 have such. */
const knownRoots = /^\/(admin|cloud|config|events|login)(\/|\?|$)/

/** What has no place in the path of a resource: it could lead to another one than it names. */
const suspicious = /[\s\\#]|\/\/|\/\.{1,2}([/?;]|$)|%2e|%2f|%5c/i

/** Beyond this number the shared hrefs are forgotten: machines come and go over the years. */
const mostShared = 20_000

/**
 * Turns the platform's hrefs and URIs into paths below the API. A platform makes hrefs from its own idea of its
 * address, which may name a host that a client cannot reach, so only what follows the API's context path counts.
 *
 * @example
 * ```ts
 * const hrefs = new Hrefs('https://abiquo.example.com/api')
 * hrefs.pathOf('https://10.0.0.1:443/api/admin/enterprises/1?limit=2') // '/admin/enterprises/1?limit=2'
 * hrefs.pathOf('/cloud/virtualdatacenters/3') // '/cloud/virtualdatacenters/3'
 * hrefs.pathOf('https://abiquo.example.com/other') // null
 * ```
 */
export class Hrefs {
  readonly #contexts: readonly string[]
  /** An href of plain segments, as nearly all are: its path below the API, and its last segment. */
  readonly #plain: RegExp
  readonly #shared = new Map<string, Located>()

  /** @param location the API's URL as the platform itself knows it; its path is the context path */
  constructor(location: string) {
    const context = new URL(location).pathname.replace(/\/+$/, '')
    // The longest first: an API at the root would take the usual context for a part of the path.
    const contexts = context === '' ? [usualContext, context] : [context, usualContext]
    this.#contexts = [...new Set(contexts)].map((each) => `${each}/`)
    const prefixes = this.#contexts.map((prefix) => escaped(prefix.slice(0, -1))).join('|')
    this.#plain = new RegExp(String.raw`^(?:https?://[^/?#\s\\]+)?(?:${prefixes})((?:/[\w-]+)*/([\w-]+))$`)
  }

  /** Path and query below the API, beginning with `/`; null when `href` does not lead there. */
  pathOf(href: unknown): string | null {
    if (typeof href !== 'string') return null
    const path = href.startsWith('/') ? href : href.replace(/^https?:\/\/[^/?#]+/i, '')
    if (!path.startsWith('/') || suspicious.test(path)) return null
    for (const context of this.#contexts) {
      if (path.startsWith(context) && path.length > context.length) return path.slice(context.length - 1)
    }
    return knownRoots.test(path) ? path : null
  }

  /** The same without query and trailing slash: the identity of a resource. */
  resourceOf(href: unknown): string | null {
    return this.locate(href)?.path ?? null
  }

  /** Path and id of the resource that `href` leads to; null where it leads to none. */
  locate(href: unknown): Located | null {
    if (typeof href !== 'string') return null
    // One expression for nearly all: this runs for each VM of each list.
    const plain = this.#plain.exec(href)
    if (plain?.[1] !== undefined && plain[2] !== undefined) return { path: plain[1], id: plain[2] }
    const path = this.pathOf(href)?.replace(/\?.*$/s, '').replace(/\/+$/, '') ?? ''
    const id = lastSegment(path)
    return id === null ? null : { path, id }
  }

  /** The same for what many links lead to, such as a machine: found once, and one copy for all. */
  locateShared(href: unknown): Located | null {
    if (typeof href !== 'string') return null
    const known = this.#shared.get(href)
    if (known !== undefined) return known
    const located = this.locate(href)
    if (this.#shared.size >= mostShared) this.#shared.clear()
    if (located !== null) this.#shared.set(href, located)
    return located
  }
}

/** Where a resource is, and which it is. */
export interface Located {
  /** Path below the API. */
  readonly path: string
  /** Last segment of the path. */
  readonly id: string
}

/** Last segment of a path: the id of the resource. Null when there is none. */
export function lastSegment(path: string | null): string | null {
  if (path === null) return null
  const segment = path.slice(path.lastIndexOf('/') + 1)
  return segment === '' ? null : segment
}

/** A text as a regular expression that matches just it. */
function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}
