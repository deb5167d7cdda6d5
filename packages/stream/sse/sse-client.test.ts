import { describe, expect, test } from 'bun:test'
import { listening, until } from '../testing/listening.ts'
import { serveStreams } from '../testing/stream-server.ts'
import { SseClient, type SseClientOptions } from './sse-client.ts'

test('everything that happens is told, in order', async () => {
  await using server = await serveStreams()
  await using listener = listening(server, { comments: true, lastEventId: '0' })
  const { client, clock, told } = listener
  const first = await server.next()
  first.open()
  first.send(': hello\ndata: a\n\nid: 1\n\nevent: add\ndata: b\ndata: c\n\n')
  expect(await told(4)).toEqual(['open', ': hello', 'message a 0', 'add b\nc 1'])
  first.end()
  expect(await told(1)).toEqual(['ended, 1000'])
  await clock.advance(1000)
  const second = await server.next()
  expect([first.headers.get('last-event-id'), second.headers.get('last-event-id')]).toEqual(['0', '1'])
  second.answer(503, { 'retry-after': '5' })
  expect(await told(1)).toEqual(['status, 5000'])
  await clock.advance(5000)
  const third = await server.next()
  third.reset()
  expect(await told(1)).toEqual(['unreachable, 4000'])
  await clock.advance(4000)
  const fourth = await server.next()
  fourth.open()
  fourth.send('data: d\n\n')
  expect(await told(2)).toEqual(['open', 'message d 1'])
  await client.close()
  expect(await told(1)).toEqual(['end'])
})

test('an update has all that is known', async () => {
  await using server = await serveStreams()
  await using listener = listening(server)
  const stream = await server.next()
  stream.open({ 'x-test': 'yes' })
  stream.send('data: a\n\n')
  const open = await listener.next()
  expect(open?.kind === 'open' && [open.url, open.headers.get('x-test')]).toEqual([server.stream, 'yes'])
  expect(await listener.next()).toEqual({ kind: 'message', message: { type: 'message', data: 'a', id: '' } })
  stream.end()
  expect(await listener.next()).toMatchObject({
    kind: 'error',
    error: {
      name: 'SseError',
      code: 'ended',
      message: 'The server ended the stream',
      status: null,
      retryAfterMs: null,
    },
    retryInMs: 1000,
  })
})

test('without comments there is nothing of them', async () => {
  await using server = await serveStreams()
  await using listener = listening(server)
  const stream = await server.next()
  stream.open()
  stream.send(':a\n\n:b\ndata: a\n\n')
  expect(await listener.told(2)).toEqual(['open', 'message a'])
})

describe('the server says', () => {
  test('that no client shall come back: the iteration ends once that is told', async () => {
    await using server = await serveStreams()
    await using listener = listening(server, { queueLength: 1 })
    ;(await server.next()).answer(204)
    expect(await listener.told(2)).toEqual(['stopped, null', 'end'])
    listener.client.restart()
    await listener.clock.advance(1e9)
    expect([server.streams, listener.clock.left, listener.client.status().state]).toEqual([1, [], 'closed'])
  })

  test('how long to wait at least, from then on', async () => {
    await using server = await serveStreams()
    await using listener = listening(server)
    const first = await server.next()
    first.open()
    first.send('retry: 7000\nretry: x\n\n')
    first.end()
    expect(await listener.told(2)).toEqual(['open', 'ended, 7000'])
    await listener.clock.advance(7000)
    ;(await server.next()).answer(500)
    expect(await listener.told(1)).toEqual(['status, 7000'])
  })

  test('nothing, for as long as the user allows', async () => {
    await using server = await serveStreams()
    await using listener = listening(server, { readTimeoutMs: 5000 })
    const stream = await server.next()
    stream.open()
    await listener.told(1)
    await listener.clock.advance(4999)
    stream.send(':')
    await until(() => listener.client.status().lastByteAt === listener.clock.wall())
    await listener.clock.advance(4999)
    expect(listener.client.status().state).toBe('open')
    await listener.clock.advance(1)
    expect(await listener.told(1)).toEqual(['silent, 1000'])
    await until(() => server.open === 0)
  })

  test('too much: a message over the limit', async () => {
    await using server = await serveStreams()
    await using listener = listening(server, { maxMessageLength: 10 })
    const stream = await server.next()
    stream.open()
    stream.send('data: 1234567890\n\ndata: 12345678901\n\n')
    expect(await listener.told(3)).toEqual(['open', 'message 1234567890', 'too-large, 1000'])
    await until(() => server.open === 0)
  })
})

