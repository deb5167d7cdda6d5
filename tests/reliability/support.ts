import { type FaultProxy, type NetworkFault, startFaultProxy } from '../fault-proxy/index.ts'
import { waitFor } from '../support/wait.ts'
import { type Site, type SiteOptions, type Status, startSite } from '../system/support.ts'

/** Longest that a test of this folder may take, in ms: they run at once, on few cores. */
export const limitMs = 90_000

/** A site whose daemon reaches the platform through proxies. */
export interface ProxiedSite extends Site {
  /** Before the API. */
  readonly rest: FaultProxy
  /** Before the stream. */
  readonly stream: FaultProxy
  /** Puts a fault in force on both. */
  ill(fault: NetworkFault): Disposable
}

/** Starts a site with a proxy before the API and another one before the stream. */
export async function startProxied(options: Omit<SiteOptions, 'apiUrl'> = {}): Promise<ProxiedSite> {
  const { flags = [], before, ...others } = options
  let rest: FaultProxy | undefined
  let stream: FaultProxy | undefined
  let streamUrl = ''
  const site = await startSite({
    ...others,
    before: async (mock, folder) => {
      const port = Number(new URL(mock.origin).port)
      rest = await startFaultProxy(port)
      stream = await startFaultProxy(port)
      streamUrl = stream.through(mock.streamUrl)
      await before?.(mock, folder)
    },
    apiUrl: (mock) => rest?.through(mock.apiUrl) ?? mock.apiUrl,
    flags: (folder) => ['--stream-url', streamUrl, ...(typeof flags === 'function' ? flags(folder) : flags)],
  })
  if (rest === undefined || stream === undefined) throw new Error('The proxies did not start')
  const proxies = [rest, stream]
  return {
    ...site,
    rest,
    stream,
    ill(fault) {
      const faults = proxies.map((proxy) => proxy.add(fault))
      return {
        [Symbol.dispose]() {
          for (const each of faults) each[Symbol.dispose]()
        },
      }
    },
    async [Symbol.asyncDispose]() {
      await site[Symbol.asyncDispose]()
      for (const proxy of proxies) await proxy[Symbol.asyncDispose]()
    },
  }
}

/** Waits until the status is so. */
export async function statusIs(site: Site, what: string, is: (status: Status) => boolean): Promise<Status> {
  const found = async () => {
    const status = await site.status()
    return is(status) ? status : null
  }
  return await waitFor(what, found, { withinMs: 40_000, everyMs: 20 })
}

/** Waits until the daemon says something to be wrong, and gives what it says. */
export async function degradedBy(site: Site, match: RegExp): Promise<string> {
  const found = async () => (await site.daemon.readiness()).degraded.map(String).find((reason) => match.test(reason))
  return await waitFor(`something that is wrong by ${match}`, found, { withinMs: 40_000, everyMs: 20 })
}

/** Asks for a list, and waits until one has ended. */
export async function list(site: Site): Promise<void> {
  const ended = async () => {
    const { complete, incomplete } = (await site.status()).list
    return complete + incomplete
  }
  const before = await ended()
  site.daemon.child.signal('SIGUSR1')
  await waitFor('a list to end', async () => (await ended()) > before, { withinMs: 40_000, everyMs: 20 })
}

/** Seconds as a text. */
export function seconds(value: number): string {
  return `${value.toFixed(1)} s`
}
