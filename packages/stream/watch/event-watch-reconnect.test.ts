import { describe, expect, test } from 'bun:test'
import { ApiError, type Authorization, basic, Connection, type Fetch } from '@novnc-tokens/api'
import { FakeClock, settled } from '../../api/testing/fake-clock.ts'
import { type StreamRequest, serveStreams } from '../testing/stream-server.ts'
import { watching } from '../testing/watching.ts'
import { watch as watchEvents } from './event-watch.ts'

const event = (action: string, timestamp: number | null = null) => `data:${JSON.stringify({ action, timestamp })}\n\n`

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await settled()
}

describe('a stream that ends is opened anew, and the gap is told', () => {
  const ends: readonly (readonly [how: string, end: (stream: StreamRequest) => void, why: RegExp])[] = [
    ['cleanly', (stream) => stream.end(), /^The server ended the stream$/],
    ['by a reset', (stream) => stream.reset(), /^The stream broke off: /],
    [
      'in the middle of an event',
      (stream) => {
        stream.send('data:{"action":"LOST"')
        stream.end()
      },
      /^The server ended the stream$/,
    ],
  ]
  test.each(ends)('%s', async (_, end, why) => {
    await using server = await serveStreams()
    const clock = new FakeClock()
    await using watched = watching(server, { clock })
    const first = await server.next()
    first.open({ date: 'Thu, 01 Jan 2026 10:00:00 GMT' })
    first.send(event('A', Date.UTC(2026, 0, 1, 10, 0, 30)) + event('B', Date.UTC(2026, 0, 1, 10, 0, 20)) + event('C'))
    expect(await watched.told(4)).toEqual(['open', 'event A', 'event B', 'event C'])
    end(first)
    const down = await watched.next()
    expect(down).toMatchObject({ kind: 'down', retryInMs: 1000 })
    const message = down?.kind === 'down' ? down.error.message : ''
    expect(message).toMatch(why)
    expect(clock.left).toEqual([1000])
    await clock.advance(999)
    expect(server.streams).toBe(1)
    await clock.advance(1)
    const second = await server.next()
    second.open({ date: 'Thu, 01 Jan 2026 11:00:00 GMT' })
    second.send(event('D'))
    // Since the newest event that was seen.
    const gap = `gap from ${Date.UTC(2026, 0, 1, 10, 0, 30)}, open: ${message}`
    expect(await watched.told(3)).toEqual(['open', gap, 'event D'])
    expect(watched.watch.status()).toMatchObject({ state: 'open', connects: 2, gaps: 1, error: null })
    expect(server.logins).toBe(1)
  })

  test('from the time of its first opening where no event was seen', async () => {
    await using server = await serveStreams()
    const clock = new FakeClock()
    await using watched = watching(server, { clock })
    for (const hour of ['10', '11']) {
      const stream = await server.next()
      stream.open({ date: `Thu, 01 Jan 2026 ${hour}:00:00 GMT` })
      expect(await watched.told(1)).toEqual(['open'])
      if (hour === '11') break
      stream.end()
      await watched.told(1)
      await clock.advance(1000)
    }
    expect(await watched.next()).toMatchObject({ kind: 'gap', from: Date.UTC(2026, 0, 1, 10) })
  })

  test('when it was silent: at once, without a penalty, the old connection closed before', async () => {
    await using server = await serveStreams()
    const clock = new FakeClock()
    await using watched = watching(server, { clock, idleTimeoutMs: 150_000 })
    let mistrusted = 0
    watched.connection.mistrust = () => {
      mistrusted++
    }
    const first = await server.next()
    first.open()
    first.send('data:X\n\n')
    expect(await watched.told(1)).toEqual(['open'])
    await until(() => watched.watch.status().lastByteAt !== null && clock.left.length === 1)
    // A heartbeat is life.
    await clock.advance(149_000)
    first.send('data:X\n\n')
    await until(() => watched.watch.status().lastByteAt === clock.wall())
    await clock.advance(149_999)
    expect(watched.watch.status().state).toBe('open')
    await clock.advance(1)
    const second = await server.next()
    await until(() => server.open === 1)
    second.open()
    expect(await watched.told(1)).toEqual(['gap from null, open: The stream was silent for 150 s'])
    second.end()
    expect(await watched.told(1)).toEqual(['down for 1000 ms: The server ended the stream'])
    // Other connections may have been cut off with it; an end in good order proves nothing of them.
    expect(mistrusted).toBe(1)
  })

  test('after longer and longer waits while it ends at once, until it was healthy for 60 s', async () => {
    await using server = await serveStreams()
    const clock = new FakeClock()
    await using watched = watching(server, { clock, idleTimeoutMs: 1e9 })
    for (const ms of [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]) {
      const stream = await server.next()
      stream.open()
      stream.end()
      await until(() => watched.watch.status().retryAt === clock.wall() + ms)
      expect(clock.left).toEqual([ms])
      await clock.advance(ms)
    }
    const healthy = await server.next()
    healthy.open()
    await until(() => watched.watch.status().state === 'open')
    await clock.advance(60_000)
    healthy.end()
    await until(() => watched.watch.status().state === 'down')
    expect(clock.left).toEqual([1000])
  })
})

