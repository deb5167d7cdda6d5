import { describe, expect, test } from 'bun:test'
import { basic, Connection, type PlatformEvent } from '@novnc-tokens/api'
import { FakeClock, settled } from '../../api/testing/fake-clock.ts'
import { type StreamRequest, type StreamServer, serveStreams } from '../testing/stream-server.ts'
import { watching } from '../testing/watching.ts'
import { watch as watchEvents } from './event-watch.ts'

const event = (action: string, timestamp = 0) => JSON.stringify({ action, timestamp })

/** Waits for the next request and opens its stream. */
async function opened(server: StreamServer, headers: Record<string, string> = {}): Promise<StreamRequest> {
  const request = await server.next()
  request.open(headers)
  return request
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await settled()
}

describe('a request', () => {
  test('asks for server-sent events by the filters, with the credentials, after one log-in', async () => {
    await using server = await serveStreams()
    await using watched = watching(server, {
      clock: new FakeClock(),
      filters: { entity: ['MACHINE', 'ENTERPRISE'], user: ['system'] },
    })
    const request = await opened(server)
    expect(await watched.told(1)).toEqual(['open'])
    expect(request.url).toBe(
      '/m/stream?X-Atmosphere-Transport=sse&X-Atmosphere-Framework=1.0&entity=MACHINE,ENTERPRISE&user=system',
    )
    const names = ['accept', 'cache-control', 'accept-encoding', 'authorization']
    expect(names.map((name) => request.headers.get(name))).toEqual([
      'text/event-stream',
      'no-cache',
      'identity',
      `Basic ${Buffer.from('admin:secret-of-admin').toString('base64')}`,
    ])
    expect([server.logins, server.streams]).toEqual([1, 1])
  })

  test('is not made before anybody listens', async () => {
    await using server = await serveStreams()
    const connection = new Connection({ api: server.api, authorization: basic('a', 'b'), clock: new FakeClock() })
    const watch = watchEvents({ connection, url: server.stream, mode: 'stream', recover: false })
    await settled()
    expect([server.open, watch.status().state]).toEqual([0, 'connecting'])
    await watch.close()
  })
})

describe('every dialect is understood, its first event at once', () => {
  const padding = ' '.repeat(2000)
  const dialects: readonly (readonly [server: string, opening: string, end: string, heartbeats: readonly string[]])[] =
    [
      ['1.0', `data:${padding}\n\n\n`, '\n\n', []],
      ['1.1 to 2.0', `${padding}\n`, '\n\n', []],
      ['2.1 and 2.2', `${padding}\n`, '\r\n\r\n', ['data: \r\n\r\n']],
      ['2.3 and later', `${padding}\n`, '\r\n\r\n', ['data:X\r\n\r\n']],
      ['with the length interceptor', `${padding}\n`, '\r\n\r\n', ['data:1|X\r\n\r\n']],
    ]
  test.each(dialects)('%s', async (name, opening, end, heartbeats) => {
    await using server = await serveStreams()
    await using watched = watching(server, { clock: new FakeClock() })
    const message = (json: string) => `data:${name.startsWith('with') ? `${json.length}|` : ''}${json}${end}`
    const stream = await opened(server)
    expect(await watched.told(1)).toEqual(['open'])
    // The first event comes in one piece with the padding.
    stream.send(opening + message(event('A')))
    expect(await watched.told(1)).toEqual(['event A'])
    for (const heartbeat of heartbeats) stream.send(heartbeat)
    stream.send(message(event('B')) + message(event('C')))
    expect(await watched.told(2)).toEqual(['event B', 'event C'])
    expect(watched.watch.status()).toMatchObject({ state: 'open', events: 3, malformed: 0 })
  })
})

