import { describe, expect, test } from 'bun:test'
import { startMock } from './mock.ts'
import { basic, get, list } from './test-client.ts'

const first = '/admin/enterprises/1/action/virtualmachines'

describe('lists', () => {
  test('the lists of all enterprises hold every virtual machine once', async () => {
    await using mock = await startMock({ vms: 100, enterprises: 7 })
    const { collection } = await list(mock, '/admin/enterprises?limit=0')
    const found: unknown[] = []
    for (const { id } of collection) {
      found.push(...(await list(mock, `/admin/enterprises/${id}/action/virtualmachines?limit=0`)).collection)
    }
    const ids = found.map((vm) => (vm as { id: number }).id).sort((a, b) => a - b)
    expect(ids).toEqual(mock.platform.vms.map((vm) => vm.id))
  })

  const cuts: [what: string, query: string, ids: [number, number]][] = [
    ['25 unless told otherwise', '', [1, 25]],
    ['as many as asked', '?limit=7', [1, 7]],
    ['from where asked', '?limit=7&startwith=60', [61, 67]],
    ['all with limit=0', '?limit=0', [1, 100]],
    ['what is left', '?limit=30&startwith=90', [91, 100]],
  ]
  test.each(cuts)('a list has %s', async (_, query, [from, to]) => {
    await using mock = await startMock({ vms: 100, enterprises: 1 })
    const { collection, ...rest } = await list(mock, first + query)
    expect(rest).toEqual({ links: [] })
    expect(collection.map((vm) => vm['id'])).toEqual(Array.from({ length: to - from + 1 }, (_, k) => from + k))
  })

  test('a list past the end is empty', async () => {
    await using mock = await startMock({ vms: 5, enterprises: 1 })
    expect(await list(mock, `${first}?limit=5&startwith=5`)).toEqual({ links: [], collection: [] })
  })

  test('a list of virtual machines has links and totalSize where the platform is told so', async () => {
    await using mock = await startMock({ vms: 60, enterprises: 1, vmPaging: 'links' })
    const { links, totalSize } = await list(mock, `${first}?limit=20&startwith=20`)
    const at = (offset: number) =>
      `https://unreachable.example:443/api/admin/enterprises/1/action/virtualmachines?limit=20&startwith=${offset}`
    expect({ links, totalSize }).toEqual({
      totalSize: 60,
      links: [
        { rel: 'first', href: at(0) },
        { rel: 'previous', href: at(0) },
        { rel: 'next', href: at(40) },
        { rel: 'last', href: at(40) },
      ],
    })
  })

  test('a server that does not page ignores limit and startwith', async () => {
    await using mock = await startMock({ vms: 60, enterprises: 1, paging: false })
    expect((await list(mock, `${first}?limit=7&startwith=50`)).collection).toHaveLength(60)
  })

  test('a very old server refuses limit=0', async () => {
    await using mock = await startMock({ vms: 5, refuseLimitZero: true })
    expect((await get(mock, `${first}?limit=0`)).status).toBe(400)
    expect((await get(mock, first)).status).toBe(200)
  })

  test('the same list as XML names the same virtual machines', async () => {
    await using mock = await startMock({ vms: 30, enterprises: 1 })
    const xml = await (await get(mock, `${first}?limit=0`, { accept: 'application/xml' })).text()
    expect(xml).toStartWith('<?xml version="1.0" encoding="UTF-8" standalone="yes"?><virtualMachines><virtualMachine>')
    expect(xml).toEndWith('</virtualMachine></virtualMachines>')
    const ports = [...xml.matchAll(/<vdrpPort>(\d+)<\/vdrpPort>/g)].map((match) => Number(match[1]))
    expect(ports).toEqual(mock.platform.vms.map((vm) => Number(vm.port)))
    expect(xml.match(/<vdrpIP>/g)).toHaveLength(mock.platform.vms.filter((vm) => vm.ip !== null).length)
  })

  test('a host, a rack and an appliance list the virtual machines that are there', async () => {
    await using mock = await startMock({ vms: 100, enterprises: 1 })
    const vm = mock.platform.vm(1)
    const host = mock.platform.host(vm.host ?? 0)
    const rack = `/admin/datacenters/${host.datacenter}/racks/${host.rack}`
    const idsOf = async (path: string) => (await list(mock, `${path}?limit=0`)).collection.map((row) => row['id'])
    const here = mock.platform.vms.filter((other) => other.host === host.id)
    expect(await idsOf(`${rack}/machines/${host.id}/virtualmachines`)).toEqual(here.map((other) => other.id))
    expect(await idsOf(`${rack}/deployedvms`)).toContain(1)
    expect(await idsOf('/cloud/virtualdatacenters/1/virtualappliances/1/virtualmachines')).toHaveLength(10)
    expect(await idsOf(`${rack}/machines`)).toHaveLength(10)
    expect(await idsOf('/admin/datacenters')).toEqual([1, 2])
    expect(await idsOf('/admin/datacenters/1/racks')).toContain(host.rack)
  })
})

