import { describe, expect, test } from 'bun:test'
import { ApiError, type Authorization, basic, Connection } from '@novnc-tokens/api'
import { FakeClock, settled } from '../api/testing/fake-clock.ts'
import { SseError } from './sse/errors.ts'
import { StreamWatch } from './stream-watch.ts'
import { type StreamRequest, serveStreams } from './testing/stream-server.ts'
import { type Watched, watching } from './testing/watching.ts'

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
    expect(down).toMatchObject({ kind: 'down', retryAt: 1000 })
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
    const gap = `gap from ${Date.UTC(2026, 0, 1, 10, 0, 30)}: ${message}`
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
    expect(await watched.told(1)).toEqual(['down until 299000: The stream was silent for 150 s'])
    const second = await server.next()
    await until(() => server.open === 1)
    second.open()
    expect(await watched.told(2)).toEqual(['open', 'gap from null: The stream was silent for 150 s'])
    second.end()
    expect(await watched.told(1)).toEqual(['down until 300000: The server ended the stream'])
  })

  test('after longer and longer waits while it ends at once, until it was healthy for 60 s', async () => {
    await using server = await serveStreams()
    const clock = new FakeClock()
    await using watched = watching(server, { clock, idleTimeoutMs: 1e9 })
    for (const ms of [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]) {
      const stream = await server.next()
      stream.open()
      stream.end()
      await until(() => watched.watch.status().retryAt === clock.now() + ms)
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
      { code: 'status', status: 204, message: 'answered 204' },
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
    expect([down.retryAt, clock.left]).toEqual([ms, [ms]])
    expect(watched.watch.status()).toMatchObject({
      state: 'down',
      connects: 0,
      gaps: 0,
      error: down.error.message,
      retryAt: ms,
    })
    await clock.advance(ms)
    ;(await server.next()).open()
    expect(await watched.told(1)).toEqual(['open'])
    expect(watched.watch.status()).toMatchObject({ state: 'open', connects: 1, gaps: 0, error: null, retryAt: null })
  })

  test('401 waits for one log-in, and is tried each 5 min where that is accepted', async () => {
    await using server = await serveStreams()
    const clock = new FakeClock()
    await using watched = watching(server, { clock })
    ;(await server.next()).answer(401)
    ;(await server.next()).answer(401)
    const down = await watched.next()
    expect(down).toMatchObject({ kind: 'down', retryAt: 300_000 })
    expect(down?.kind === 'down' && down.error instanceof ApiError && down.error.code).toBe('unauthorized')
    expect([server.logins, server.streams, clock.left]).toEqual([2, 2, [300_000]])
  })

  test('401 at the log-in is tried each 5 min, without a request for the stream', async () => {
    await using server = await serveStreams((request) => request.answer(401))
    const clock = new FakeClock()
    await using watched = watching(server, { clock })
    expect(await watched.next()).toMatchObject({ kind: 'down', retryAt: 300_000 })
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
  await using watch = new StreamWatch({ connection, url: server.stream, random: () => 0 })
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
  expect(sent).toEqual(['OAuth nonce="2" /m/stream', 'OAuth nonce="3" /m/stream'])
  await updates.return?.()
})

describe('retryNow', () => {
  test('ends the wait for the next try', async () => {
    await using server = await serveStreams()
    const clock = new FakeClock()
    await using watched = watching(server, { clock })
    ;(await server.next()).answer(404)
    await watched.told(1)
    watched.watch.retryNow()
    ;(await server.next()).open()
    expect([await watched.told(1), clock.now()]).toEqual([['open'], 0])
  })

  test('disturbs neither an open stream nor one that is being opened', async () => {
    await using server = await serveStreams()
    await using watched = watching(server, { clock: new FakeClock() })
    const stream = await server.next()
    watched.watch.retryNow()
    stream.open()
    await watched.told(1)
    watched.watch.retryNow()
    stream.send(event('A'))
    expect([await watched.told(1), server.streams]).toEqual([['event A'], 1])
  })
})

describe('widen', () => {
  const filters = { entity: ['MACHINE'] }

  test('opens the stream anew at once, without filters, and tells the gap', async () => {
    await using server = await serveStreams()
    const clock = new FakeClock()
    await using watched = watching(server, { clock, filters })
    const first = await server.next()
    expect(first.url).toEndWith('&entity=MACHINE')
    first.open()
    first.send(event('A', 7))
    await watched.told(2)
    watched.watch.widen()
    const why = 'The stream is opened anew without filters'
    expect(await watched.told(1)).toEqual([`down until 0: ${why}`])
    const second = await server.next()
    expect(second.url).toEndWith('?X-Atmosphere-Transport=sse&X-Atmosphere-Framework=1.0')
    await until(() => server.open === 1)
    second.open()
    expect(await watched.told(2)).toEqual(['open', `gap from 7: ${why}`])
    // It was no failure: the next one is the first.
    second.end()
    expect(await watched.told(1)).toEqual(['down until 1000: The server ended the stream'])
  })

  test('once is enough, and without filters it does nothing', async () => {
    await using server = await serveStreams()
    await using watched = watching(server, { clock: new FakeClock() })
    const stream = await server.next()
    stream.open()
    await watched.told(1)
    watched.watch.widen()
    stream.send(event('A'))
    expect([await watched.told(1), server.streams]).toEqual([['event A'], 1])
  })

  test('ends the wait for the next try', async () => {
    await using server = await serveStreams()
    const clock = new FakeClock()
    await using watched = watching(server, { clock, filters })
    ;(await server.next()).answer(404)
    await watched.told(1)
    watched.watch.widen()
    const request = await server.next()
    expect([request.url.includes('entity'), clock.now()]).toEqual([false, 0])
    // A failure after it is one like any other.
    request.answer(500)
    expect(await watched.told(1)).toEqual([`down until 1000: GET "${server.stream}" answered 500`])
  })

  test('while the stream is being opened, opens it anew', async () => {
    await using server = await serveStreams()
    const clock = new FakeClock()
    await using watched = watching(server, { clock, filters })
    await server.next()
    watched.watch.widen()
    const request = await server.next()
    request.open()
    expect([request.url.includes('entity'), clock.now()]).toEqual([false, 0])
    expect(await watched.told(2)).toEqual(['down until 0: The stream is opened anew without filters', 'open'])
  })
})

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
    const watch = new StreamWatch({ connection, url: server.stream })
    await watch.close()
    expect(await Array.fromAsync(watch)).toEqual([])
  })

  test('by leaving the iteration', async () => {
    await using server = await serveStreams()
    const clock = new FakeClock()
    using connection = new Connection({ api: server.api, authorization: basic('a', 'b'), clock })
    const watch = new StreamWatch({ connection, url: server.stream })
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

test('errors of the stream say what they are of', () => {
  const cause = new Error('below')
  const full = new SseError('broken', 'Broken', { status: 500, retryAfterMs: 5, cause })
  expect({ ...full, cause: full.cause } as unknown).toEqual({
    name: 'SseError',
    code: 'broken',
    status: 500,
    retryAfterMs: 5,
    cause,
  })
  const least = new SseError('ended', 'Ended')
  expect({ ...least, has: 'cause' in least } as unknown).toEqual({
    name: 'SseError',
    code: 'ended',
    status: null,
    retryAfterMs: null,
    has: false,
  })
})
