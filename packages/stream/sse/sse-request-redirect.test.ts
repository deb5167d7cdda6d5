import { describe, expect, test } from 'bun:test'
import { listening, until } from '../testing/listening.ts'
import { headersOf, open } from '../testing/opening.ts'
import { type StreamRequest, serveStreams } from '../testing/stream-server.ts'
import { SseError } from './errors.ts'

describe('redirects are followed', () => {
  const secrets = { authorization: 'secret', cookie: 'secret', 'x-key': 'secret' }
  const sent = { ...secrets, 'content-type': 'a/b', 'user-agent': 'test' }
  const seenOf = (request: StreamRequest) => [
    request.method,
    request.url,
    request.body,
    ...headersOf(request, ...Object.keys(sent), 'accept', 'last-event-id'),
  ]
  const all = Object.values(sent)

  test.each([301, 302, 303, 307, 308])('within the origin, with everything: %d', async (status) => {
    await using server = await serveStreams()
    const opening = open(server.stream, { headers: sent }, '7')
    ;(await server.next()).answer(status, { location: '/other?a=b' })
    const second = await server.next()
    expect(seenOf(second)).toEqual(['GET', '/other?a=b', '', ...all, 'text/event-stream', '7'])
    second.open()
    expect(await opening.opened).toMatchObject({ status: 200 })
    opening.end()
    await until(() => server.open === 0)
  })

  test('to another origin without who asks, and never with it again', async () => {
    await using server = await serveStreams()
    await using other = await serveStreams()
    const opening = open(server.stream, { method: 'POST', body: 'question', headers: () => sent }, '7')
    const stripped = [null, null, null, 'a/b', 'test', 'text/event-stream', '7']
    ;(await server.next()).answer(307, { location: other.stream })
    const second = await other.next()
    expect(seenOf(second)).toEqual(['POST', '/m/stream', 'question', ...stripped])
    second.answer(308, { location: `${server.stream}/back` })
    const third = await server.next()
    expect(seenOf(third)).toEqual(['POST', '/m/stream/back', 'question', ...stripped])
    third.answer(200)
    expect(await opening.opened).toMatchObject({ status: 200 })
  })

  test('to another origin without our certificate', async () => {
    const seen: unknown[] = []
    const opening = open('http://h/', {
      tls: { ca: 'ca', cert: 'cert', key: 'key', rejectUnauthorized: true },
      fetch: async (url, init) => {
        seen.push([url, (init as { tls?: unknown }).tls])
        return url === 'http://h/'
          ? new Response(null, { status: 302, headers: { location: '//other/' } })
          : new Response()
      },
    })
    await opening.opened
    expect(seen).toEqual([
      ['http://h/', { ca: 'ca', cert: 'cert', key: 'key', rejectUnauthorized: true }],
      ['http://other/', { ca: 'ca', rejectUnauthorized: true }],
    ])
  })

  test('without the body where they turn into GET, and without what describes it', async () => {
    await using server = await serveStreams()
    const opening = open(server.stream, { method: 'POST', body: 'question', headers: sent })
    ;(await server.next()).answer(303, { location: '/answer' })
    const second = await server.next()
    const { 'content-type': _, ...rest } = sent
    expect(seenOf(second).slice(0, 6)).toEqual(['GET', '/answer', '', ...Object.values(secrets)])
    expect(headersOf(second, 'content-type', 'content-length')).toEqual([null, null])
    expect(rest).not.toHaveProperty('content-type')
    second.answer(200)
    await opening.opened
  })

  test('ten times, and no more', async () => {
    await using server = await serveStreams()
    const opening = open(server.stream)
    for (let redirects = 0; redirects < 11; redirects++) {
      ;(await server.next()).answer(302, { location: `/${redirects}` })
    }
    const error = new SseError('redirect', `GET "${server.stream}" was redirected more than 10 times`, { status: 302 })
    expect([await opening.opened, server.streams, opening.clock.left]).toEqual([error, 11, []])
    const enough = open(server.stream)
    for (let redirects = 0; redirects < 10; redirects++) {
      ;(await server.next()).answer(302, { location: `/${redirects}` })
    }
    ;(await server.next()).answer(200)
    expect(await enough.opened).toMatchObject({ status: 200 })
  })

  test('never to nowhere', async () => {
    await using server = await serveStreams()
    for (const headers of [{}, { location: '' }, { location: 'file:///etc/passwd' }]) {
      const opening = open(server.stream)
      ;(await server.next()).answer(302, headers)
      expect(await opening.opened).toMatchObject({ code: 'redirect', status: 302 })
    }
  })

  test('from the beginning at each attempt', async () => {
    await using server = await serveStreams()
    await using listener = listening(server, { initialDelayMs: 0 })
    const urls: string[] = []
    for (let attempt = 0; attempt < 2; attempt++) {
      const first = await server.next()
      first.answer(301, { location: '/moved' })
      const second = await server.next()
      urls.push(first.url, second.url)
      second.open()
      second.end()
      await listener.told(2)
    }
    expect(urls).toEqual(['/m/stream', '/moved', '/m/stream', '/moved'])
  })
})
