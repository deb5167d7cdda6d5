import { expect, test } from 'bun:test'
import { startMock } from './mock.ts'
import { get, list } from './test-client.ts'

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
const dates: [form: 'iso' | 'epoch', query: string, found: unknown][] = [
  ['iso', `datefrom=${new Date(now - day).toISOString()}`, ['NEW']],
  ['iso', `dateto=${new Date(now - day).toISOString()}`, ['OLD']],
  ['iso', 'datefrom=2024-01-09T01:00:00%2B01:00', ['NEW']],
  ['iso', 'datefrom=2024-01-09T01:00:00+01:00', ['NEW']],
  ['iso', `datefrom=${now / 1000}`, 'EVENT-1'],
  ['epoch', `datefrom=${(now - day) / 1000}`, ['NEW']],
  ['epoch', `datefrom=${(now - 3 * day) / 1000}&asc=true`, ['OLD', 'NEW']],
  ['epoch', `datefrom=${new Date(now).toISOString()}`, 'EVENT-1'],
  ['iso', 'action=OLD', ['OLD']],
  ['iso', 'actionperformed=USER_NEW', ['NEW']],
]
test.each(dates)('a platform with %s dates asked for %s', async (eventDates, query, found) => {
  await using mock = await startMock({ vms: 1, eventDates })
  mock.platform.emit({ entity: 'USER', action: 'OLD', timestamp: now - 2 * day })
  mock.platform.emit({ entity: 'USER', action: 'NEW', timestamp: now })
  const response = await get(mock, `/events?${query}`)
  const { collection } = (await response.json()) as { collection: Record<string, unknown>[] }
  expect(response.ok ? actionsOf(collection) : collection[0]?.['code']).toEqual(found)
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
