import { describe, expect, test } from 'bun:test'
import type { Fault, FaultTarget } from './faults.ts'
import { type Mock, startMock } from './mock.ts'
import { get, list, openStream, streamStatus } from './test-client.ts'

const vms = '/admin/enterprises/1/action/virtualmachines'

/** What a client sees: status and the start of the body, or that it failed. */
async function outcome(mock: Mock, path = `${vms}?limit=10`): Promise<unknown> {
  try {
    const response = await get(mock, path)
    return [response.status, (await response.text()).slice(0, 12)]
  } catch {
    return 'failed'
  }
}

describe('faults of the API', () => {
  const good = [200, '{"links":[],']
  const table: [fault: Fault, expected: unknown][] = [
    [{ kind: 'reset' }, 'failed'],
    [{ kind: 'cut' }, 'failed'],
    [{ kind: 'cut', share: 0.01 }, 'failed'],
    [{ kind: 'delay', ms: 1 }, good],
    [{ kind: 'drip', ms: 20 }, good],
    [{ kind: 'status', status: 401 }, [401, '{"collection']],
    [{ kind: 'status', status: 403, code: 'GEN-4' }, [403, '{"collection']],
    [{ kind: 'status', status: 500 }, [500, '{"collection']],
    [{ kind: 'html', status: 200 }, [200, '<!doctype ht']],
    [{ kind: 'html', status: 404 }, [404, '<!doctype ht']],
    [{ kind: 'redirect', location: 'http://other.example/' }, [302, '<!doctype ht']],
    [{ kind: 'garbage' }, [200, '{"links":[],']],
    [{ kind: 'empty' }, good],
  ]
  test.each(table)('%j', async (fault, expected) => {
    await using mock = await startMock({ vms: 50, enterprises: 1 })
    const active = mock.faults.add(fault)
    expect(await outcome(mock)).toEqual(expected)
    expect(active.hits).toBe(1)
    active.clear()
    expect(await outcome(mock)).toEqual(good)
  })

  test('a hanging request is answered never', async () => {
    await using mock = await startMock({ vms: 1 })
    mock.faults.add({ kind: 'hang' })
    const abort = new AbortController()
    const asked = fetch(`${mock.apiUrl}/login`, { signal: abort.signal })
    while (mock.requests.concurrent === 0) await Bun.sleep(1)
    abort.abort()
    await expect(asked).rejects.toThrow()
    while (mock.requests.concurrent > 0) await Bun.sleep(1)
    expect(mock.requests.all).toMatchObject([{ status: null }])
  })

  test('a garbled body is no JSON', async () => {
    await using mock = await startMock({ vms: 1 })
    mock.faults.add({ kind: 'garbage' })
    await expect(list(mock, vms)).rejects.toThrow()
  })

  test('Retry-After comes with an error that is told so', async () => {
    await using mock = await startMock({ vms: 1 })
    mock.faults.add({ kind: 'status', status: 503, retryAfter: 7 })
    expect((await get(mock, '/login')).headers.get('retry-after')).toBe('7')
  })

  test('a refusing server refuses, and accepts again on the same port', async () => {
    await using mock = await startMock({ vms: 20, enterprises: 1 })
    const { text } = await openStream(mock)
    mock.refuse()
    await expect(text).rejects.toThrow()
    expect(await outcome(mock)).toBe('failed')
    mock.accept()
    expect(await outcome(mock)).toEqual([200, '{"links":[],'])
  })
})

describe('what a fault meets', () => {
  const table: [target: FaultTarget, path: string, met: boolean][] = [
    [{ enterprise: 2 }, '/admin/enterprises/2', true],
    [{ enterprise: 2 }, '/admin/enterprises/2/action/virtualmachines?limit=0', true],
    [{ enterprise: 2 }, '/admin/enterprises/20', false],
    [{ enterprise: 2 }, '/admin/enterprises', false],
    [{ page: 3 }, `${vms}?limit=10&startwith=20`, true],
    [{ page: 3 }, `${vms}?limit=10&startwith=10`, false],
    [{ page: 1 }, vms, true],
    [{ path: 'virtualmachines' }, vms, true],
    [{ path: /enterprises$/ }, vms, false],
    [{ path: ({ query }) => query.has('limit') }, `${vms}?limit=3`, true],
    [{ on: 'stream' }, vms, false],
    [{ on: 'all' }, vms, true],
  ]
  test.each(table)('%#: aimed at one thing, it meets that only', async (target, path, met) => {
    await using mock = await startMock({ vms: 300, enterprises: 30 })
    mock.faults.add({ kind: 'html', status: 299 }, target)
    expect((await get(mock, path)).status === 299).toBe(met)
  })

  test('it ends after the number of requests that it is given, and begins after others', async () => {
    await using mock = await startMock({ vms: 1 })
    mock.faults.add({ kind: 'status', status: 500 }, { after: 1, times: 2 })
    const statuses: number[] = []
    for (let n = 0; n < 5; n++) statuses.push((await get(mock, '/login')).status)
    expect(statuses).toEqual([200, 500, 500, 200, 200])
    expect(mock.faults.active).toEqual([])
  })
})