describe('an event', () => {
  test('is read in both formats', async () => {
    await using server = await serveStreams()
    await using watched = watching(server, { clock: new FakeClock() })
    const stream = await opened(server)
    await watched.next()
    const path = '/cloud/virtualdatacenters/1/virtualappliances/2/virtualmachines/3'
    stream.send(`data:${JSON.stringify({ action: 'A', entity: 'VIRTUAL_MACHINE', entityURI: `/api${path}` })}\n\n`)
    stream.send(`data:${JSON.stringify({ action: 'B', type: 'VIRTUAL_MACHINE', entityIdentifier: path })}\n\n`)
    const seen: PlatformEvent[] = []
    for (const _ of [1, 2]) {
      const update = await watched.next()
      if (update?.kind === 'event' && !update.recovered) seen.push(update.event)
    }
    expect(seen.map(({ format, action, entity, entityPath }) => [format, action, entity, entityPath])).toEqual([
      ['trace', 'A', 'VIRTUAL_MACHINE', path],
      ['legacy', 'B', 'VIRTUAL_MACHINE', path],
    ])
  })

  test('that is damaged is counted, and the stream goes on', async () => {
    await using server = await serveStreams()
    await using watched = watching(server, { clock: new FakeClock() })
    const stream = await opened(server)
    const damaged = ['{"action":', '{}', '{"action":null}', '{"a":1}{"b":2}', '{x}']
    stream.send(damaged.map((text) => `data:${text}\n\n`).join(''))
    stream.send(`data:X\n\ndata:[]\n\ndata: \n\ndata:${event('A')}\n\n`)
    expect(await watched.told(2)).toEqual(['open', 'event A'])
    expect(watched.watch.status()).toMatchObject({ events: 1, malformed: damaged.length })
  })

  test('of over 8 KiB in pieces that split its characters comes through', async () => {
    await using server = await serveStreams()
    await using watched = watching(server, { clock: new FakeClock() })
    const stream = await opened(server)
    const message = 'Zoë € 😀'.repeat(3000)
    const bytes = Buffer.from(`data:${JSON.stringify({ action: 'A', message })}\r\n\r\n`)
    for (let at = 0; at < bytes.length; at += 8191) stream.send(bytes.subarray(at, at + 8191))
    await watched.next()
    expect(await watched.next()).toMatchObject({ kind: 'event', event: { action: 'A', message } })
  })

  test('of a burst of 10,000 keeps its place', async () => {
    await using server = await serveStreams()
    await using watched = watching(server, { clock: new FakeClock() })
    const stream = await opened(server)
    const actions = Array.from({ length: 10_000 }, (_, index) => `A${index}`)
    stream.send(actions.map((action) => `data:${event(action)}\r\n\r\n`).join(''))
    expect(await watched.told(10_001)).toEqual(['open', ...actions.map((action) => `event ${action}`)])
  })

  test('that waits too long for its consumer is dropped, and told as a gap', async () => {
    await using server = await serveStreams()
    await using watched = watching(server, { clock: new FakeClock(), queueLength: 10 })
    const stream = await opened(server)
    expect(await watched.told(1)).toEqual(['open'])
    stream.send(Array.from({ length: 25 }, (_, index) => `data:${event(`A${index}`)}\n\n`).join(''))
    await until(() => watched.watch.status().events === 25)
    // What overflows goes, and is told in sum until the consumer knows it.
    const why = 'The consumer was too slow: 20 events were dropped'
    const rest = Array.from({ length: 5 }, (_, index) => `event A${index + 20}`)
    expect(await watched.told(7)).toEqual([`gap from 0, open: ${why}`, 'open', ...rest])
    expect(watched.watch.status().gaps).toBe(2)
    stream.send(Array.from({ length: 11 }, (_, index) => `data:${event(`B${index}`)}\n\n`).join(''))
    await until(() => watched.watch.status().events === 36)
    expect(await watched.told(1)).toEqual(['gap from 0, open: The consumer was too slow: 11 events were dropped'])
  })
})

describe('the status', () => {
  test('tells from outside how the watch stands', async () => {
    await using server = await serveStreams()
    const clock = new FakeClock()
    await using watched = watching(server, { clock })
    const { watch } = watched
    const wall = clock.wallAtZero
    const start = {
      kind: 'stream',
      instead: null,
      since: wall,
      lastByteAt: null,
      lastEventAt: null,
      error: null,
      retryAt: null,
    } as const
    const counts = { connects: 0, polls: 0, events: 0, recovered: 0, malformed: 0, gaps: 0, recovering: false }
    expect(watch.status()).toEqual({ ...start, ...counts, state: 'connecting' })
    const request = await server.next()
    await clock.advance(5)
    request.open()
    await watched.next()
    const open = { ...start, ...counts, state: 'open', since: wall + 5, lastByteAt: wall + 5, connects: 1 } as const
    expect(watch.status()).toEqual(open)
    await clock.advance(5)
    request.send(`data:${event('A')}\n\n`)
    await watched.next()
    const seen = { ...open, events: 1, lastByteAt: wall + 10, lastEventAt: wall + 10 }
    expect(watch.status()).toEqual(seen)
    await clock.advance(5)
    request.send('data:X\n\n')
    await until(() => watch.status().lastByteAt === wall + 15)
    expect(watch.status()).toEqual({ ...seen, lastByteAt: wall + 15 })
    request.end()
    await watched.next()
    const down = {
      ...seen,
      lastByteAt: wall + 15,
      state: 'down',
      since: wall + 15,
      error: 'The server ended the stream',
      retryAt: wall + 1015,
    } as const
    expect(watch.status()).toEqual(down)
    // Still down, since then, while it tries again.
    await clock.advance(1000)
    const again = await server.next()
    expect(watch.status()).toEqual(down)
    again.answer(500)
    await watched.next()
    expect(watch.status()).toEqual({
      ...down,
      error: `GET "${server.stream}" answered 500`,
      retryAt: wall + 1015 + 2000,
    })
    await watch.close()
    expect(watch.status()).toMatchObject({ state: 'down', error: 'The watch is closed', retryAt: null })
  })

  test("has the platform's time where the answer tells it", async () => {
    await using server = await serveStreams()
    await using watched = watching(server, { clock: new FakeClock() })
    ;(await server.next()).open({ date: 'Thu, 01 Jan 2026 10:00:00 GMT' })
    expect(await watched.next()).toEqual({ kind: 'open', at: Date.UTC(2026, 0, 1, 10) })
  })
})
