import { describe, expect, test } from 'bun:test'
import { getEventListeners } from 'node:events'
import { inspect } from 'node:util'
import { testCa, testServer } from '../../api/testing/certificates.ts'
import { FakeClock, settled } from '../../api/testing/fake-clock.ts'
import { serveWeb } from '../../api/testing/web-server.ts'
import { listening, until } from '../testing/listening.ts'
import { headersOf, open } from '../testing/opening.ts'
import { type StreamServer, serveStreams } from '../testing/stream-server.ts'
import { SseError } from './errors.ts'
import { headerOf, SseRequest, type SseRequestOptions } from './sse-request.ts'

describe('a request is sent', () => {
  test('with what a stream needs', async () => {
    await using server = await serveStreams()
    const opening = open(server.stream)
    const request = await server.next()
    const names = ['accept', 'cache-control', 'accept-encoding', 'last-event-id', 'authorization', 'content-length']
    expect([request.method, request.url, ...headersOf(request, ...names)]).toEqual([
      'GET',
      '/m/stream',
      'text/event-stream',
      'no-cache',
      'identity',
      null,
      null,
      null,
    ])
    request.open()
    expect(await opening.opened).toMatchObject({ status: 200 })
    // Once it is open, only its signal ends it.
    await settled()
    expect(opening.clock.left).toEqual([])
    opening.end()
    await until(() => server.open === 0)
  })

  const given: readonly (readonly [what: string, headers: NonNullable<SseRequestOptions['headers']>])[] = [
    ['an object', { 'X-A': '1', Accept: 'x/y' }],
    [
      'pairs',
      [
        ['x-a', '1'],
        ['accept', 'x/y'],
      ],
    ],
    ['Headers', new Headers({ 'x-a': '1', accept: 'x/y' })],
    ['a function', () => ({ 'x-a': '1', accept: 'x/y' })],
    ['a function that takes its time', () => settled().then(() => ({ 'x-a': '1', accept: 'x/y' }))],
  ]
  test.each(given)("with the user's headers, which win: %s", async (_, headers) => {
    await using server = await serveStreams()
    const opening = open(server.stream, { headers })
    const request = await server.next()
    expect(headersOf(request, 'x-a', 'accept', 'cache-control')).toEqual(['1', 'x/y', 'no-cache'])
    request.answer(200)
    await opening.opened
  })

  test('with a body', async () => {
    await using server = await serveStreams()
    const bodies: readonly NonNullable<SseRequestOptions['body']>[] = [
      'é',
      new Uint8Array(Buffer.from('é')),
      new URLSearchParams({ a: 'b' }),
    ]
    const seen: unknown[] = []
    for (const body of bodies) {
      const opening = open(server.stream, { method: 'REPORT', body, headers: { 'content-type': 'a/b' } })
      const request = await server.next()
      seen.push([request.method, request.body, request.headers.get('content-type')])
      request.answer(200)
      await opening.opened
    }
    expect(seen).toEqual([
      ['REPORT', 'é', 'a/b'],
      ['REPORT', 'é', 'a/b'],
      ['REPORT', 'a=b', 'a/b'],
    ])
  })

  test('by TLS to a server that its options trust', async () => {
    await using server = await serveWeb(() => new Response('data: a\n\n'), testServer)
    const trusting = open(server.origin, { tls: { ca: testCa } })
    expect(await trusting.opened).toMatchObject({ status: 200 })
    const distrusting = open(server.origin)
    expect(await distrusting.opened).toMatchObject({ code: 'unreachable' })
    expect(server.lines).toEqual(['GET /'])
  })

  test('by another fetch', async () => {
    const sent: unknown[] = []
    const answer = new Response('x')
    const opening = open('http://h/a?b', {
      method: 'POST',
      body: 'x',
      fetch: async (url, { method, body, redirect }) => {
        sent.push(url, method, body, redirect)
        return answer
      },
    })
    expect(await opening.opened).toBe(answer)
    expect(sent).toEqual(['http://h/a?b', 'POST', 'x', 'manual'])
  })
})

describe('the last event id', () => {
  const ids: readonly (readonly [id: string, header: string | null])[] = [
    ['', null],
    ['1', '1'],
    ['a b', 'a b'],
    ['a\tb', 'a\tb'],
    ['é', 'Ã©'],
    ['€', 'â\u0082¬'],
    ['😀', 'ð\u009f\u0098\u0080'],
    // What no header carries.
    ['a\u0001', null],
    ['a\u007f', null],
    ['a\nb', null],
    ['\0', null],
  ]
  test.each(ids)('%j is sent in the bytes of UTF-8', async (id, header) => {
    expect(headerOf(id)).toBe(header)
    await using server = await serveStreams()
    const opening = open(server.stream, {}, id)
    const request = await server.next()
    expect(request.headers.get('last-event-id')).toBe(header)
    request.answer(200)
    await opening.opened
  })
})

