import type { Fetch } from '@novnc-tokens/api'
import type { FakeClock } from '../../../api/testing/fake-clock.ts'
import type { FakePlatform } from '../../../stream/testing/fake-platform.ts'
import { type Estate, type EstateVm, hostPath, pathOf } from './estate.ts'
import { type Fault, lies, meets } from './faults.ts'
import type { Fact, Witness } from './witness.ts'

/** How the platform gives its lists. */
export type Paging = 'links' | 'totals' | 'whole'

interface Made {
  status: number
  body: object
  facts: Fact[]
}

/** One request for a document that the platform got. */
export interface Asked {
  readonly path: string
  readonly at: number
}

/** Elements on a page, where it pages. */
const pageLength = 3
/** A request that nobody answers fails after so many milliseconds. */
const hangMs = 120_000

/**
 * The platform's web server, without sockets: documents from the estate, the history and the stream. What it shows is
 * what was there at some moment between request and answer.
 */
export class ModelApi {
  readonly #clock: FakeClock
  readonly #estate: Estate
  readonly #events: FakePlatform
  readonly #random: () => number
  /** Requests so far. */
  readonly asked: Asked[] = []
  faults: Fault[] = []
  /** Longest that an answer takes, in milliseconds, for a list and for anything else. */
  slowness = { list: 0, other: 0 }
  paging: Paging = 'links'
  /** Whether a VM tells whose it is. */
  tellsOwner = true
  /** Whether a log-in was ever refused: that is tried again after minutes only. */
  refused = false
  #requests = 0
  #running = 0

  constructor(clock: FakeClock, estate: Estate, events: FakePlatform, random: () => number) {
    this.#clock = clock
    this.#estate = estate
    this.#events = events
    this.#random = random
  }

  /** How many requests wait for their answer. */
  get running(): number {
    return this.#running + this.#events.running
  }

  /** Answers requests of one client, and lets a witness know what the answers told. */
  fetchFor(witness: Pick<Witness, 'tell' | 'deceive'>): Fetch {
    return async (url, init) => {
      const path = url.slice(url.indexOf('/', 'https://'.length)).replace(/^\/api/, '')
      const signal = init.signal ?? new AbortController().signal
      signal.throwIfAborted()
      this.asked.push({ path, at: this.#clock.now() })
      if (path.startsWith('/m/')) return await this.#events.fetch(url, init)
      const request = ++this.#requests
      this.#running++
      try {
        const fault = this.faults.find((each) => meets(each, path) && this.#random() < each.share)
        this.refused ||= fault?.kind === '401'
        if (fault?.kind === 'refused') throw new TypeError('Connection refused')
        const early = this.#random() < 0.5 ? this.#make(path, fault) : null
        const most = path.includes('virtualmachines?') ? this.slowness.list : this.slowness.other
        const ms = fault?.kind === 'hang' ? hangMs : this.#random() * most
        if (ms > 0) await this.#clock.sleep(ms, signal)
        if (fault?.kind === 'hang') throw new TypeError('Connection reset')
        const failed = failure(fault)
        if (failed !== null) return failed
        if (path.startsWith('/events')) return await this.#events.fetch(url, init)
        const { status, body, facts } = early ?? this.#make(path, fault)
        const text = JSON.stringify(body)
        if (fault?.kind === 'not JSON') return json(status, '{"collection": [}')
        if (fault?.kind === 'cut') return json(status, text.slice(0, text.length / 2))
        if (fault !== undefined && lies(fault.kind)) witness.deceive()
        witness.tell(request, facts)
        return json(status, text)
      } finally {
        this.#running--
      }
    }
  }

  /** Makes the document of a path as it is now. */
  #make(path: string, fault: Fault | undefined): Made {
    const { pathname, searchParams } = new URL(path, 'https://h')
    const from = Number(searchParams.get('startwith') ?? 0)
    if (pathname === '/login') return { status: 200, body: { id: 1 }, facts: [] }
    const estate = this.#estate
    if (pathname === '/admin/enterprises') {
      const ids = estate.shownEnterprises
      return this.#page(pathname, from, ids.map(enterpriseOf), fault, () => [])
    }
    const [, , , id = '', action] = pathname.split('/')
    if (pathname.startsWith('/admin/enterprises/')) {
      if (!estate.showsEnterprise(id)) return gone([{ kind: 'no-enterprise', id }])
      if (action === undefined) return { status: 200, body: enterpriseOf(id), facts: [] }
      return this.#vms(pathname, from, fault, (vm) => vm.enterprise === id, id)
    }
    const host = /\/machines\/([^/]+)\/virtualmachines$/.exec(pathname)?.[1]
    if (host !== undefined) return this.#vms(pathname, from, fault, (vm) => vm.machine === host, null)
    return this.#vm(pathname)
  }

  #vm(path: string): Made {
    const id = path.slice(path.lastIndexOf('/') + 1)
    const vm = this.#estate.shown(id)
    if (vm === null || pathOf(id, vm.appliance) !== path) return gone([{ kind: 'no-vm', id, indeed: vm === null }])
    return { status: 200, body: this.#entity(id, vm), facts: [{ kind: 'vm', id, vm }] }
  }

  #vms(
    path: string,
    from: number,
    fault: Fault | undefined,
    has: (vm: EstateVm) => boolean,
    enterprise: string | null,
  ): Made {
    const all = this.#estate.ids.flatMap((id) => {
      const vm = this.#estate.shown(id)
      return vm !== null && has(vm) ? [{ id, vm }] : []
    })
    const entities = all.map(({ id, vm }) => ({ ...this.#entity(id, vm), id }))
    return this.#page(path, from, entities, fault, (ids) => [
      ...ids.flatMap((each): Fact[] =>
        all.filter(({ id }) => id === each).map(({ id, vm }) => ({ kind: 'vm', id, vm })),
      ),
      ...(enterprise === null ? [] : [{ kind: 'page', enterprise, ids, first: from === 0 } as const]),
    ])
  }

