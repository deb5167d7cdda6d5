import { describe, expect, test } from 'bun:test'
import type { Format } from '../notation/media-types.ts'
import { connect, login, platform, unchanging } from '../testing/client.ts'
import { settled } from '../testing/fake-clock.ts'
import { abiquoError, type Handler, json } from '../testing/web-server.ts'
import { Inventory, type ListOptions } from './inventory.ts'
import type { Verdict } from './page-walk.ts'
import type { VirtualMachine } from './virtual-machine.ts'

const complete: Verdict = { complete: true, why: null }
const tenant = { id: '1', name: 'Tenant', virtualMachines: '/admin/enterprises/1/action/virtualmachines' }
const appliance = '/cloud/virtualdatacenters/2/virtualappliances/3'
const collectionTypes = {
  json: 'application/vnd.abiquo.virtualmachines+json',
  xml: 'application/vnd.abiquo.virtualmachines+xml',
}

/** A virtual machine as the platform writes it: by its own idea of its address, with its VNC password. */
function entity(id: number) {
  const href = `https://10.0.0.9:443/api${appliance}/virtualmachines/${id}`
  const fields = { id, name: `ABQ_${id}`, vdrpIP: '10.0.0.1', vdrpPort: 5900 + id, password: 'vnc-secret' }
  return { ...fields, links: [{ rel: 'edit', href }] }
}

function known(id: number): VirtualMachine {
  return {
    id: String(id),
    path: `${appliance}/virtualmachines/${id}`,
    name: `ABQ_${id}`,
    uuid: null,
    enterprise: null,
    machine: null,
    datacenter: null,
    vdrpIp: '10.0.0.1',
    vdrpPort: 5900 + id,
  }
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index)

interface Link {
  readonly rel: string
  readonly href: string
}

/** A page of virtual machines in either notation. */
function page(
  format: Format,
  entities: readonly { links: readonly Link[] }[],
  links: readonly Link[] = [],
  totalSize?: number,
) {
  const headers = { 'content-type': collectionTypes[format] }
  if (format === 'json') return json({ collection: entities, links, totalSize }, 200, headers)
  const linkXml = (all: readonly Link[]) =>
    all.map(({ rel, href }) => `<link rel="${rel}" href="${href.replaceAll('&', '&amp;')}"/>`).join('')
  const items = entities.map(({ links: own, ...fields }) => {
    const texts = Object.entries(fields).map(([name, value]) => `<${name}>${value}</${name}>`)
    return `<virtualMachine>${texts.join('')}${linkXml(own)}</virtualMachine>`
  })
  const size = totalSize === undefined ? '' : `<totalSize>${totalSize}</totalSize>`
  return new Response(`<virtualMachines>${linkXml(links)}${size}${items.join('\n')}</virtualMachines>`, { headers })
}

/** Pages as the platform gives them: by limit and startwith, with links and totalSize. */
function pager(format: Format, count: number): Handler {
  return (request) => {
    const query = new URL(request.url).searchParams
    const from = Number(query.get('startwith') ?? 0)
    const to = Math.min(count, from + Number(query.get('limit') ?? 25))
    const href = `https://10.0.0.9:443/api${tenant.virtualMachines}?limit=250&startwith=${to}`
    return page(
      format,
      range(from, to).map(entity),
      to < count ? [{ rel: 'next', href }] : [{ rel: 'first', href }],
      count,
    )
  }
}

async function readAll(pages: AsyncGenerator<readonly VirtualMachine[], Verdict>) {
  const sizes: number[] = []
  const machines: VirtualMachine[] = []
  for (;;) {
    const { done, value } = await pages.next()
    if (done) return { verdict: value, sizes, machines }
    sizes.push(value.length)
    machines.push(...value)
  }
}

