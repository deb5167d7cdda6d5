import { expect, test } from 'bun:test'
import { FakeClock, settled } from '../../../api/testing/fake-clock.ts'
import { type RedisConnection, RedisError } from './connection.ts'
import { Link } from './link.ts'

/** A link over connections that a test makes and breaks, with all that happens, and when. */
function linking() {
  const clock = new FakeClock()
  const happened: [number, string][] = []
  const state = { failure: null as Error | null, beatFails: null as Error | null }
  const connections: RedisConnection[] = []
  const note = (what: string) => happened.push([clock.now(), what])
  const link = new Link({
    async open() {
      if (state.failure !== null) throw state.failure
      note('open')
      let end: () => void = () => {}
      const closed = new Promise<void>((resolve) => {
        end = resolve
      })
      const connection: RedisConnection = { call: async () => null, closed, close: () => end() }
      connections.push(connection)
      return connection
    },
    async beat() {
      if (state.beatFails !== null) throw state.beatFails
      note('beat')
      return 2000
    },
    onBeat: (connected) => note(connected ? 'connected' : 'alive'),
    farewell: async () => note('farewell'),
    clock,
  })
  return { clock, happened, state, connections, link }
}

async function why(of: Promise<unknown>): Promise<string> {
  const error = await of.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  return error instanceof Error ? error.message : String(error)
}

test('nothing is opened before it is asked for, and then it is kept, with a pulse', async () => {
  const { clock, happened, connections, link } = linking()
  await clock.advance(10_000)
  const before = [...happened]
  const connection = await link.connection()
  await clock.advance(4000)
  expect([before, connection === connections[0], link.current === connection, happened]).toEqual([
    [],
    true,
    true,
    [
      [10_000, 'open'],
      [10_000, 'beat'],
      [10_000, 'connected'],
      [12_000, 'beat'],
      [12_000, 'alive'],
      [14_000, 'beat'],
      [14_000, 'alive'],
    ],
  ])
  await link.close()
  expect([happened.at(-1), clock.left]).toEqual([[14_000, 'farewell'], []])
})

test('what fails is tried again each second, and told at once with its latest reason', async () => {
  const { clock, happened, state, link } = linking()
  state.failure = new RedisError('first')
  const first = await why(link.connection())
  state.failure = new RedisError('second')
  await clock.advance(1000)
  const second = await why(link.connection())
  state.failure = null
  state.beatFails = new RedisError('no pulse')
  await clock.advance(1000)
  const third = await why(link.connection())
  state.beatFails = null
  await clock.advance(1000)
  await link.connection()
  expect([first, second, third, happened]).toEqual([
    'first',
    'second',
    'no pulse',
    [
      [2000, 'open'],
      [3000, 'open'],
      [3000, 'beat'],
      [3000, 'connected'],
    ],
  ])
  await link.close()
})

test.each([
  ['closed by the server', 'the connection was closed'],
  ['dropped', 'of no use'],
])('a connection that is %s is gone at once, and opened again a second later', async (how, reason) => {
  const { clock, connections, link } = linking()
  const first = await link.connection()
  if (how === 'dropped') link.drop(first, new RedisError('of no use'))
  else first.close()
  await settled()
  const told = [link.current, await why(link.connection())]
  await clock.advance(1000)
  const second = await link.connection()
  // It is no more: that it was of no use says nothing of the next one.
  link.drop(first, new RedisError('late'))
  expect([told, second === connections[1], link.current === second]).toEqual([[null, reason], true, true])
  await link.close()
})

test('a pulse that is asked for comes at once', async () => {
  const { clock, happened, link } = linking()
  await link.connection()
  await clock.advance(500)
  link.beatNow()
  await settled()
  expect(happened.at(-1)).toEqual([500, 'alive'])
  await link.close()
})

test('once closed it is for ever', async () => {
  const { clock, happened, link } = linking()
  await link.connection()
  await link.close()
  const before = happened.length
  await clock.advance(10_000)
  expect([await why(link.connection()), happened.length - before, clock.left]).toEqual([
    'the connection was closed',
    0,
    [],
  ])
})

test('one that was never used opens nothing after it was closed', async () => {
  const { clock, happened, link } = linking()
  await link.close()
  expect([await why(link.connection()), happened, clock.left]).toEqual(['it is closed', [], []])
})