test('a connection that was healthy for a minute has no failures behind it', async () => {
  await using server = await serveStreams()
  await using listener = listening(server)
  for (const ms of [1000, 2000]) {
    ;(await server.next()).answer(500)
    expect(await listener.told(1)).toEqual([`status, ${ms}`])
    await listener.clock.advance(ms)
  }
  const stream = await server.next()
  stream.open()
  await listener.told(1)
  await listener.clock.advance(60_000)
  stream.end()
  expect(await listener.told(1)).toEqual(['ended, 1000'])
})

describe('the user says', () => {
  test('when it is tried again, and whether', async () => {
    await using server = await serveStreams()
    const delays = [undefined, 7, null]
    await using listener = listening(server, { retryDelay: ({ failures }) => delays[failures - 1] })
    for (const [expected, ms] of [
      ['status, 30000', 30_000],
      ['status, 7', 7],
      ['status, null', 0],
    ] as const) {
      ;(await server.next()).answer(404)
      expect(await listener.told(1)).toEqual([expected])
      await listener.clock.advance(ms)
    }
    expect([await listener.told(1), server.streams, listener.clock.left]).toEqual([['end'], 3, []])
  })

  test('something wrong: it is told, and tried again after 30 s', async () => {
    await using server = await serveStreams()
    const cause = new Error('no idea')
    await using listener = listening(server, {
      retryDelay: () => {
        throw cause
      },
    })
    ;(await server.next()).answer(404)
    expect(await listener.next()).toMatchObject({ error: { code: 'handler', cause }, retryInMs: 30_000 })
  })

  test('that it is opened anew, which is no failure', async () => {
    await using server = await serveStreams()
    await using listener = listening(server)
    const first = await server.next()
    first.open()
    await listener.told(1)
    listener.client.restart()
    const second = await server.next()
    await until(() => server.open === 1)
    second.open()
    second.end()
    expect([await listener.told(2), listener.clock.now()]).toEqual([['open', 'ended, 1000'], 0])
  })

  test('that it is tried now', async () => {
    await using server = await serveStreams()
    await using listener = listening(server)
    ;(await server.next()).answer(401)
    expect(await listener.told(1)).toEqual(['status, 300000'])
    listener.client.retryNow()
    ;(await server.next()).open()
    expect([await listener.told(1), listener.clock.now()]).toEqual([['open'], 0])
  })
})

describe('a slow consumer', () => {
  test('never holds the reader up, and is told how much it missed', async () => {
    await using server = await serveStreams()
    await using listener = listening(server, { queueLength: 10 })
    const stream = await server.next()
    stream.open()
    await listener.told(1)
    const messages = (from: number, to: number) => {
      for (let index = from; index < to; index++) stream.send(`data: ${index}\n\n`)
      return until(() => listener.client.status().messages === to)
    }
    await messages(0, 1000)
    expect(listener.client.status()).toMatchObject({ state: 'open', messages: 1000, dropped: 990 })
    const first = Array.from({ length: 10 }, (_, index) => `message ${index}`)
    expect(await listener.told(11)).toEqual([...first, 'overflow 990'])
    await messages(1000, 1001)
    expect(await listener.told(1)).toEqual(['message 1000'])
  })

  test('is bounded by what waits, too', async () => {
    await using server = await serveStreams()
    await using listener = listening(server, { queueSize: 1000, comments: true })
    const stream = await server.next()
    stream.open()
    const text = 'x'.repeat(400)
    stream.send(`:${text}\ndata: ${text}\n\n:${text}\ndata: last\n\n`)
    await until(() => listener.client.status().messages === 2)
    expect(await listener.told(4)).toEqual(['open', `: ${text}`, `message ${text}`, 'overflow 2'])
  })

  test('is told why the stream ended for good, however much it missed', async () => {
    await using server = await serveStreams()
    await using listener = listening(server, { queueLength: 1, retryDelay: () => null })
    const stream = await server.next()
    stream.open()
    stream.send('data: a\n\ndata: b\n\n')
    stream.end()
    await until(() => listener.client.status().state === 'closed')
    expect(await listener.told(4)).toEqual(['open', 'overflow 2', 'ended, null', 'end'])
  })
})

