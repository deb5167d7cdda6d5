import { describe, expect, test } from 'bun:test'
import { capabilities, serveContract } from '../testing/contract-service.ts'
import { type StreamServer, serveStreams } from '../testing/stream-server.ts'
import { standardCases } from '../testing/wire-cases.ts'

/** What a harness does: it starts clients by HTTP, and hears of them by HTTP. */
interface Harness extends AsyncDisposable {
  readonly server: StreamServer
  start(params?: object): Promise<{ command(body: object): Promise<number>; end(): Promise<number> }>
  /** The next callback of the client that was started last, in the order of their numbers. */
  heard(): Promise<unknown>
}

async function harness(): Promise<Harness> {
  const service = serveContract()
  const server = await serveStreams()
  const callbacks = await serveStreams()
  let count = 0
  return {
    server,
    async start(params = {}) {
      count = 0
      const body = JSON.stringify({ streamUrl: server.stream, callbackUrl: `${callbacks.api}/callbacks`, ...params })
      const { status, headers } = await fetch(service.url, { method: 'POST', body })
      expect(status).toBe(201)
      const url = `${service.url}${headers.get('location')}`
      const send = async (init: RequestInit) => (await fetch(url, init)).status
      return {
        command: (command) => send({ method: 'POST', body: JSON.stringify(command) }),
        end: () => send({ method: 'DELETE' }),
      }
    },
    async heard() {
      const { url, body, answer } = await callbacks.next()
      answer(202)
      expect(url).toBe(`/api/callbacks/${++count}`)
      return JSON.parse(body)
    },
    async [Symbol.asyncDispose]() {
      await service[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
      await callbacks[Symbol.asyncDispose]()
    },
  }
}

const event = (data: string, id = '', type = 'message') => ({ kind: 'event', event: { type, data, id } })

describe('driven by a harness of another language, the client', () => {
  test('says what it can', async () => {
    await using service = serveContract()
    expect(await (await fetch(service.url)).json()).toEqual({
      name: '@novnc-tokens/stream',
      capabilities: [...capabilities],
    })
  })

  test('tells messages, comments and errors, and comes back with its last event id', async () => {
    await using all = await harness()
    await all.start({ initialDelayMs: 0 })
    const first = await all.server.next()
    first.open()
    first.send(':hello\nid: abc\nevent: greeting\ndata: Hello\n\nid: def\ndata: lost')
    expect([await all.heard(), await all.heard()]).toEqual([
      { kind: 'comment', comment: 'hello' },
      event('Hello', 'abc', 'greeting'),
    ])
    first.reset()
    expect(await all.heard()).toMatchObject({ kind: 'error' })
    const second = await all.server.next()
    expect(second.headers.get('last-event-id')).toBe('abc')
    second.open()
    second.send('data: World\n\n')
    expect(await all.heard()).toEqual(event('World', 'abc'))
  })

  test('sends what it is told to, again after a restart', async () => {
    await using all = await harness()
    const headers = { 'content-type': 'application/json; charset=utf-8', 'header-name': 'value' }
    const body = '{"hello":"world"}'
    const client = await all.start({ method: 'REPORT', body, headers, lastEventId: 'abc' })
    for (const restarts of [0, 1]) {
      const request = await all.server.next()
      expect([request.method, request.body, request.headers.get('header-name')]).toEqual(['REPORT', body, 'value'])
      expect([request.headers.get('content-type'), request.headers.get('last-event-id')]).toEqual([
        headers['content-type'],
        'abc',
      ])
      request.open()
      request.send(`data: ${restarts}\n\n`)
      expect(await all.heard()).toEqual(event(String(restarts), 'abc'))
      if (restarts === 0) expect(await client.command({ command: 'restart' })).toBe(202)
    }
    expect([await client.command({ command: 'dance' }), await client.end()]).toEqual([400, 204])
  })

  test('stops where the server says so, and follows where it is sent', async () => {
    await using all = await harness()
    await all.start()
    ;(await all.server.next()).answer(301, { location: '/moved' })
    const moved = await all.server.next()
    expect(moved.url).toBe('/moved')
    moved.answer(204)
    expect(await all.heard()).toMatchObject({ kind: 'error' })
    await all.start()
    ;(await all.server.next()).answer(307, { location: '' })
    expect(await all.heard()).toMatchObject({ kind: 'error' })
    expect(all.server.streams).toBe(3)
  })

  test('means by a stream what the standard says', async () => {
    await using all = await harness()
    for (const { wire, told } of standardCases) {
      const client = await all.start()
      const stream = await all.server.next()
      stream.open()
      // Byte by byte, in chunks of their own.
      for (const byte of typeof wire === 'string' ? Buffer.from(wire) : wire) stream.send(Uint8Array.of(byte))
      stream.end()
      const heard: unknown[] = []
      for (let next = await all.heard(); !isError(next); next = await all.heard()) heard.push(next)
      const events = heard.filter((callback) => JSON.stringify(callback).startsWith('{"kind":"event"'))
      expect(events).toEqual(told.messages.map(({ type, data, id }) => event(data, id, type)))
      expect(heard.length - events.length).toBe(told.comments.length)
      await client.end()
    }
  })
})

function isError(callback: unknown): boolean {
  return typeof callback === 'object' && callback !== null && 'kind' in callback && callback.kind === 'error'
}