describe('the virtual machines of an enterprise', () => {
  test.each([['json'], ['xml']] as const)('are read in pages of 250, in %s', async (format) => {
    await using server = await platform(pager(format, 600))
    using client = connect(server.api, { format })
    const issued: number[] = []
    const pages = new Inventory(client.connection).virtualMachinesOf(tenant, {
      onIssue: () => issued.push(server.lines.length),
    })
    expect(await readAll(pages)).toEqual({
      verdict: complete,
      sizes: [250, 250, 100],
      machines: range(0, 600).map(known),
    })
    const path = `GET /api${tenant.virtualMachines}`
    const paged = [`${path}?limit=250`, `${path}?limit=250&startwith=250`, `${path}?limit=250&startwith=500`]
    expect(server.lines).toEqual([login, ...paged])
    expect(server.requests[1]?.headers.get('accept')).toBe(collectionTypes[format])
    expect(issued).toEqual([1, 2, 3])
  })

  const sources: readonly (readonly [what: string, handler: Handler, sizes: readonly number[], verdict: Verdict])[] = [
    ['of none', () => page('json', []), [], complete],
    ['without totalSize and links', () => page('json', range(0, 3).map(entity)), [3], complete],
    [
      'of a server that refuses a limit',
      (_, line) => (line.includes('limit=250') ? abiquoError(400, 'GEN-1') : page('json', range(0, 300).map(entity))),
      [300],
      complete,
    ],
    ['of a server that does not page', () => page('json', range(0, 300).map(entity)), [300, 300], complete],
    [
      'of a server that refuses everything',
      () => abiquoError(400, 'GEN-1'),
      [],
      { complete: false, why: `GET "${tenant.virtualMachines}" is refused with 400` },
    ],
    [
      'with one without an id',
      () => page('json', [entity(1), { ...entity(2), links: [] }, entity(3)]),
      [2],
      { complete: false, why: '1 of its elements have no id' },
    ],
    [
      'with none but without an id',
      () => page('json', [{ links: [] }]),
      [],
      { complete: false, why: '1 of its elements have no id' },
    ],
    [
      'with one without an id in what was read twice',
      () => page('json', [...range(0, 299).map(entity), { links: [] }]),
      [299, 299],
      { complete: false, why: '1 of its elements have no id' },
    ],
    [
      'that is an error with status 200',
      () => json({ collection: [{ code: 'GEN-1', message: 'Oops' }], links: [] }),
      [],
      { complete: false, why: '1 of its elements have no id' },
    ],
    [
      'with a wrong totalSize',
      () => page('json', [entity(1)], [], 3),
      [1, 1, 1],
      { complete: false, why: 'it has 1 elements, but says that it has 3' },
    ],
    [
      'whose next leads elsewhere',
      () => page('json', [entity(1)], [{ rel: 'next', href: 'https://10.0.0.9/m/next' }]),
      [1],
      { complete: false, why: 'its link "next" leads out of the API' },
    ],
  ]
  test.each(sources)('%s', async (_, handler, sizes, verdict) => {
    await using server = await platform(handler)
    using client = connect(server.api)
    const read = await readAll(new Inventory(client.connection).virtualMachinesOf(tenant))
    expect({ sizes: read.sizes, verdict: read.verdict }).toEqual({ sizes: [...sizes], verdict })
  })

  test('of which only addresses are wanted come without where they are', async () => {
    const link = { rel: 'machine', href: 'https://10.0.0.9/api/admin/datacenters/1/racks/1/machines/7' }
    const placed = { ...entity(1), links: [...entity(1).links, link] }
    await using server = await platform(() => page('json', [placed]))
    using client = connect(server.api)
    const inventory = new Inventory(client.connection)
    const machines = async (options: ListOptions) =>
      (await readAll(inventory.virtualMachinesOf(tenant, options))).machines.map(({ machine }) => machine)
    expect([await machines({}), await machines({ addressesOnly: true })]).toEqual([
      ['/admin/datacenters/1/racks/1/machines/7'],
      [null],
    ])
  })

  test('one without an id does not hide what comes behind it', async () => {
    await using server = await platform((request, line) => {
      if (!line.endsWith('limit=250')) return pager('json', 300)(request, line)
      return page('json', [{ links: [] }, ...range(1, 250).map(entity)])
    })
    using client = connect(server.api)
    const { machines, verdict } = await readAll(new Inventory(client.connection).virtualMachinesOf(tenant))
    expect([machines.length, verdict.complete]).toEqual([299, false])
  })

  const failures: readonly (readonly [what: string, handler: Handler, error: object])[] = [
    ['forbidden', () => abiquoError(403, 'GEN-4'), { code: 'forbidden', abiquoCode: 'GEN-4' }],
    ['gone', () => abiquoError(404, 'GEN-2'), { code: 'not-found', abiquoCode: 'GEN-2' }],
    [
      'an HTML page',
      () => new Response('<html>', { headers: { 'content-type': 'text/html' } }),
      { code: 'not-abiquo' },
    ],
    [
      'cut',
      () => new Response('{"collection":[{"id"', { headers: { 'content-type': 'application/json' } }),
      { code: 'malformed' },
    ],
    ['another thing', () => json({ id: 1, links: [] }), { code: 'malformed' }],
    [
      'another thing in XML',
      () => new Response('<datacenters/>', { headers: { 'content-type': 'text/xml' } }),
      { code: 'malformed' },
    ],
    [
      'cut XML',
      () => new Response('<virtualMachines><virtualMachine><id>1</id>', { headers: { 'content-type': 'text/xml' } }),
      { code: 'malformed' },
    ],
    [
      'an error in XML with status 200',
      () => new Response('<errors><error><code>X</code></error></errors>', { headers: { 'content-type': 'text/xml' } }),
      { code: 'malformed' },
    ],
  ]
  test.each(failures)('fail where a page is %s, after the pages before it', async (_, handler, error) => {
    await using server = await platform((request, line) =>
      line.includes('startwith') ? handler(request, line) : pager('json', 300)(request, line),
    )
    using client = connect(server.api)
    const pages = new Inventory(client.connection).virtualMachinesOf(tenant)
    expect((await pages.next()).value).toHaveLength(250)
    await expect(pages.next()).rejects.toMatchObject(error)
  })

  test('are left with the signal of the caller', async () => {
    await using server = await platform(() => new Promise<Response>(() => undefined))
    using client = connect(server.api)
    const controller = new AbortController()
    const pages = new Inventory(client.connection).virtualMachinesOf(tenant, { signal: controller.signal })
    const next = pages.next()
    while (server.lines.length < 2) await settled()
    controller.abort(new Error('enough'))
    await expect(next).rejects.toThrow('enough')
  })
})