  #page(
    path: string,
    from: number,
    entities: readonly { id: string }[],
    fault: Fault | undefined,
    factsOf: (ids: readonly string[]) => Fact[],
  ): Made {
    const kind = fault?.kind
    if (kind === 'second page' && from > 0) return { status: 500, body: { collection: [] }, facts: [] }
    const shown = kind === 'empty' ? [] : kind === 'lacking' ? entities.filter((_, index) => index % 3 > 0) : entities
    const to = this.paging === 'whole' ? shown.length : from + pageLength
    const start = kind === 'twice' && from > 0 ? from - 1 : from
    const collection = shown.slice(start, to)
    const more = to < shown.length && this.paging !== 'whole'
    const next = kind === 'circle' ? 0 : to
    const links =
      this.paging === 'links' && more ? [{ rel: 'next', href: `https://h/api${path}?startwith=${next}` }] : []
    const totalSize = shown.length + (kind === 'total' ? 2 : 0)
    const size = this.paging === 'totals' || kind === 'total' ? { totalSize } : {}
    return { status: 200, body: { links, collection, ...size }, facts: factsOf(collection.map(({ id }) => id)) }
  }

  #entity(id: string, { enterprise, appliance, machine, ip, port }: EstateVm): { id: string } {
    const links = [
      { rel: 'edit', href: `https://h:443/api${pathOf(id, appliance)}` },
      ...(this.tellsOwner ? [{ rel: 'enterprise', href: `https://h/api/admin/enterprises/${enterprise}` }] : []),
      ...(machine === null ? [] : [{ rel: 'machine', href: `https://h/api${hostPath(machine)}` }]),
      { rel: 'location', href: 'https://h/api/cloud/locations/1' },
    ]
    return { id, name: id, vdrpIP: ip, vdrpPort: port, links } as { id: string }
  }
}

function enterpriseOf(id: string): { id: string } {
  const href = `https://h/api/admin/enterprises/${id}`
  const links = [
    { rel: 'edit', href },
    { rel: 'virtualmachines', href: `${href}/action/virtualmachines` },
  ]
  return { id, name: `Enterprise ${id}`, links } as { id: string }
}

function gone(facts: Fact[]): Made {
  return { status: 404, body: { collection: [{ code: 'GEN-404', message: 'Not found' }], links: [] }, facts }
}

function json(status: number, text: string, headers: Readonly<Record<string, string>> = {}): Response {
  const length = String(Buffer.byteLength(text))
  return new Response(text, {
    status,
    headers: { 'content-type': 'application/vnd.abiquo.any+json', 'content-length': length, ...headers },
  })
}

/** The answer of a fault that needs no document. */
function failure(fault: Fault | undefined): Response | null {
  const said = (status: number, headers: Readonly<Record<string, string>> = {}) =>
    json(status, JSON.stringify({ collection: [{ code: `GEN-${status}`, message: 'A fault' }], links: [] }), headers)
  const html = (status: number) =>
    new Response('<html>A page</html>', { status, headers: { 'content-type': 'text/html' } })
  switch (fault?.kind) {
    case '500':
      return said(500)
    case '503 later':
      return said(503, { 'retry-after': '20' })
    case '429 later':
      return said(429, { 'retry-after': '5' })
    case '401':
      return said(401)
    case '403':
      return said(403)
    case 'html 200':
      return html(200)
    case 'html 404':
      return html(404)
    case '404':
      return new Response(null, { status: 404 })
  }
  return null
}
