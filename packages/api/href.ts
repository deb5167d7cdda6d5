/** The context path of Abiquo's API wherever nobody changed it; event URIs start with it (Abiquo's Trace entity). */
const usualContext = '/api'

/** First segments below the API, for URIs without a context path: events up to Abiquo 4.6 have such. */
const knownRoots = /^\/(admin|cloud|config|events|login)(\/|\?|$)/

/** What has no place in the path of a resource: it could lead to another one than it names. */
const suspicious = /[\s\\#]|\/\/|\/\.{1,2}(\/|\?|$)|%2e|%2f|%5c/i

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

  /** @param location the API's URL as the platform itself knows it; its path is the context path */
  constructor(location: string) {
    const context = new URL(location).pathname.replace(/\/+$/, '')
    this.#contexts = context === usualContext ? [`${context}/`] : [`${context}/`, `${usualContext}/`]
  }

  /** Path and query below the API, beginning with `/`; null when `href` does not lead there. */
  pathOf(href: unknown): string | null {
    if (typeof href !== 'string') return null
    // Cut by hand: this runs for each link of each VM, and URL.parse takes ten times as long.
    const path = href.startsWith('/') ? href : href.replace(/^https?:\/\/[^/?#]+/i, '')
    if (!path.startsWith('/') || suspicious.test(path)) return null
    for (const context of this.#contexts) {
      if (path.startsWith(context) && path.length > context.length) return path.slice(context.length - 1)
    }
    return knownRoots.test(path) ? path : null
  }

  /** The same without query and trailing slash: the identity of a resource. */
  resourceOf(href: unknown): string | null {
    const path = this.pathOf(href)
    if (path === null) return null
    const query = path.indexOf('?')
    return (query < 0 ? path : path.slice(0, query)).replace(/\/+$/, '') || null
  }
}

/** Last segment of a path: the id of the resource. Null when there is none. */
export function lastSegment(path: string | null): string | null {
  if (path === null) return null
  const segment = path.slice(path.lastIndexOf('/') + 1)
  return segment === '' ? null : segment
}