test('its status tells from outside how it stands', async () => {
  await using server = await serveStreams()
  await using listener = listening(server, { lastEventId: '0' })
  const { client, clock } = listener
  const wall = clock.wallAtZero
  const start = {
    state: 'connecting',
    since: wall,
    lastByteAt: null,
    lastEventId: '0',
    attempts: 1,
    connects: 0,
    messages: 0,
    dropped: 0,
    error: null,
    retryAt: null,
  } as const
  const request = await server.next()
  expect(client.status()).toEqual(start)
  await clock.advance(5)
  request.open()
  await listener.told(1)
  const open = { ...start, state: 'open', since: wall + 5, connects: 1 } as const
  expect(client.status()).toEqual(open)
  await clock.advance(5)
  request.send('id: 1\ndata: a\n\n')
  await listener.told(1)
  const seen = { ...open, messages: 1, lastEventId: '1', lastByteAt: wall + 10 }
  expect(client.status()).toEqual(seen)
  request.end()
  const failed = await listener.next()
  const error = failed?.kind === 'error' ? failed.error : null
  const waiting = { ...seen, state: 'waiting', since: wall + 10, error, retryAt: wall + 1010 } as const
  expect(client.status()).toEqual(waiting)
  await clock.advance(1000)
  const again = await server.next()
  const connecting = { ...waiting, state: 'connecting', since: wall + 1010, attempts: 2, retryAt: null } as const
  expect(client.status()).toEqual(connecting)
  again.open()
  await listener.told(1)
  expect(client.status()).toEqual({ ...connecting, state: 'open', connects: 2, error: null })
  await client.close()
  expect(client.status()).toEqual({ ...connecting, state: 'closed', connects: 2, error: null })
})

describe('what can never work is refused at once', () => {
  const refused: readonly (readonly [what: string, url: string, options: SseClientOptions, error: RegExp])[] = [
    ['no URL', 'nowhere', {}, /./],
    ['a URL of a file', 'file:///etc/passwd', {}, /is no request of HTTP: give an http: or https: URL$/],
    ['a log-in in the URL', 'http://user:pw@h/a', {}, /^GET "http:\/\/h\/a" has a log-in in its URL/],
    ['a GET with a body', 'http://h/', { body: 'x' }, /^GET "http:\/\/h\/" cannot have a body$/],
    ['no time to connect', 'http://h/', { connectTimeoutMs: 0 }, /^The option "connectTimeoutMs" is 0, but must be at/],
    ['no time to read', 'http://h/', { readTimeoutMs: 0 }, /"readTimeoutMs" is 0/],
    ['a delay before now', 'http://h/', { initialDelayMs: -1 }, /"initialDelayMs" is -1, but must be at least 0$/],
    ['no longest delay', 'http://h/', { maxDelayMs: 0 }, /"maxDelayMs" is 0/],
    ['no number', 'http://h/', { resetAfterMs: Number.NaN }, /"resetAfterMs" is NaN/],
    ['no message', 'http://h/', { maxMessageLength: 0 }, /"maxMessageLength" is 0/],
    ['no queue', 'http://h/', { queueLength: 0 }, /"queueLength" is 0/],
    ['a queue of no size', 'http://h/', { queueSize: 0 }, /"queueSize" is 0/],
  ]
  test.each(refused)('%s', (_, url, options, error) => {
    expect(() => new SseClient(url, options)).toThrow(error)
  })
})
