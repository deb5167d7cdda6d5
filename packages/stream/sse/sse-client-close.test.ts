import { describe, expect, test } from 'bun:test'
import { getEventListeners } from 'node:events'
import type { Socket } from 'node:net'
import fc from 'fast-check'
import { FakeClock, settled } from '../../api/testing/fake-clock.ts'
import { head, serveSocket } from '../../api/testing/socket-server.ts'
import { listening, until } from '../testing/listening.ts'
import { type StreamRequest, serveStreams } from '../testing/stream-server.ts'
import { SseClient, type SseClientOptions } from './sse-client.ts'

describe('it ends', () => {
  const open = async (options: SseClientOptions = {}) => {
    const server = await serveStreams()
    const listener = listening(server, options)
    const stream = await server.next()
    stream.open()
    await listener.told(1)
    return { server, stream, ...listener }
  }

  test('by its signal, whenever that comes', async () => {
    const controller = new AbortController()
    const { server, told, client, clock } = await open({ signal: controller.signal })
    const waiting = told(1)
    controller.abort()
    expect(await waiting).toEqual(['end'])
    await client.close()
    await until(() => server.open === 0)
    expect([clock.left, getEventListeners(controller.signal, 'abort')]).toEqual([[], []])
    await server[Symbol.asyncDispose]()
  })

  test('before it began where its signal had said so', async () => {
    await using server = await serveStreams()
    await using listener = listening(server, { signal: AbortSignal.abort() })
    expect([await listener.told(1), server.streams, listener.client.status().state]).toEqual([['end'], 0, 'closed'])
  })

  test('once, however often it is iterated over and closed', async () => {
    const { signal } = new AbortController()
    const { server, client, clock, told } = await open({ signal })
    client[Symbol.asyncIterator]()
    expect([getEventListeners(signal, 'abort').length, server.streams]).toEqual([1, 1])
    await client.close()
    const closed = client.status()
    await clock.advance(5)
    await client.close()
    expect([client.status(), await told(1), getEventListeners(signal, 'abort')]).toEqual([closed, ['end'], []])
    await server[Symbol.asyncDispose]()
  })

  test('by leaving the iteration', async () => {
    await using server = await serveStreams()
    const clock = new FakeClock()
    const client = new SseClient(server.stream, { clock })
    const serving = server.next().then((stream) => stream.open())
    for await (const update of client) {
      expect(update.kind).toBe('open')
      break
    }
    await serving
    await until(() => server.open === 0)
    expect([clock.left, client.status().state]).toEqual([[], 'closed'])
  })

  test('by leaving its scope', async () => {
    await using server = await serveStreams()
    const clock = new FakeClock()
    {
      await using client = new SseClient(server.stream, { clock })
      client[Symbol.asyncIterator]()
      await server.next()
    }
    await until(() => server.open === 0)
    expect(clock.left).toEqual([])
  })

  test('and what waits is forgotten', async () => {
    const { server, stream, told, client } = await open()
    stream.send('data: a\n\ndata: b\n\n')
    await until(() => client.status().messages === 2)
    const closing = client.close()
    expect(await told(1)).toEqual(['end'])
    await closing
    await server[Symbol.asyncDispose]()
  })

  test('before it began, then it never begins', async () => {
    await using server = await serveStreams()
    const client = new SseClient(server.stream)
    expect(client.status().state).toBe('idle')
    await client.close()
    expect([await Array.fromAsync(client), server.streams]).toEqual([[], 0])
  })

  test('at once while its headers are being made', async () => {
    await using server = await serveStreams()
    await using listener = listening(server, { headers: () => new Promise(() => undefined) })
    await settled()
    await listener.client.close()
    expect([await listener.told(1), server.streams, listener.clock.left]).toEqual([['end'], 0, []])
  })
})

test('1,000 connections that end in all ways leave no timer, no socket and no listener', async () => {
  await using server = await serveStreams()
  const controller = new AbortController()
  const { signal } = controller
  await using listener = listening(server, { signal, readTimeoutMs: 60_000, headers: async () => ({}) })
  const { client, clock } = listener
  const ends: readonly (readonly [end: (request: StreamRequest) => void, updates: number])[] = [
    [(request) => request.answer(500), 1],
    [(request) => request.reset(), 1],
    [
      (request) => {
        request.open()
        request.send('data: a\n\n')
        request.end()
      },
      3,
    ],
    [
      (request) => {
        request.open({ connection: 'close' })
        request.send('data: a\n\ndata: b')
        request.end()
      },
      3,
    ],
    [(request) => request.answer(307, { location: '/next' }), 0],
    [(request) => request.answer(200, { 'content-type': 'text/html' }, 'no'), 1],
  ]
  for (let connection = 0; connection < 1000; connection++) {
    const [end, updates] = ends[connection % ends.length] ?? [() => undefined, 0]
    end(await server.next())
    if (updates === 0) continue
    const told = await listener.told(updates)
    expect(told.at(-1)).toMatch(/^(status|unreachable|ended|broken|content-type), \d+$/)
    if (connection % 50 === 0) {
      // Nothing but the wait for the next try, and the one listener of the signal.
      expect([clock.left.length, getEventListeners(signal, 'abort').length]).toEqual([1, 1])
      expect(server.open).toBeLessThanOrEqual(2)
    }
    client.retryNow()
  }
  expect(server.streams).toBeGreaterThanOrEqual(1000)
  await client.close()
  await until(() => server.open === 0)
  expect([clock.left, getEventListeners(signal, 'abort')]).toEqual([[], []])
})

/** What a server may do with a request. */
const behaviours: Readonly<Record<string, (socket: Socket) => unknown>> = {
  silent: () => undefined,
  reset: (socket) => socket.resetAndDestroy(),
  refuse: (socket) => socket.end(head('503 Busy', { 'content-length': 0, connection: 'close' })),
  redirect: (socket) =>
    socket.end(head('307 Elsewhere', { 'content-length': 0, connection: 'close', location: '/next' })),
  headers: (socket) => socket.write(head('200 OK', stream)),
  messages: (socket) => socket.write(`${head('200 OK', stream)}${'data: a\n\n'.repeat(100)}`),
  end: (socket) => socket.end(`${head('200 OK', stream)}data: a\n\n`),
}
const stream = { 'content-type': 'text/event-stream', connection: 'close' }

test('closed after any number of steps, it leaves nothing open and never connects again', async () => {
  let behave: (socket: Socket) => unknown = () => undefined
  await using server = await serveSocket(({ socket }) => void behave(socket))
  const names = fc.constantFrom(...Object.keys(behaviours))
  const closes = fc.asyncProperty(fc.nat({ max: 40 }), names, fc.boolean(), async (steps, name, restarts) => {
    behave = behaviours[name] ?? behave
    const clock = new FakeClock()
    const client = new SseClient(server.origin, { clock, initialDelayMs: 0, headers: async () => ({}) })
    const updates = client[Symbol.asyncIterator]()
    for (let step = 0; step < steps; step++) {
      if (restarts && step % 7 === 6) client.restart()
      // A turn of the event loop, or as little as possible.
      await (step % 3 === 0 ? settled() : Promise.resolve())
    }
    await client.close()
    expect(await updates.next()).toEqual({ done: true, value: undefined })
    await server.idle()
    const asked = server.heads.length
    await clock.advance(1e7)
    expect([server.heads.length, server.open, clock.left, client.status().state]).toEqual([asked, 0, [], 'closed'])
  })
  await fc.assert(closes, { numRuns: 150 })
})