describe('lists that lie', () => {
  const ids = async (mock: Mock, query: string) => (await list(mock, vms + query)).collection.map((vm) => vm['id'])

  test('a page that repeats the first', async () => {
    await using mock = await startMock({ vms: 9, enterprises: 1 })
    mock.faults.add({ kind: 'repeat' })
    expect(await ids(mock, '?limit=3&startwith=3')).toEqual([1, 2, 3])
  })

  test('a virtual machine on two pages, and none lost', async () => {
    await using mock = await startMock({ vms: 9, enterprises: 1 })
    mock.faults.add({ kind: 'duplicate' })
    expect(await ids(mock, '?limit=3')).toEqual([1, 2, 3])
    expect(await ids(mock, '?limit=3&startwith=3')).toEqual([3, 4, 5])
    expect(await ids(mock, '?limit=3&startwith=9')).toEqual([9])
  })

  test('a next that leads back', async () => {
    await using mock = await startMock({ vms: 9, enterprises: 1, vmPaging: 'links' })
    mock.faults.add({ kind: 'loop' })
    const { links } = await list(mock, `${vms}?limit=3&startwith=3`)
    expect(links.find((link) => link.rel === 'next')?.href).toEndWith('limit=3&startwith=0')
  })

  test('a totalSize that is wrong', async () => {
    await using mock = await startMock({ vms: 9, enterprises: 3 })
    mock.faults.add({ kind: 'total', by: 2 })
    expect(await list(mock, '/admin/enterprises')).toMatchObject({ totalSize: 5 })
  })

  test('an empty list of enterprises', async () => {
    await using mock = await startMock({ vms: 9, enterprises: 3 })
    mock.faults.add({ kind: 'empty' }, { path: '/enterprises(\\?|$)' })
    expect(await list(mock, '/admin/enterprises')).toEqual({ links: [], collection: [], totalSize: 0 })
    expect(await ids(mock, '')).toEqual([1, 2, 3])
  })
})

describe('faults of the stream', () => {
  const errors = 'application/vnd.abiquo.errors+json'
  const html = 'text/html;charset=utf-8'
  const table: [fault: Fault, status: number, type: string | null, retryAfter: string | null][] = [
    [{ kind: 'status', status: 503, retryAfter: 2 }, 503, errors, '2'],
    [{ kind: 'status', status: 429, retryAfter: 1 }, 429, errors, '1'],
    [{ kind: 'status', status: 404 }, 404, errors, null],
    [{ kind: 'status', status: 410 }, 410, errors, null],
    [{ kind: 'status', status: 401 }, 401, errors, null],
    [{ kind: 'status', status: 403 }, 403, errors, null],
    [{ kind: 'html', status: 200 }, 200, html, null],
    [{ kind: 'html', status: 404 }, 404, html, null],
    [{ kind: 'html', status: 503, retryAfter: 9 }, 503, html, '9'],
    [{ kind: 'redirect', location: '/m/other', status: 307 }, 307, html, null],
  ]
  test.each(table)('%j', async (fault, status, type, retryAfter) => {
    await using mock = await startMock({ vms: 1 })
    mock.faults.add(fault, { on: 'stream' })
    const { headers, ...response } = await streamAnswer(mock)
    expect([response.status, headers.get('content-type'), headers.get('retry-after')]).toEqual([
      status,
      type,
      retryAfter,
    ])
    expect([(await get(mock, '/login')).status, mock.accounts.isLocked('admin')]).toEqual([200, false])
    mock.faults.clear()
    expect(await streamStatus(mock)).toBe(200)
  })

  test('204 has neither body nor type, and the connection is good for more', async () => {
    await using mock = await startMock({ vms: 1 })
    mock.faults.add({ kind: 'status', status: 204 }, { on: 'stream', times: 1 })
    const { status, headers, body } = await streamAnswer(mock)
    expect([status, headers.get('content-length'), body]).toEqual([204, null, ''])
    expect([(await get(mock, '/login')).status, mock.connections]).toEqual([200, 1])
  })

  test.each(['hang', 'reset'] as const)('%s', async (kind) => {
    await using mock = await startMock({ vms: 1 })
    const fault = mock.faults.add({ kind }, { on: 'stream' })
    const abort = new AbortController()
    const outcome = streamAnswer(mock, abort.signal).catch(() => 'failed')
    while (fault.hits === 0) await Bun.sleep(1)
    if (kind === 'hang') abort.abort()
    expect([await outcome, mock.streams.open]).toEqual(['failed', 0])
    expect(mock.requests.all).toMatchObject([{ kind: 'stream', status: null, authorizationOk: null }])
  })

  test('a silent stream opens and says nothing', async () => {
    await using mock = await startMock({ vms: 1 })
    mock.faults.add({ kind: 'silent' })
    const { response, text } = await openStream(mock)
    mock.platform.requestAccess(1)
    mock.streams.cut()
    expect([response.status, await text]).toEqual([200, ''])
  })
})

async function streamAnswer(mock: Mock, signal: AbortSignal | null = null) {
  const { authorization } = mock
  const response = await fetch(mock.streamUrl, { headers: { authorization }, redirect: 'manual', signal })
  const { status, headers } = response
  return { status, headers, body: await response.text() }
}
