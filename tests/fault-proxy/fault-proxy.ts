import { createServer, type Server, type Socket } from 'node:net'
import { randomOf } from '../mock-abiquo/random.ts'
import type { ActiveNetworkFault, NetworkFault } from './fault.ts'
import { Link } from './link.ts'

/** Options of {@link startFaultProxy}. */
export interface FaultProxyOptions {
  /** The same seed gives the same jitter. @default 1 */
  readonly seed?: number
}

/** A TCP proxy whose network can fall ill; TLS passes like anything else. */
export interface FaultProxy extends AsyncDisposable {
  /** Port on 127.0.0.1 that clients connect to. */
  readonly port: number
  /** Connections of clients that are open. */
  readonly open: number
  /** Connections that were accepted since the start. */
  readonly accepted: number
  /**
   * Puts a fault in force until it is disposed, for open connections and for new ones; several add up.
   *
   * @example using fault = proxy.add({ kind: 'latency', ms: 200, jitterMs: 50, way: 'to-client' })
   */
  add(fault: NetworkFault): ActiveNetworkFault
  /** The same URL by way of the proxy. */
  through(url: string): string
}

/** Starts a proxy on a free port of 127.0.0.1 before a server there. */
export async function startFaultProxy(serverPort: number, options: FaultProxyOptions = {}): Promise<FaultProxy> {
  const proxy = new TcpProxy(serverPort, options.seed ?? 1)
  await proxy.listen()
  return proxy
}

interface CutPlan {
  readonly plan: (link: Link) => void
  readonly undo: () => void
}

class TcpProxy implements FaultProxy {
  readonly #serverPort: number
  readonly #random: () => number
  readonly #faults = new Set<ActiveNetworkFault>()
  readonly #links = new Set<Link>()
  readonly #cuts = new Map<ActiveNetworkFault, CutPlan>()
  #server: Server | null = null
  #closed = false
  port = 0
  accepted = 0

  constructor(serverPort: number, seed: number) {
    this.#serverPort = serverPort
    this.#random = randomOf(seed)
  }

  get open(): number {
    return this.#links.size
  }

  listen(): Promise<void> {
    const server = createServer({ allowHalfOpen: true }, (client) => this.#accept(client))
    this.#server = server
    return new Promise((resolve, reject) => {
      server.once('error', reject)
      server.listen(this.port, '127.0.0.1', () => {
        const address = server.address()
        if (address !== null && typeof address === 'object') this.port = address.port
        if (this.#closed || this.#isDown()) this.#refuse()
        resolve()
      })
    })
  }

  add(fault: NetworkFault): ActiveNetworkFault {
    const active: ActiveNetworkFault = { fault, [Symbol.dispose]: () => this.#end(active) }
    this.#faults.add(active)
    if (fault.kind === 'down') this.#refuse()
    if (fault.kind === 'down' || fault.kind === 'reset') this.#endAll(fault.kind === 'down' ? 'end' : 'reset')
    if (fault.kind === 'half-open') for (const link of this.#links) link.forget(fault.way)
    if (fault.kind === 'cut') this.#planCuts(active, fault)
    return active
  }

  through(url: string): string {
    const changed = new URL(url)
    changed.hostname = '127.0.0.1'
    changed.port = String(this.port)
    return changed.href.replace(/\/$/, url.endsWith('/') ? '/' : '')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    this.#refuse()
    this.#endAll('reset')
  }

  #accept(client: Socket): void {
    this.accepted++
    if (this.#has('reset') || this.#isDown() || this.#closed) {
      client.on('error', () => undefined)
      client.resetAndDestroy()
      return
    }
    const link: Link = new Link(client, {
      port: this.#serverPort,
      faults: () => [...this.#faults].map(({ fault }) => fault),
      random: this.#random,
      onClosed: () => this.#links.delete(link),
    })
    this.#links.add(link)
    for (const { plan } of this.#cuts.values()) plan(link)
  }

  #planCuts(active: ActiveNetworkFault, fault: NetworkFault & { kind: 'cut' }): void {
    const { way, afterBytes, how = 'end', times = Number.POSITIVE_INFINITY } = fault
    let left = times
    const undos: (() => void)[] = []
    const undo = (): void => {
      this.#cuts.delete(active)
      for (const each of undos) each()
    }
    const onCut = (): void => {
      if (--left <= 0) undo()
    }
    const plan = (link: Link): void => void undos.push(link.cutAfter(way, afterBytes, how, onCut))
    this.#cuts.set(active, { plan, undo })
    for (const link of this.#links) plan(link)
  }

  #end(active: ActiveNetworkFault): void {
    if (!this.#faults.delete(active)) return
    this.#cuts.get(active)?.undo()
    if (active.fault.kind === 'down' && !this.#isDown() && !this.#closed) void this.listen()
    for (const link of this.#links) link.flow()
  }

  #refuse(): void {
    this.#server?.close()
    this.#server = null
  }

  #endAll(how: 'end' | 'reset'): void {
    for (const link of this.#links) link.end(how)
  }

  #isDown(): boolean {
    return this.#has('down')
  }

  #has(kind: NetworkFault['kind']): boolean {
    return [...this.#faults].some(({ fault }) => fault.kind === kind)
  }
}
