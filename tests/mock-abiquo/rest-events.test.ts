import { describe, expect, test } from 'bun:test'
import { type Mock, startMock } from './mock.ts'
import { eventsIn, get, list, openStream } from './test-client.ts'

const day = 86_400_000

const actionsOf = (collection: readonly Record<string, unknown>[]) => collection.map((event) => event['action'])

test('events are newest first unless asked otherwise, and paged', async () => {
  await using mock = await startMock({ vms: 10, enterprises: 1 })
  mock.platform.undeploy(1)
  const newest = await list(mock, '/events?limit=2')
  expect(actionsOf(newest.collection)).toEqual(['VSM_CHANGE_STATE', 'UNDEPLOY_FINISH'])
  expect([newest.totalSize, newest.links.map((link) => link.rel)]).toEqual([4, ['first', 'next', 'last']])
  const oldest = await list(mock, '/events?asc=true&limit=1&startwith=1')
  expect(oldest.collection).toMatchObject([{ id: 2, action: 'UNDEPLOY', entity: 'VIRTUAL_MACHINE' }])
})

const now = Date.UTC(2024, 0, 10)
const isoFrom: [text: string, found: unknown][] = [
  ['2024-01-10T00:00:00.000Z', ['NEW']],
  ['2024-01-10T00:00:00.0001Z', ['NEW']],
  ['2024-01-10T00:00:00.001Z', []],
  ['2024-01-10T00:00:00Z', ['NEW']],
  ['2024-01-10T00:00Z', ['NEW']],
  ['2024-01-10', ['NEW']],
  ['2024-01-10T00:00:00', ['NEW']],
  ['2024-01-10T00:00:01', []],
  ['2024-01-10T01:00:00%2B01:00', ['NEW']],
  ['2024-01-10T01:00:00+0100', ['NEW']],
  ['2024-01-09T23:59:59-00:01', []],
  [`${now / 1000}`, 'EVENT-1'],
  ['2024-13-10T00:00:00Z', 'EVENT-1'],
  ['2024-01-10T00:00:00Zulu', 'EVENT-1'],
  ['', 'EVENT-1'],
]
const dates: [form: 'iso' | 'epoch', query: string, found: unknown][] = [
  ...isoFrom.map(([text, found]): [form: 'iso', query: string, found: unknown] => ['iso', `datefrom=${text}`, found]),
  ['iso', `dateto=${new Date(now - day).toISOString()}`, ['OLD']],
  ['iso', `dateto=${new Date(now - 2 * day).toISOString()}`, ['OLD']],
  ['iso', `dateto=${new Date(now - 2 * day - 1).toISOString()}`, []],
  ['epoch', `datefrom=${now / 1000}`, ['NEW']],
  ['epoch', `datefrom=${(now - 3 * day) / 1000}&asc=true`, ['OLD', 'NEW']],
  ['epoch', `datefrom=${new Date(now).toISOString()}`, 'EVENT-1'],
  ['iso', 'action=OLD', ['OLD']],
  ['iso', 'actionperformed=USER_NEW', ['NEW']],
]
test.each(dates)('a platform with %s dates asked for %s', async (eventDates, query, found) => {
  await using mock = await startMock({ vms: 1, eventDates, now: () => now })
  mock.platform.emit({ entity: 'USER', action: 'OLD', timestamp: now - 2 * day })
  mock.platform.emit({ entity: 'USER', action: 'NEW', timestamp: now })
  const response = await get(mock, `/events?${query}`)
  const { collection } = (await response.json()) as { collection: Record<string, unknown>[] }
  expect(response.ok ? actionsOf(collection) : collection[0]?.['code']).toEqual(found)
})

test('what is older than the history is gone, as time passes on the platform', async () => {
  await using mock = await startMock({ vms: 1, now: () => now })
  for (const days of [8, 7, 1]) mock.platform.emit({ entity: 'USER', action: `${days}`, timestamp: now - days * day })
  expect(actionsOf((await list(mock, '/events')).collection)).toEqual(['1', '7'])
  mock.clock.skewMs = 6 * day + 1
  expect((await list(mock, '/events')).collection).toEqual([])
})