describe('entities', () => {
  test('a virtual machine has some 65 fields, 25 links and 5.5 KB', async () => {
    await using mock = await startMock({ vms: 10 })
    const text = await (await get(mock, mock.platform.pathOf(1))).text()
    const { links, ...fields } = JSON.parse(text)
    expect(Object.keys(fields).length).toBeGreaterThan(60)
    expect(links.length).toBeGreaterThan(22)
    expect(text.length).toBeGreaterThan(5200)
    expect(text.length).toBeLessThan(5800)
    const rels = links.map((link: { rel: string }) => link.rel)
    expect(rels).toEqual(expect.arrayContaining(['edit', 'enterprise', 'machine', 'location', 'rdpaccess', 'state']))
  })

  test('an undeployed one has port 0 and no address, one without remote access 65545 and an address', async () => {
    await using mock = await startMock({ vms: 100 })
    const undeployed = mock.platform.vms.find((vm) => vm.host === null)
    const closed = mock.platform.vms.find((vm) => vm.port === 65_545)
    const read = async (id = 0) => (await (await get(mock, mock.platform.pathOf(id))).json()) as Record<string, unknown>
    const one = await read(undeployed?.id)
    expect([one['vdrpPort'], 'vdrpIP' in one]).toEqual([0, false])
    const other = await read(closed?.id)
    expect([other['vdrpPort'], typeof other['vdrpIP']]).toEqual([65_545, 'string'])
  })

  const missing = [
    '/admin/enterprises/99',
    '/admin/enterprises/99/action/virtualmachines',
    '/cloud/virtualdatacenters/1/virtualappliances/1/virtualmachines/99',
    '/cloud/virtualdatacenters/1/virtualappliances/2/virtualmachines/1',
    '/admin/datacenters/1/racks/1/machines/99/virtualmachines',
  ]
  test.each(missing)('%s is 404 in the words of the platform', async (path) => {
    await using mock = await startMock({ vms: 10 })
    const response = await get(mock, path)
    expect(response.status).toBe(404)
    const { collection } = (await response.json()) as { collection: { code: string }[] }
    expect(collection[0]?.code).toMatch(/^[A-Z]+-0$/)
  })

  test('a path that the platform does not have is 404 in HTML', async () => {
    await using mock = await startMock({ vms: 1 })
    const response = await get(mock, '/nothing')
    expect([response.status, response.headers.get('content-type')]).toEqual([404, 'text/html;charset=utf-8'])
  })
})

