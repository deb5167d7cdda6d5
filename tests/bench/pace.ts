import type { Platform, SeenRequest } from './platform.ts'

/**
 * A real platform reads each VM from its database, and is far slower than a mock that has everything written. With so
 * much for each megabyte, curl takes 1.2 to 1.6 s for the lists of 100,000 VMs.
 */
const msPerMegabyte = 2

/** How late answers to requests with this query are. */
export interface Delay {
  readonly query: string
  readonly ms: number
}

/**
 * Makes each list of VMs late in proportion to its size, whole or in pages, as the requests since the last clear show
 * their sizes.
 */
export async function pace(platform: Platform): Promise<void> {
  for (const { query, ms } of delaysFor(await platform.requests())) {
    const path = `/virtualmachines\\?${query.replace(/[^\w=]/g, '\\$&')}$`
    await platform.control('faults', { fault: { kind: 'delay', ms }, target: { path } })
  }
}

/** Delays by query, from the mean size of the answers to it. */
export function delaysFor(requests: readonly SeenRequest[]): Delay[] {
  const seen = new Map<string, { count: number; bytes: number }>()
  for (const { path, bytes } of requests) {
    const [, query] = /\/virtualmachines\?(.+)$/.exec(path) ?? []
    if (query === undefined) continue
    const sum = seen.get(query) ?? { count: 0, bytes: 0 }
    seen.set(query, { count: sum.count + 1, bytes: sum.bytes + bytes })
  }
  return [...seen]
    .map(([query, { count, bytes }]) => ({ query, ms: Math.round((bytes / count / 1e6) * msPerMegabyte) }))
    .filter(({ ms }) => ms > 0)
}
