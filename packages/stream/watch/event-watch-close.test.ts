import { describe, expect, test } from 'bun:test'
import { basic, Connection } from '@novnc-tokens/api'
import { FakeClock, settled } from '../../api/testing/fake-clock.ts'
import { type StreamRequest, serveStreams } from '../testing/stream-server.ts'
import { type Watched, watching } from '../testing/watching.ts'
import { watch as watchEvents } from './event-watch.ts'

const event = (action: string, timestamp: number | null = null) => `data:${JSON.stringify({ action, timestamp })}\n\n`

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await settled()
}

describe('closing at any moment leaves nothing open and tells nothing more', () => {
  type Moment = (watched: Watched, next: () => Promise<StreamRequest>) => Promise<void>
  const moments: readonly (readonly [when: string, moment: Moment])[] = [
    ['before the log-in is sent', async () => undefined],
    ['while the stream is asked for', async (_, next) => void (await next())],
    [
      'when the headers are there',
      async (_, next) => {
        const stream = await next()
        stream.open()
      },
    ],
    [
      'while it is open',
      async (watched, next) => {
        const stream = await next()
        stream.open()
        await until(() => watched.watch.status().state === 'open')
      },
    ],
    [
      'while events come',
      async (watched, next) => {
        const stream = await next()
        stream.open()
        for (let index = 0; index < 1000; index++) stream.send(event('A'))
        await until(() => watched.watch.status().events > 0)
      },
    ],
    [
      'while it waits for its next try',
      async (watched, next) => {
        const stream = await next()
        stream.answer(404)
        await until(() => watched.watch.status().state === 'down')
      },
    ],
    [
      'while it waits after an end',
      async (watched, next) => {
        const stream = await next()
        stream.open({ connection: 'close' })
        stream.end()
        await until(() => watched.watch.status().state === 'down')
      },
    ],
  ]
  test.each(moments)('%s', async (_, moment) => {
    await using server = await serveStreams()
    const clock = new FakeClock()
    await using watched = watching(server, { clock })
    await moment(watched, () => server.next())
    await watched.watch.close()
    await watched.watch.close()
    const { streams } = server
    await clock.advance(1_000_000)
    await until(() => server.open === 0)
    expect([server.streams, clock.left]).toEqual([streams, []])
    let update = await watched.next()
    while (update !== null) update = await watched.next()
    expect(watched.watch.status()).toMatchObject({ state: 'down', error: 'The watch is closed', retryAt: null })
  })

  test('while the log-in hangs', async () => {
    await using server = await serveStreams(() => undefined)
    const clock = new FakeClock()
    await using watched = watching(server, { clock })
    await until(() => server.logins === 1)
    await watched.watch.close()
    expect([await watched.next(), server.streams, clock.left]).toEqual([null, 0, []])
    watched.connection[Symbol.dispose]()
    await until(() => server.open === 0)
  })

  test('while a patient connection waits at its gate', async () => {
    await using server = await serveStreams((request) => request.answer(401))
    const clock = new FakeClock()
    await using watched = watching(server, { clock, patient: true })
    await clock.asleep()
    await watched.watch.close()
    expect([await watched.next(), server.streams]).toEqual([null, 0])
    watched.connection[Symbol.dispose]()
    await settled()
    expect(clock.left).toEqual([])
  })

  test('ends a consumer that waits', async () => {
    await using server = await serveStreams()
    await using watched = watching(server, { clock: new FakeClock() })
    ;(await server.next()).open()
    await watched.told(1)
    const waiting = watched.next()
    await watched.watch.close()
    expect(await waiting).toBeNull()
  })

  test('before it began, then it never begins', async () => {
    await using server = await serveStreams()
    await using watched = watching(server, { clock: new FakeClock() })
    using connection = watched.connection
    const watch = watchEvents({ connection, url: server.stream, mode: 'stream', recover: false })
    await watch.close()
    expect(await Array.fromAsync(watch)).toEqual([])
  })

  test('by leaving the iteration', async () => {
    await using server = await serveStreams()
    const clock = new FakeClock()
    using connection = new Connection({ api: server.api, authorization: basic('a', 'b'), clock })
    const watch = watchEvents({ connection, url: server.stream, mode: 'stream', recover: false })
    const serving = server.next().then((stream) => stream.open())
    for await (const update of watch) {
      expect(update.kind).toBe('open')
      break
    }
    await serving
    await until(() => server.open === 0)
    expect([watch.status().state, clock.left]).toEqual(['down', []])
  })
})