describe('an answer that is no stream', () => {
  const type = { 'content-type': 'text/html; charset=utf-8' }
  const answers: readonly (readonly [
    what: string,
    answer: (request: StreamRequest) => void,
    error: object,
    ms: number,
  ])[] = [
    [
      '404 is tried slowly',
      (request) => request.answer(404),
      { code: 'status', status: 404, message: 'answered 404' },
      30_000,
    ],
    [
      '204 is tried slowly',
      (request) => request.answer(204),
      { code: 'stopped', status: 204, message: 'answered 204: the server wants no client to come back' },
      30_000,
    ],
    [
      'an HTML page with 200 is tried slowly',
      (request) => request.answer(200, type, '<html>vnc-secret</html>'),
      { code: 'content-type', status: null, message: 'answered text/html; charset=utf-8 instead of text/event-stream' },
      30_000,
    ],
    [
      '200 without a type is tried slowly',
      (request) => request.answer(200, {}, '{"action":"A"}'),
      { code: 'content-type', status: null, message: 'answered no content type instead of text/event-stream' },
      30_000,
    ],
    [
      '403 is tried each 5 min',
      (request) => request.answer(403),
      { code: 'status', status: 403, message: 'answered 403' },
      300_000,
    ],
    [
      '500 is tried soon',
      (request) => request.answer(500),
      { code: 'status', status: 500, message: 'answered 500' },
      1000,
    ],
    [
      '503 with Retry-After is tried then',
      (request) => request.answer(503, { 'retry-after': '90' }),
      { code: 'status', status: 503, retryAfterMs: 90_000, message: 'answered 503' },
      90_000,
    ],
    [
      '429 with a date to retry after is tried then',
      (request) => request.answer(429, { 'retry-after': 'Thu, 01 Jan 2026 00:01:00 GMT' }),
      { code: 'status', status: 429, message: 'answered 429' },
      60_000,
    ],
    [
      'a broken connection is tried soon',
      (request) => request.reset(),
      { code: 'unreachable', message: 'failed: ' },
      1000,
    ],
    [
      'a redirect to elsewhere is tried slowly',
      (request) => request.answer(302, { location: 'https://sso.example.com/' }),
      {
        code: 'redirect',
        status: 302,
        message: 'is redirected to "https://sso.example.com": is this the URL of the API?',
      },
      30_000,
    ],
  ]
  test.each(answers)('%s, and no gap is told', async (_, answer, { message, ...error }: { message?: string }, ms) => {
    await using server = await serveStreams()
    const clock = new FakeClock()
    await using watched = watching(server, { clock })
    answer(await server.next())
    const down = await watched.next()
    if (down?.kind !== 'down') throw new Error(`Unexpected: ${down?.kind}`)
    expect({ ...down.error }).toMatchObject(error)
    expect(down.error.message).toStartWith(`GET "${server.stream}`)
    expect(down.error.message).toContain(message ?? '')
    expect(down.error.message).not.toContain('vnc-secret')
    expect([down.retryInMs, clock.left]).toEqual([ms, [ms]])
    expect(watched.watch.status()).toMatchObject({
      state: 'down',
      connects: 0,
      gaps: 0,
      error: down.error.message,
      retryAt: clock.wall() + ms,
    })
    await clock.advance(ms)
    ;(await server.next()).open()
    expect(await watched.told(1)).toEqual(['open'])
    expect(watched.watch.status()).toMatchObject({ state: 'open', connects: 1, gaps: 0, error: null, retryAt: null })
  })

  test('is left before the next try, whether or not it ended', async () => {
    const clock = new FakeClock()
    const signals: (AbortSignal | null | undefined)[] = []
    const fetch: Fetch = async (url, { signal }) => {
      if (url.endsWith('/login')) return Response.json({ id: 1 })
      signals.push(signal)
      return new Response(new ReadableStream(), { headers: type })
    }
    using connection = new Connection({ api: 'https://h/api', authorization: basic('a', 'b'), clock, fetch })
    await using watch = watchEvents({ connection, url: 'https://h/m/stream', mode: 'stream', recover: false })
    const updates = watch[Symbol.asyncIterator]()
    expect((await updates.next()).value).toMatchObject({ kind: 'down', retryInMs: 30_000 })
    expect(signals.map((signal) => signal?.aborted)).toEqual([true])
  })

  test('401 waits for one log-in, and is tried each 5 min where that is accepted', async () => {
    await using server = await serveStreams()
    const clock = new FakeClock()
    await using watched = watching(server, { clock })
    ;(await server.next()).answer(401)
    ;(await server.next()).answer(401)
    const down = await watched.next()
    expect(down).toMatchObject({ kind: 'down', retryInMs: 300_000 })
    expect(down?.kind === 'down' && down.error instanceof ApiError && down.error.code).toBe('unauthorized')
    expect([server.logins, server.streams, clock.left]).toEqual([2, 2, [300_000]])
  })

  test('401 at the log-in is tried each 5 min, without a request for the stream', async () => {
    await using server = await serveStreams((request) => request.answer(401))
    const clock = new FakeClock()
    await using watched = watching(server, { clock })
    expect(await watched.next()).toMatchObject({ kind: 'down', retryInMs: 300_000 })
    await clock.advance(300_000)
    await until(() => server.logins === 2)
    expect(server.streams).toBe(0)
  })

  test('401 at the log-in keeps a patient connection at its gate, until the credentials are renewed', async () => {
    let known = false
    await using server = await serveStreams((request) =>
      known ? request.answer(200, { 'content-type': 'application/json' }, '{"id":1}') : request.answer(401),
    )
    const clock = new FakeClock()
    await using watched = watching(server, { clock, patient: true })
    expect(await clock.asleep()).toEqual([300_000])
    expect(watched.watch.status()).toMatchObject({ state: 'connecting', error: null })
    known = true
    watched.connection.renew({ authorization: basic('admin', 'renewed'), tls: undefined })
    ;(await server.next()).open()
    expect(await watched.told(1)).toEqual(['open'])
    expect(clock.left.length).toBe(1)
  })
})

test('credentials are made anew for each connection', async () => {
  await using server = await serveStreams()
  const clock = new FakeClock()
  let nonce = 0
  const authorization: Authorization = {
    user: 'app',
    header: ({ url }) => `OAuth nonce="${++nonce}" ${new URL(url).pathname}`,
  }
  using connection = new Connection({ api: server.api, authorization, clock })
  await using watch = watchEvents({ connection, url: server.stream, random: () => 0, mode: 'stream', recover: false })
  const updates = watch[Symbol.asyncIterator]()
  const sent: (string | null)[] = []
  for (const _ of [1, 2]) {
    const stream = await server.next()
    sent.push(stream.headers.get('authorization'))
    stream.open()
    stream.end()
    await until(() => watch.status().state === 'down')
    await clock.advance(30_000)
  }
  // The platform checks the stream's header as that of a log-in.
  expect(sent).toEqual(['OAuth nonce="2" /api/login', 'OAuth nonce="3" /api/login'])
  await updates.return?.()
})