describe('enterprises', () => {
  const enterprise = (id: number) => ({ id, name: `E${id}`, links: [] })
  const read = (id: number) => ({
    id: String(id),
    name: `E${id}`,
    virtualMachines: `/admin/enterprises/${id}/action/virtualmachines`,
  })

  test('are listed', async () => {
    await using server = await platform(() =>
      json({ collection: range(1, 4).map(enterprise), links: [], totalSize: 3 }),
    )
    using client = connect(server.api)
    expect(await new Inventory(client.connection).enterprises()).toEqual({
      ...complete,
      enterprises: range(1, 4).map(read),
    })
    expect(server.lines).toEqual([login, 'GET /api/admin/enterprises?limit=250'])
    expect(server.requests[1]?.headers.get('accept')).toBe('application/vnd.abiquo.enterprises+json')
  })

  test('are listed once each where the server does not page', async () => {
    await using server = await platform(() => json({ collection: range(1, 301).map(enterprise), links: [] }))
    using client = connect(server.api)
    const { enterprises, complete } = await new Inventory(client.connection).enterprises()
    expect([enterprises.length, complete]).toEqual([300, true])
  })

  test('are told as incomplete where one has no id', async () => {
    await using server = await platform(() => json({ collection: [enterprise(1), { name: 'E2' }], links: [] }))
    using client = connect(server.api)
    expect(await new Inventory(client.connection).enterprises()).toEqual({
      complete: false,
      why: '1 of its elements have no id',
      enterprises: [read(1)],
    })
  })

  test('are read one by one', async () => {
    await using server = await platform(() => json(enterprise(7)))
    using client = connect(server.api)
    expect(await new Inventory(client.connection).readEnterprise('7')).toEqual(read(7))
    expect(server.lines).toEqual([login, 'GET /api/admin/enterprises/7'])
  })
})

describe('one virtual machine', () => {
  const path = known(4).path

  test.each([['json'], ['xml']] as const)('is read in %s', async (format) => {
    const { links, ...fields } = entity(4)
    const texts = Object.entries(fields).map(([name, value]) => `<${name}>${value}</${name}>`)
    const xml = `<virtualMachine>${texts.join('')}<link rel="edit" href="${links[0]?.href}"/></virtualMachine>`
    await using server = await platform(() =>
      format === 'json' ? json(entity(4)) : new Response(xml, { headers: { 'content-type': 'application/xml' } }),
    )
    using client = connect(server.api, { format })
    expect(await new Inventory(client.connection).virtualMachine(path)).toEqual(known(4))
    expect(server.lines).toEqual([login, `GET /api${path}`])
    expect(server.requests[1]?.headers.get('accept')).toBe(`application/vnd.abiquo.virtualmachine+${format}`)
  })

  const none: readonly (readonly [what: string, handler: Handler, error: object])[] = [
    ['gone', () => abiquoError(404, 'VM-0'), { code: 'not-found', abiquoCode: 'VM-0' }],
    [
      'without an id',
      () => json({ name: 'x', password: 'vnc-secret' }),
      { code: 'malformed', message: expect.stringMatching(/ is no virtualMachine with an id$/) },
    ],
    [
      'another entity',
      () => new Response('<enterprise/>', { headers: { 'content-type': 'text/xml' } }),
      { code: 'malformed', message: expect.stringMatching(/ is <enterprise> instead of <virtualMachine>$/) },
    ],
  ]
  test.each(none)('fails where it is %s', async (_, handler, error) => {
    await using server = await platform(handler)
    using client = connect(server.api)
    await expect(new Inventory(client.connection).virtualMachine(path)).rejects.toMatchObject(error)
  })
})

test('the virtual machines of a host are as quick as a single read, lists of all are not', async () => {
  await using server = await platform((_, line) =>
    line.includes('/admin/enterprises/') ? new Promise<Response>(() => undefined) : page('json', [entity(1)]),
  )
  using client = connect(server.api, { concurrency: 2, authorization: unchanging })
  const inventory = new Inventory(client.connection)
  const left = new AbortController()
  const options: ListOptions = { signal: left.signal }
  const lists = [1, 2].map(() => readAll(inventory.virtualMachinesOf(tenant, options)).catch((error: unknown) => error))
  while (server.lines.length < 2) await settled()
  const host = '/admin/datacenters/5/racks/6/machines/7'
  expect(await readAll(inventory.virtualMachinesOn(host))).toEqual({
    verdict: complete,
    sizes: [1],
    machines: [known(1)],
  })
  expect(server.lines.slice(-1)).toEqual([`GET /api${host}/virtualmachines?limit=250`])
  expect(server.lines.length).toBe(3)
  left.abort(new Error('enough'))
  expect(await Promise.all(lists)).toEqual([new Error('enough'), new Error('enough')])
})
