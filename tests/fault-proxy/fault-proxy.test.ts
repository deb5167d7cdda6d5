import { describe, expect, test } from 'bun:test'
import { connect, createServer, type Socket } from 'node:net'
import { testCa, testServer } from '../../packages/api/testing/certificates.ts'
import { waitFor } from '../support/wait.ts'
import { type FaultProxy, type NetworkFault, startFaultProxy } from './index.ts'

/** A server that keeps what it gets, and a proxy before it. */
interface Setting extends AsyncDisposable {
  readonly proxy: FaultProxy
  /** The server's ends of the connections so far. */
  readonly ends: readonly Peer[]
}

/** One end of a connection. */
interface Peer {
  readonly socket: Socket
  /** What it got so far, as text. */
  got(): string
  /** In how many pieces. */
  pieces(): number
  /** `end` of the other side, an error such as `ECONNRESET`, or null. */
  over(): string | null
}

function peer(socket: Socket): Peer {
  const pieces: string[] = []
  let over: string | null = null
  socket.on('data', (bytes: Uint8Array) => void pieces.push(Buffer.from(bytes).toString('latin1')))
  socket.on('end', () => {
    over ??= 'end'
  })
  socket.on('error', (error: NodeJS.ErrnoException) => {
    over ??= error.code ?? error.message
  })
  return { socket, got: () => pieces.join(''), pieces: () => pieces.length, over: () => over }
}

async function setUp(): Promise<Setting> {
  const ends: Peer[] = []
  const server = createServer((socket) => void ends.push(peer(socket)))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The kernel gave no port')
  const proxy = await startFaultProxy(address.port)
  return {
    proxy,
    ends,
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]()
      server.close()
      for (const { socket } of ends) socket.destroy()
    },
  }
}

/** A connection through the proxy, and the server's end of it. */
async function dial({ proxy, ends }: Setting): Promise<{ client: Peer; server: Peer } & Disposable> {
  const before = ends.length
  const client = dialOnly(proxy)
  const server = await waitFor('the connection', () => ends[before])
  return { client, server, [Symbol.dispose]: () => client.socket.destroy() }
}

function dialOnly(proxy: FaultProxy): Peer {
  return peer(connect({ host: '127.0.0.1', port: proxy.port, noDelay: true }))
}

test('without a fault all passes both ways, and so does the end of each', async () => {
  await using setting = await setUp()
  using link = await dial(setting)
  link.client.socket.write('question')
  await waitFor('the question', () => link.server.got() === 'question')
  link.server.socket.write('x'.repeat(3_000_000))
  await waitFor('the answer', () => link.client.got().length === 3_000_000)
  link.client.socket.end('bye')
  await waitFor('the end', () => link.server.got() === 'questionbye' && link.server.over() === 'end')
  await waitFor('the other end', () => link.client.over() === 'end')
  await waitFor('the proxy to forget it', () => setting.proxy.open === 0)
})

test('a reset of one side is a reset for the other', async () => {
  await using setting = await setUp()
  using link = await dial(setting)
  link.server.socket.resetAndDestroy()
  await waitFor('the reset', () => link.client.over() === 'ECONNRESET')
  await waitFor('the proxy to forget it', () => setting.proxy.open === 0)
})

test('latency with jitter delays one way, keeps the order, and leaves the other way alone', async () => {
  await using setting = await setUp()
  using link = await dial(setting)
  using _ = setting.proxy.add({ kind: 'latency', ms: 60, jitterMs: 40, way: 'to-client' })
  const began = performance.now()
  for (const piece of ['a', 'b', 'c', 'd']) {
    link.server.socket.write(piece)
    await Bun.sleep(1)
  }
  link.client.socket.write('quick')
  await waitFor('what comes at once', () => link.server.got() === 'quick')
  expect(link.client.got()).toBe('')
  await waitFor('what is late', () => link.client.got() === 'abcd')
  expect(performance.now() - began).toBeGreaterThanOrEqual(60)
})

test('a bandwidth spreads bytes over time', async () => {
  await using setting = await setUp()
  using link = await dial(setting)
  using _ = setting.proxy.add({ kind: 'bandwidth', bytesPerSecond: 10_000 })
  const began = performance.now()
  link.server.socket.write('x'.repeat(2000))
  await waitFor('all of it', () => link.client.got().length === 2000)
  expect({ atOnce: performance.now() - began < 150, inPieces: link.client.pieces() >= 5 }).toEqual({
    atOnce: false,
    inPieces: true,
  })
})

test('slices are single bytes', async () => {
  await using setting = await setUp()
  using link = await dial(setting)
  using _ = setting.proxy.add({ kind: 'slice' })
  link.server.socket.write('0123456789')
  await waitFor('all of it', () => link.client.got() === '0123456789')
  expect(link.client.pieces()).toBeGreaterThan(3)
})

test('a slow close passes the end on later than the bytes before it', async () => {
  await using setting = await setUp()
  using link = await dial(setting)
  using _ = setting.proxy.add({ kind: 'slow-close', ms: 100 })
  const began = performance.now()
  link.server.socket.end('last words')
  await waitFor('the words', () => link.client.got() === 'last words')
  expect(link.client.over()).toBeNull()
  await waitFor('the end', () => link.client.over() === 'end')
  expect(performance.now() - began).toBeGreaterThanOrEqual(100)
})