describe('each attempt', () => {
  test('has headers and a body of its own', async () => {
    await using server = await serveStreams()
    let calls = 0
    await using listener = listening(server, {
      method: 'POST',
      body: 'question',
      headers: async () => ({ authorization: `Bearer ${++calls}` }),
      initialDelayMs: 0,
    })
    const seen: unknown[] = []
    for (const ms of [0, 2000, 4000]) {
      await listener.clock.advance(ms)
      const request = await server.next()
      seen.push([request.method, request.body, ...headersOf(request, 'authorization')])
      request.open()
      request.end()
      await listener.told(2)
    }
    expect(seen).toEqual([1, 2, 3].map((call) => ['POST', 'question', `Bearer ${call}`]))
  })

  test('whose headers cannot be made has failed, and the next one asks again', async () => {
    await using server = await serveStreams()
    const cause = new Error('no token')
    let calls = 0
    await using listener = listening(server, {
      headers: () => {
        if (calls++ === 0) throw cause
        return {}
      },
    })
    expect(await listener.next()).toMatchObject({
      error: { code: 'handler', message: `The headers of GET "${server.stream}" could not be made: no token`, cause },
      retryInMs: 1000,
    })
    await listener.clock.advance(1000)
    ;(await server.next()).open()
    expect(await listener.told(1)).toEqual(['open'])
  })

  test('whose headers cannot be sent has failed, and does not tell them', async () => {
    const opening = open('http://h/?token=secret', { headers: { authorization: 'secret\nsecret' } })
    const error = await opening.opened
    expect(error).toMatchObject({
      code: 'handler',
      message: 'The header "authorization" of GET "http://h/" cannot be sent: it has characters of no header',
    })
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('secret')
  })
})

describe('a request is given up', () => {
  const message = (server: StreamServer, seconds = 30) => `GET "${server.stream}" had no answer within ${seconds} s`

  test('where no answer comes in time', async () => {
    await using server = await serveStreams()
    const opening = open(server.stream)
    await server.next()
    await opening.clock.advance(29_999)
    expect(opening.clock.left).toEqual([1])
    await opening.clock.advance(1)
    expect(await opening.opened).toEqual(new SseError('timeout', message(server)))
    await until(() => server.open === 0)
  })

  test('where its headers are not made in time', async () => {
    await using server = await serveStreams()
    const opening = open(server.stream, { headers: () => new Promise(() => undefined), connectTimeoutMs: 5000 })
    await opening.clock.advance(5000)
    expect([await opening.opened, server.streams]).toEqual([new SseError('timeout', message(server, 5)), 0])
  })

  test('where redirects take too long together', async () => {
    await using server = await serveStreams()
    const opening = open(server.stream)
    ;(await server.next()).answer(307, { location: '/next' })
    await server.next()
    await opening.clock.advance(30_000)
    expect(await opening.opened).toEqual(new SseError('timeout', message(server)))
  })

  test('by its signal, at any moment', async () => {
    await using server = await serveStreams()
    const before = new AbortController()
    before.abort('before')
    const request = new SseRequest(server.stream, {}, new FakeClock())
    expect(await request.open({ lastEventId: '', signal: before.signal }).catch((error) => error)).toBe('before')
    const during = open(server.stream)
    await server.next()
    during.end()
    expect([await during.opened, during.clock.left]).toEqual([new Error('over'), []])
    const making = open(server.stream, { headers: () => new Promise(() => undefined) })
    making.end()
    expect([await making.opened, getEventListeners(making.signal, 'abort')]).toEqual([new Error('over'), []])
    await until(() => server.open === 0)
  })

  test('without a listener that is left behind', async () => {
    const seen: number[] = []
    const { opened } = open('http://h/', {
      headers: async () => ({}),
      fetch: async (url, { signal }) => {
        if (signal) seen.push(getEventListeners(signal, 'abort').length)
        const headers = { location: '/next' }
        return url === 'http://h/' ? new Response(null, { status: 307, headers }) : new Response()
      },
    })
    await opened
    expect(seen).toEqual([0, 0])
  })

  test('where nobody is there, with the cause', async () => {
    const server = await serveStreams()
    await server[Symbol.asyncDispose]()
    const error = await open(server.stream, { method: 'POST' }).opened
    expect(error).toMatchObject({ code: 'unreachable', status: null, cause: expect.any(Error) })
    expect(String(error)).toStartWith(`SseError: POST "${server.stream}" failed: `)
  })

  test("where fetch fails with nothing but a hint, in the words of the hint's cause", async () => {
    const cause = new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') })
    const opening = open('http://h/', { fetch: () => Promise.reject(cause) })
    const error = new SseError('unreachable', 'GET "http://h/" failed: connect ECONNREFUSED', { cause })
    expect(await opening.opened).toEqual(error)
  })
})
