import { describe, expect, test } from 'bun:test'
import { FakeClock, settled } from '../../api/testing/fake-clock.ts'
import { serveStreams } from '../testing/stream-server.ts'
import { watching } from '../testing/watching.ts'

const event = (action: string, timestamp: number | null = null) => `data:${JSON.stringify({ action, timestamp })}\n\n`

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await settled()
}

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
    const second = await server.next()
    expect(second.url).toEndWith('?X-Atmosphere-Transport=sse&X-Atmosphere-Framework=1.0')
    await until(() => server.open === 1)
    second.open()
    expect(await watched.told(2)).toEqual(['open', 'gap from 7, open: The stream was opened anew'])
    // It was no failure: the next one is the first.
    second.end()
    expect(await watched.told(1)).toEqual(['down for 1000 ms: The server ended the stream'])
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
    expect(await watched.told(1)).toEqual([`down for 1000 ms: GET "${server.stream}" answered 500`])
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
    expect(await watched.told(1)).toEqual(['open'])
  })
})
