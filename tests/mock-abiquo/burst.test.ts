import { expect, test } from 'bun:test'
import { startMock } from './mock.ts'
import { eventsIn, list, openStream } from './test-client.ts'

test('a burst without a rate is out at once, in order, with messages of their own', async () => {
  await using mock = await startMock({ vms: 1 })
  const { text } = await openStream(mock)
  const burst = mock.platform.burst(2000, { prefix: 'b', messageLength: 700, event: { entity: 'USER' } })
  mock.streams.cut()
  const messages = await burst
  const events = eventsIn(await text)
  expect(events.map((event) => event['message'])).toEqual(messages)
  expect(new Set(messages).size).toBe(2000)
  expect([messages[0]?.length, messages[0]?.slice(0, 5), events[0]?.['entity']]).toEqual([700, 'b-1..', 'USER'])
  const times = events.map((event) => Number(event['timestamp']))
  expect(times).toEqual(times.toSorted((one, other) => one - other))
  expect((await list(mock, '/events?limit=1')).totalSize).toBe(2000)
})

test('timestamps of a burst never go back, though the clock does', async () => {
  let now = 1_700_000_000_000
  await using mock = await startMock({ vms: 1, now: () => now-- })
  await mock.platform.burst(5)
  const times = mock.platform.events.history.map(({ event }) => event.timestamp)
  expect(times).toEqual(Array.from({ length: 5 }, () => times[0] ?? 0))
})

test('a burst with a rate comes bit by bit, all of it', async () => {
  await using mock = await startMock({ vms: 1 })
  const burst = mock.platform.burst(300, { perSecond: 5000, lagMs: 1e9 })
  expect(mock.platform.events.count).toBeLessThan(300)
  const messages = await burst
  expect(mock.platform.events.history.map(({ event }) => event.message)).toEqual(messages)
  expect((await list(mock, '/events')).collection).toEqual([])
})
