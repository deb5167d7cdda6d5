import { describe, expect, test } from 'bun:test'
import { type Mock, startMock } from './mock.ts'
import { randomOf } from './random.ts'
import { type Ending, StreamCuts } from './stream-cuts.ts'

const fixed = { vms: 1, now: () => 1_700_000_000_000 }
const draft = { entity: 'USER', action: 'LOGIN', message: 'Zoë 🦊' } as const
const openingBytes = 2001

interface Received {
  readonly body: Buffer
  /** Whether the body ended in good order. */
  readonly whole: boolean
}

/**
 * Opens a stream, does something once it is open, and reads until the connection ends. It reads the bytes themselves:
 * clients of HTTP throw away what came just before a connection was lost.
 */
async function receive(mock: Mock, action: () => void): Promise<Received> {
  const wanted = mock.streams.opened + 1
  const { promise, resolve } = Promise.withResolvers<void>()
  const pieces: Uint8Array[] = []
  const { hostname, port } = new URL(mock.origin)
  const socket = await Bun.connect({
    hostname,
    port: Number(port),
    socket: {
      data: (_, bytes) => {
        pieces.push(Uint8Array.from(bytes))
      },
      error: () => resolve(),
      close: () => resolve(),
    },
  })
  const head = ['GET /m/stream?X-Atmosphere-Transport=sse HTTP/1.1', 'Host: x', 'Connection: close']
  socket.write([...head, `Authorization: ${mock.authorization}`, '', ''].join('\r\n'))
  await mock.streams.whenOpened(wanted)
  action()
  await promise
  return unchunked(Buffer.concat(pieces))
}

/** The body of an answer that comes in chunks. */
function unchunked(answer: Buffer): Received {
  const pieces: Buffer[] = []
  let at = answer.indexOf('\r\n\r\n') + 4
  while (at < answer.length) {
    const begin = answer.indexOf('\r\n', at) + 2
    const size = Number.parseInt(answer.toString('latin1', at, begin), 16)
    if (size === 0) return { body: Buffer.concat(pieces), whole: true }
    pieces.push(answer.subarray(begin, begin + size))
    at = begin + size + 2
  }
  return { body: Buffer.concat(pieces), whole: false }
}

async function wholeBody(mock: Mock): Promise<Buffer> {
  const { body } = await receive(mock, () => {
    mock.platform.emit(draft)
    mock.streams.cut()
  })
  return body
}

/** The bytes at which a parser can go wrong. */
function awkward(body: Buffer): number[] {
  const fox = body.indexOf('🦊')
  const end = body.indexOf('\r\n\r\n')
  const event = [openingBytes, openingBytes + 1, openingBytes + 5, fox - 3, fox + 1, fox + 2, fox + 3]
  return [...event, end, end + 1, end + 2, end + 3, end + 4]
}

describe('a stream is cut at just the byte that is asked for', () => {
  test.each([
    ['clean', true],
    ['short', false],
  ] as const)('%s', async (how, whole) => {
    await using mock = await startMock(fixed)
    const body = await wholeBody(mock)
    const points = awkward(body)
    for (const bytes of points) {
      mock.streams.cutAfterBytes(bytes, { streams: 'next', how })
      const received = await receive(mock, () => mock.platform.emit(draft))
      expect([bytes, received]).toEqual([bytes, { body: body.subarray(0, bytes), whole }])
    }
    expect([mock.streams.cutByBytes, mock.streams.open]).toEqual([points.length, 0])
  })

  test('counted from now where it is open', async () => {
    await using mock = await startMock(fixed)
    const body = await wholeBody(mock)
    const { body: got } = await receive(mock, () => {
      mock.streams.cutAfterBytes(10)
      mock.platform.emit(draft)
    })
    expect(got).toEqual(body.subarray(0, openingBytes + 10))
  })

  test('abruptly, and the client has no more than was sent', async () => {
    await using mock = await startMock(fixed)
    const body = await wholeBody(mock)
    const { body: got, whole } = await receive(mock, () => {
      mock.streams.cutAfterBytes(20, { how: 'abrupt' })
      mock.platform.emit(draft)
    })
    expect([
      whole,
      body
        .subarray(0, openingBytes + 20)
        .subarray(0, got.length)
        .equals(got),
    ]).toEqual([false, true])
  })

  test.each([0, 1, 2000, openingBytes])('in its opening, after %d bytes', async (bytes) => {
    await using mock = await startMock({ ...fixed, heartbeatMs: 1 })
    mock.streams.cutAfterBytes(bytes)
    const { body, whole } = await receive(mock, () => {})
    expect([body.length, whole, mock.streams.open]).toEqual([bytes, true, 0])
  })
})

test('of streams to come the first ones are cut, and the rest is left alone', async () => {
  await using mock = await startMock(fixed)
  mock.streams.cutAfterBytes(openingBytes + 3, { streams: 'next', times: 2 })
  const lengths: number[] = []
  for (let n = 0; n < 3; n++) {
    const { body } = await receive(mock, () => {
      mock.platform.emit({ entity: 'USER', action: 'X' })
      mock.streams.cut()
    })
    lengths.push(body.length)
  }
  expect([lengths.slice(0, 2), (lengths[2] ?? 0) > openingBytes + 100]).toEqual([
    [openingBytes + 3, openingBytes + 3],
    true,
  ])
})

test('cuts that wait can be called off', async () => {
  await using mock = await startMock(fixed)
  mock.streams.cutAfterBytes(1, { times: 5 })
  mock.streams.clearCuts()
  const { body } = await receive(mock, () => mock.streams.cut())
  expect([body.length, mock.streams.cutByBytes]).toEqual([openingBytes, 0])
})

describe('the plan of cuts', () => {
  const plan = (options: Parameters<StreamCuts['plan']>[2], open: number) => {
    const cuts = new StreamCuts(randomOf(1))
    const now = cuts.plan(7, open, options).length
    let next = 0
    while (cuts.next() !== null) next++
    return { now, next }
  }
  const table: [options: Parameters<StreamCuts['plan']>[2], open: number, expected: { now: number; next: number }][] = [
    [{}, 0, { now: 0, next: 1 }],
    [{}, 1, { now: 1, next: 0 }],
    [{}, 2, { now: 1, next: 0 }],
    [{ times: 5 }, 2, { now: 2, next: 3 }],
    [{ streams: 'open' }, 2, { now: 2, next: 0 }],
    [{ streams: 'open', times: 1 }, 2, { now: 1, next: 0 }],
    [{ streams: 'open' }, 0, { now: 0, next: 0 }],
    [{ streams: 'next' }, 2, { now: 0, next: 1 }],
    [{ streams: 'next', times: 4 }, 0, { now: 0, next: 4 }],
  ]
  test.each(table)('%j with %d open streams', (options, open, expected) => {
    expect(plan(options, open)).toEqual(expected)
  })

  test('draws bytes and ways to end by the seed, each end of the range among them', () => {
    const drawn = (seed: number) =>
      new StreamCuts(randomOf(seed)).plan({ min: 3, max: 5 }, 200, { times: 200, how: 'any' })
    const cuts = drawn(1)
    expect([new Set(cuts.map(({ bytes }) => bytes)), new Set(cuts.map(({ how }) => how))]).toEqual([
      new Set([3, 4, 5]),
      new Set<Ending>(['clean', 'abrupt', 'short']),
    ])
    expect(drawn(1)).toEqual(cuts)
    expect(drawn(2)).not.toEqual(cuts)
  })
})