describe('formats', () => {
  const accepted: [accept: string, status: number, type: string][] = [
    ['*/*', 200, 'application/vnd.abiquo.enterprises+json; version=4.7'],
    ['application/json', 200, 'application/json;charset=UTF-8'],
    ['application/xml', 200, 'application/xml;charset=UTF-8'],
    ['application/vnd.abiquo.enterprises+json', 200, 'application/vnd.abiquo.enterprises+json; version=4.7'],
    [
      'application/vnd.abiquo.enterprises+json; version=4.6',
      200,
      'application/vnd.abiquo.enterprises+json; version=4.6',
    ],
    ['application/vnd.abiquo.enterprises+xml; version=2.6', 200, 'application/vnd.abiquo.enterprises+xml; version=2.6'],
    ['application/vnd.abiquo.enterprises+json; version=9.9', 406, 'application/vnd.abiquo.errors+json'],
    ['application/vnd.abiquo.virtualmachines+json', 406, 'application/vnd.abiquo.errors+json'],
    ['image/png', 406, 'application/vnd.abiquo.errors+json'],
  ]
  test.each(accepted)('Accept: %s is answered with %d', async (accept, status, type) => {
    await using mock = await startMock({ vms: 1 })
    const response = await get(mock, '/admin/enterprises', { accept })
    expect([response.status, response.headers.get('content-type')]).toEqual([status, type])
  })

  test('the version is plain text for those who ask for it, and needs no log-in', async () => {
    await using mock = await startMock({ vms: 1, version: '5.1' })
    const plain = await fetch(`${mock.apiUrl}/version`, { headers: { accept: 'text/plain' } })
    expect(await plain.text()).toBe('5.1')
    expect((await (await fetch(`${mock.apiUrl}/version`)).text()).split('\n').length).toBeGreaterThan(3)
  })
})

describe('log-in', () => {
  test('answers the user, and a token that is as good as the password', async () => {
    await using mock = await startMock({ vms: 1 })
    const response = await get(mock, '/login?expand=privileges')
    const user = (await response.json()) as { nick: string; privileges: { collection: unknown[] } }
    expect([user.nick, user.privileges.collection.length]).toEqual(['admin', 4])
    const authorization = `Token ${response.headers.get('x-abiquo-token')}`
    expect((await get(mock, '/admin/enterprises', { authorization })).status).toBe(200)
    mock.accounts.expireTokens()
    expect((await get(mock, '/admin/enterprises', { authorization })).status).toBe(401)
  })

  test('three bad ones lock the user out, the right password included', async () => {
    await using mock = await startMock({ vms: 1 })
    const ask = async (password: string) =>
      (await get(mock, '/login', { authorization: basic('admin', password) })).status
    expect([await ask('a'), await ask('b'), await ask('xabiquo')]).toEqual([401, 401, 200])
    expect([await ask('a'), await ask('b'), await ask('c'), await ask('xabiquo')]).toEqual([401, 401, 401, 401])
    mock.accounts.unlock('admin')
    expect(await ask('xabiquo')).toBe(200)
  })

  test('a user of one enterprise sees no other', async () => {
    await using mock = await startMock({ vms: 10, enterprises: 2 })
    mock.accounts.set({ username: 'u', password: 'p', actor: mock.platform.userOf(2), enterprises: [2] })
    const ask = (path: string) => get(mock, path, { authorization: basic('u', 'p') })
    expect((await ask('/admin/enterprises/1/action/virtualmachines')).status).toBe(403)
    expect(await (await ask('/admin/enterprises')).json()).toMatchObject({ totalSize: 1 })
  })
})

describe('the record of requests', () => {
  test('tells what was asked, how it was answered, and how many at once', async () => {
    await using mock = await startMock({ vms: 10, delayMs: 20 })
    await Promise.all([1, 2, 3].map((id) => get(mock, `/admin/enterprises/${id}`).then((r) => r.text())))
    await fetch(`${mock.apiUrl}/login`)
    expect(mock.requests.maxConcurrent).toBe(3)
    expect(mock.requests.count((request) => request.path.startsWith('/api/admin/'))).toBe(3)
    const last = mock.requests.all.at(-1)
    expect(last).toMatchObject({ method: 'GET', path: '/api/login', authorizationOk: null, status: 401 })
    mock.requests.clear()
    expect([mock.requests.count(), mock.requests.maxConcurrent]).toEqual([0, 0])
  })
})