test('a black hole accepts, lets nothing pass, and lets go of all once it is over', async () => {
  await using setting = await setUp()
  using link = await dial(setting)
  const hole = setting.proxy.add({ kind: 'black-hole' })
  const late = dialOnly(setting.proxy)
  late.socket.write('late')
  link.client.socket.write('up')
  link.server.socket.end('down')
  await waitFor('the connection to be accepted', () => setting.proxy.accepted === 2)
  // What would pass takes the same few turns of the loop as this exchange beside it.
  await using beside = await setUp()
  using other = await dial(beside)
  other.client.socket.write('passes')
  await waitFor('what passes', () => other.server.got() === 'passes')
  expect({
    up: link.server.got(),
    down: link.client.got(),
    over: link.client.over(),
    made: setting.ends.length,
  }).toEqual({ up: '', down: '', over: null, made: 1 })
  hole[Symbol.dispose]()
  await waitFor('all of it', () => link.server.got() === 'up' && link.client.got() === 'down')
  await waitFor('the other one', () => setting.ends[1]?.got() === 'late')
  late.socket.destroy()
})

test('a black hole of one way lets the other pass', async () => {
  await using setting = await setUp()
  using link = await dial(setting)
  using _ = setting.proxy.add({ kind: 'black-hole', way: 'to-client' })
  link.server.socket.write('lost')
  link.client.socket.write('heard')
  await waitFor('what passes', () => link.server.got() === 'heard')
  expect(link.client.got()).toBe('')
})

test('half-open connections stay silent for good, and new ones are well', async () => {
  await using setting = await setUp()
  using old = await dial(setting)
  setting.proxy.add({ kind: 'half-open' })[Symbol.dispose]()
  old.server.socket.end('lost')
  using fresh = await dial(setting)
  fresh.server.socket.write('heard')
  await waitFor('what passes', () => fresh.client.got() === 'heard')
  expect({ got: old.client.got(), over: old.client.over() }).toEqual({ got: '', over: null })
})

describe('a cut after some bytes', () => {
  test.each([
    ['end', 'end'],
    ['reset', 'ECONNRESET'],
  ] as const)('by %s', async (how, over) => {
    await using setting = await setUp()
    using link = await dial(setting)
    using _ = setting.proxy.add({ kind: 'cut', afterBytes: 5, how, way: 'to-client' })
    link.client.socket.write('does not count')
    await waitFor('the other way', () => link.server.got() === 'does not count')
    link.server.socket.write('0123456789')
    await waitFor('the cut', () => link.client.over() === over)
    // A reset may overtake what was sent before it.
    expect(how === 'end' ? link.client.got() : '01234').toBe('01234')
    await waitFor('the proxy to forget it', () => setting.proxy.open === 0)
  })

  test('meets so many connections, and none once it is over', async () => {
    await using setting = await setUp()
    using _ = setting.proxy.add({ kind: 'cut', afterBytes: 1, way: 'to-client', times: 1 })
    for (const [sent, got] of [
      ['first', 'f'],
      ['second', 'second'],
    ] as const) {
      using link = await dial(setting)
      link.server.socket.end(sent)
      await waitFor('its end', () => link.client.over() === 'end')
      expect(link.client.got()).toBe(got)
    }
  })
})

test.each([
  [{ kind: 'reset' }, 'ECONNRESET', 'ECONNRESET'],
  [{ kind: 'down' }, 'end', 'ECONNREFUSED'],
] satisfies [NetworkFault, string, string][])(
  '%j ends what is open, and lets nobody in until it is over',
  async (fault, open, fresh) => {
    await using setting = await setUp()
    using link = await dial(setting)
    {
      using _ = setting.proxy.add(fault)
      await waitFor('the end', () => link.client.over() === open)
      const refused = dialOnly(setting.proxy)
      await waitFor('the refusal', () => refused.over() === fresh)
    }
    await waitFor('a connection that is well', async () => {
      const client = dialOnly(setting.proxy)
      client.socket.write('again')
      await waitFor('its word', () => setting.ends.at(-1)?.got() === 'again', { withinMs: 500 })
      client.socket.destroy()
      return true
    })
  },
)

test('faults add up, and end one by one in any order', async () => {
  await using setting = await setUp()
  using link = await dial(setting)
  const slow = setting.proxy.add({ kind: 'latency', ms: 40 })
  const hole = setting.proxy.add({ kind: 'black-hole' })
  link.client.socket.write('a')
  slow[Symbol.dispose]()
  slow[Symbol.dispose]()
  hole[Symbol.dispose]()
  await waitFor('what was held', () => link.server.got() === 'a')
})

test('TLS passes, in single bytes too', async () => {
  await using server = Bun.serve({ port: 0, hostname: '127.0.0.1', tls: testServer, fetch: () => new Response('safe') })
  await using proxy = await startFaultProxy(server.port ?? 0)
  using _ = proxy.add({ kind: 'slice' })
  const answer = await fetch(proxy.through(`https://localhost:${server.port}/some?path`), {
    tls: { ca: testCa },
    keepalive: false,
  })
  expect(await answer.text()).toBe('safe')
})

test('closing leaves nobody connected and nobody listening', async () => {
  await using setting = await setUp()
  using link = await dial(setting)
  const { proxy } = setting
  proxy.add({ kind: 'down' })[Symbol.dispose]()
  await proxy[Symbol.asyncDispose]()
  await waitFor('all to be closed', () => proxy.open === 0 && link.client.over() !== null)
  const refused = dialOnly(proxy)
  await waitFor('the refusal', () => refused.over() === 'ECONNREFUSED')
})

test('a server that is not there is a reset', async () => {
  const gone = await setUp()
  await gone[Symbol.asyncDispose]()
  await using proxy = await startFaultProxy(gone.proxy.port)
  const client = dialOnly(proxy)
  await waitFor('the reset', () => client.over() === 'ECONNRESET')
})