describe('events that reach REST late', () => {
  const shown = async (mock: Mock) => actionsOf((await list(mock, '/events?asc=true&limit=0')).collection)

  test('are there after the lag, in the order of their timestamps', async () => {
    await using mock = await startMock({ vms: 1, now: () => now, eventLagMs: 2000 })
    mock.platform.emit({ entity: 'USER', action: 'FIRST' })
    mock.platform.emit({ entity: 'USER', action: 'SECOND' }, { lagMs: 0 })
    mock.platform.emit({ entity: 'USER', action: 'NEVER' }, { lagMs: Number.POSITIVE_INFINITY })
    expect(await shown(mock)).toEqual(['SECOND'])
    mock.clock.skewMs = 1999
    expect(await shown(mock)).toEqual(['SECOND'])
    mock.clock.skewMs = 2000
    expect(await shown(mock)).toEqual(['FIRST', 'SECOND'])
  })

  test('are each late by a time of its own, which the seed draws', async () => {
    const lags = async (seed: number) => {
      await using mock = await startMock({ vms: 1, now: () => now, eventLagMs: 100, eventLagMaxMs: 2000, seed })
      for (let n = 0; n < 50; n++) mock.platform.emit({ entity: 'USER', action: `${n}` })
      mock.clock.skewMs = 1000
      const soon = await shown(mock)
      mock.clock.skewMs = 2000
      expect(await shown(mock)).toEqual(Array.from({ length: 50 }, (_, n) => `${n}`))
      return [soon, mock.platform.events.history.map(({ shownAt }) => shownAt - now)] as const
    }
    const [soon, first] = await lags(1)
    expect(soon.length).toBeGreaterThan(10)
    expect(soon.length).toBeLessThan(40)
    expect([Math.min(...first) >= 100, Math.max(...first) <= 2000]).toEqual([true, true])
    expect((await lags(1))[1]).toEqual(first)
    expect((await lags(2))[1]).not.toEqual(first)
  })

  test('are on the stream at once', async () => {
    await using mock = await startMock({ vms: 1, eventLagMs: 1e9 })
    const { text } = await openStream(mock)
    mock.platform.requestAccess(1)
    mock.platform.emit({ entity: 'USER', action: 'UNSEEN' }, { stream: false })
    mock.streams.cut()
    expect([actionsOf(eventsIn(await text)), await shown(mock)]).toEqual([['REQUEST_ACCESS'], []])
  })
})

describe('pages of events', () => {
  test('are never larger than the platform likes, whatever is asked for', async () => {
    await using mock = await startMock({ vms: 1, maxPageSize: 3 })
    await mock.platform.burst(7)
    const sizes: unknown[] = []
    for (const query of ['', '?limit=0', '?limit=100', '?limit=2', '?limit=3&startwith=6']) {
      const { collection, links, totalSize } = await list(mock, `/events${query}`)
      const next = links.find((link) => link.rel === 'next')?.href ?? ''
      sizes.push([query, collection.length, totalSize, new URL(next, 'http://x/').search])
    }
    expect(sizes).toEqual([
      ['', 3, 7, '?limit=3&startwith=3'],
      ['?limit=0', 3, 7, '?limit=3&startwith=3'],
      ['?limit=100', 3, 7, '?limit=3&startwith=3'],
      ['?limit=2', 2, 7, '?limit=2&startwith=2'],
      ['?limit=3&startwith=6', 1, 7, ''],
    ])
  })

  test.each([
    ['asc=true', false, false],
    ['asc=false', false, true],
    ['asc=true&entity=VIRTUAL_MACHINE', true, false],
    ['entity=VIRTUAL_MACHINE', true, true],
  ])('together hold all of them in order: %s', async (query, filtered, newestFirst) => {
    await using mock = await startMock({ vms: 1 })
    await mock.platform.burst(3, { event: { timestamp: 0 }, prefix: 'old' })
    const first = await mock.platform.burst(250)
    const others = await mock.platform.burst(50, { event: { entity: 'USER' }, prefix: 'other' })
    const found: unknown[] = []
    for (let at = 0; at < 400; at += 90) {
      const path = `/events?${query}&limit=90&startwith=${at}`
      found.push(...(await list(mock, path)).collection.map((event) => event['message']))
    }
    const expected = filtered ? first : [...first, ...others]
    expect(found).toEqual(newestFirst ? expected.toReversed() : expected)
  })
})

