/**
 * What the Outbound API is asked for. Different filters must all hold, of one filter's values any. `enterprise` is the
 * enterprise of the user who acted, not of the thing acted on.
 */
export interface Filters {
  readonly severity?: readonly string[]
  readonly entity?: readonly string[]
  readonly action?: readonly string[]
  readonly user?: readonly string[]
  readonly enterprise?: readonly string[]
  readonly scope?: readonly string[]
}

const names = ['severity', 'entity', 'action', 'user', 'enterprise', 'scope'] as const

/**
 * The stream's URL with what Atmosphere needs to answer with server-sent events, and the filters.
 *
 * @example
 * ```ts
 * streamUrl('https://abiquo.example.com/m/stream', { entity: ['MACHINE', 'ENTERPRISE'] })
 * // 'https://abiquo.example.com/m/stream?X-Atmosphere-Transport=sse&X-Atmosphere-Framework=1.0&entity=MACHINE,ENTERPRISE'
 * ```
 */
export function streamUrl(stream: string, filters: Filters): string {
  const url = new URL(stream)
  const query = ['X-Atmosphere-Transport=sse', 'X-Atmosphere-Framework=1.0']
  for (const name of names) {
    const values = filters[name] ?? []
    if (values.length > 0) query.push(`${name}=${values.map(encodeURIComponent).join(',')}`)
  }
  url.search = query.join('&')
  return url.href
}