describe('the written event', () => {
  const draft = {
    entity: 'VIRTUAL_MACHINE',
    action: 'DEPLOY_FINISH',
    severity: 'ERROR',
    message: 'a <b> & "c"',
    context: 'ctx',
    errorCode: 'VM-1',
    errorMessage: 'no',
    exception: 'E',
    tags: ['x', 'y'],
    datacenter: 3,
    timestamp: now,
    fields: { scope: null, later: { a: 1 }, userName: 7 },
  } as const
  const written = {
    message: draft.message,
    context: 'ctx',
    errorCode: 'VM-1',
    errorMessage: 'no',
    exception: 'E',
    tags: ['x', 'y'],
    idDatacenter: 3,
    timestamp: now,
    scope: null,
    later: { a: 1 },
    userName: 7,
  }

  test('has what its draft gives, on the stream and in REST alike', async () => {
    await using mock = await startMock({ vms: 1, now: () => now })
    const { text } = await openStream(mock)
    mock.platform.emit(draft)
    mock.streams.cut()
    const [event] = eventsIn(await text)
    expect(event).toMatchObject(written)
    expect((await list(mock, '/events')).collection).toEqual([{ ...event, id: 1, links: [] }])
  })

  test('has no id where the platform is told so', async () => {
    await using mock = await startMock({ vms: 1, eventIds: false })
    mock.platform.requestAccess(1)
    expect((await list(mock, '/events')).collection.map((event) => 'id' in event)).toEqual([false])
  })

  test('as XML is in a list with links and totalSize', async () => {
    await using mock = await startMock({ vms: 1, now: () => now, eventIds: false })
    mock.platform.emit(draft)
    mock.platform.emit(draft)
    const response = await get(mock, '/events?limit=1', { accept: 'application/vnd.abiquo.events+xml' })
    const text = await response.text()
    expect(response.headers.get('content-type')).toBe('application/vnd.abiquo.events+xml; version=4.7')
    expect(text.replaceAll(/<link [^>]*rel="(\w+)"[^>]*\/>/g, '[$1]')).toBe(
      '<?xml version="1.0" encoding="UTF-8" standalone="yes"?><events>[first][next][last]<totalSize>2</totalSize><event>' +
        `<timestamp>${now}</timestamp><severity>ERROR</severity><entity>VIRTUAL_MACHINE</entity><action>DEPLOY_FINISH</action>` +
        '<entityMediaType>application/vnd.abiquo.virtualmachine+json</entityMediaType><userName>7</userName>' +
        '<context>ctx</context><message>a &lt;b&gt; &amp; &quot;c&quot;</message><errorCode>VM-1</errorCode>' +
        '<errorMessage>no</errorMessage><exception>E</exception><tags>x</tags><tags>y</tags><idDatacenter>3</idDatacenter>' +
        '</event></events>',
    )
  })
})

test.each([
  [{ kind: 'html', status: 404 } as const, 'text/html;charset=utf-8'],
  [{ kind: 'status', status: 404 } as const, 'application/vnd.abiquo.errors+json'],
])('a platform may have no events of REST: %j', async (fault, type) => {
  await using mock = await startMock({ vms: 1 })
  mock.faults.add(fault, { path: '/api/events' })
  const response = await get(mock, '/events')
  expect([response.status, response.headers.get('content-type')]).toEqual([404, type])
  expect((await get(mock, '/login')).status).toBe(200)
})

test('the clock of the platform is the one of events and of Date headers, on the stream too', async () => {
  await using mock = await startMock({ vms: 1, now: () => now, clockSkewMs: -3_600_000 })
  mock.platform.requestAccess(1)
  const { response, text } = await openStream(mock)
  mock.streams.cut()
  await text
  const events = await get(mock, '/events')
  const { collection } = (await events.json()) as { collection: Record<string, unknown>[] }
  const date = 'Tue, 09 Jan 2024 23:00:00 GMT'
  expect([response.headers.get('date'), events.headers.get('date'), collection[0]?.['timestamp']]).toEqual([
    date,
    date,
    now - 3_600_000,
  ])
  const refused = await fetch(`${mock.apiUrl}/login`)
  expect([refused.status, refused.headers.get('date')]).toEqual([401, date])
})

test('answers have no Date where the platform is told so', async () => {
  await using mock = await startMock({ vms: 1, dateHeader: false })
  expect((await get(mock, '/events')).headers.get('date')).toBeNull()
})

test('up to 4.6 events of REST have other fields', async () => {
  await using mock = await startMock({ vms: 10, eventFormat: 'legacy', enterprises: 1 })
  mock.platform.requestAccess(1)
  expect((await list(mock, '/events')).collection).toMatchObject([
    {
      actionPerformed: 'VIRTUAL_MACHINE_REQUEST_ACCESS',
      idVirtualMachine: 1,
      idVirtualDatacenter: 1,
      performedBy: 'user-1',
    },
  ])
})

test('the kinds of events are told under a media type of their own', async () => {
  await using mock = await startMock({ vms: 10 })
  mock.platform.requestAccess(1)
  const response = await get(mock, '/events', { accept: 'application/vnd.abiquo.eventtypes+json' })
  expect(await response.json()).toMatchObject({ actions: { collection: ['VIRTUAL_MACHINE_REQUEST_ACCESS'] } })
})
