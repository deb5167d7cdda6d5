import { afterEach, describe, expect, spyOn, test } from 'bun:test'
import { createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { tempFolder } from '../../../../tests/support/temp.ts'
import { testCa, testServer } from '../../../api/testing/certificates.ts'
import { openRedis, type RedisConnection, RedisError } from './connection.ts'

const nobody = { username: null, password: null }
const { signal } = new AbortController()
const printed = [spyOn(console, 'warn'), spyOn(console, 'error')]

afterEach(() => {
  for (const each of printed) {
    expect(each).not.toHaveBeenCalled()
    each.mockClear()
  }
})

/** A server that answers whatever comes with what `answer` says of it, on a port of its own. */
async function serve(answer: (text: string, socket: Socket) => string, tls: typeof testServer | null = null) {
  const sockets = new Set<Socket>()
  const onSocket = (socket: Socket) => {
    sockets.add(socket)
    socket.on('data', (data) => socket.write(answer(data.toString('latin1'), socket)))
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
  }
  const server: Server = tls === null ? createServer(onSocket) : createTlsServer(tls, onSocket)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    server: { host: '127.0.0.1', port },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function failure(of: Promise<unknown>): Promise<RedisError> {
  const error = await of.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof RedisError)) throw new Error('no RedisError', { cause: error })
  return error
}

async function closing(connection: RedisConnection): Promise<void> {
  connection.close()
  await connection.closed
}

test('commands are sent, and their answers come back', async () => {
  await using redis = await serve(() => '*3\r\n$1\r\nx\r\n:7\r\n$-1\r\n')
  const connection = await openRedis({ server: redis.server, user: nobody, tls: null, signal })
  const answer = await connection.call('mget', ['a', 1])
  await closing(connection)
  expect(answer).toEqual(['x', 7, null])
})

test('a connection says nothing of its own accord but who it is', async () => {
  const heard: string[] = []
  await using redis = await serve((text) => {
    heard.push(text)
    return '+OK\r\n'
  })
  const user = { username: 'me', password: 'p w' }
  await closing(await openRedis({ server: redis.server, user, tls: null, signal }))
  expect(heard).toEqual(['*3\r\n$4\r\nauth\r\n$2\r\nme\r\n$3\r\np w\r\n'])
})

test('an error that the server answers leaves the connection as it is, and names nothing that was sent', async () => {
  await using redis = await serve((text) => (text.includes('auth') ? '+OK\r\n' : '-ERR wrong\r\n'))
  const user = { username: null, password: 'hunter2' }
  const connection = await openRedis({ server: redis.server, user, tls: null, signal })
  const errors = [await failure(connection.call('get', ['hunter2'])), await failure(connection.call('get', ['x']))]
  await closing(connection)
  expect(errors.map((error) => [error.message, error.answered, Object.keys(error), error.cause])).toEqual([
    ['ERR wrong', true, ['name', 'answered'], undefined],
    ['ERR wrong', true, ['name', 'answered'], undefined],
  ])
})

test.each([
  [
    'WRONGPASS invalid username-password pair or user is disabled.',
    'WRONGPASS invalid username-password pair or user is disabled',
  ],
  [
    'WRONGPASS invalid username-password pair or user is disabled..',
    'WRONGPASS invalid username-password pair or user is disabled',
  ],
  ['NOAUTH HELLO must be called with the client already authenticated', 'NOAUTH, it asks for a password'],
  ['ERR Client sent AUTH, but no password is set', 'ERR Client sent AUTH, but no password is set'],
  ["ERR wrong number of arguments for 'auth' command", "ERR wrong number of arguments for 'auth' command"],
])('a log-in that is refused is told and nothing is printed: %s', async (answer, told) => {
  await using redis = await serve(() => `-${answer}\r\n`)
  const user = { username: 'me', password: 'hunter2' }
  const { message, answered } = await failure(openRedis({ server: redis.server, user, tls: null, signal }))
  expect([message, answered]).toEqual([told, true])
})

describe('what cannot be reached', () => {
  test('tells why', async () => {
    const gone = await serve(() => '')
    await gone[Symbol.asyncDispose]()
    const { message, answered } = await failure(openRedis({ server: gone.server, user: nobody, tls: null, signal }))
    expect([message, answered]).toEqual([expect.stringContaining('ECONNREFUSED'), false])
  })

  test('is given up with the signal', async () => {
    await using redis = await serve(() => '')
    const ending = new AbortController()
    ending.abort(new Error('the end'))
    const opening = openRedis({ server: redis.server, user: nobody, tls: null, signal: ending.signal })
    expect((await failure(opening)).message).toBe('the end')
  })

  test('is given up with the signal in the midst of the log-in', async () => {
    const ending = new AbortController()
    await using redis = await serve(() => {
      ending.abort()
      return ''
    })
    const user = { username: null, password: 'hunter2' }
    const opening = openRedis({ server: redis.server, user, tls: null, signal: ending.signal })
    expect((await failure(opening)).answered).toBe(false)
  })
})

test('a connection that the server closes is closed, and fails what waits', async () => {
  await using redis = await serve((_, socket) => {
    socket.destroy()
    return ''
  })
  const connection = await openRedis({ server: redis.server, user: nobody, tls: null, signal })
  const { answered } = await failure(connection.call('get', ['x']))
  await connection.closed
  expect([answered, (await failure(connection.call('get', ['x']))).answered]).toEqual([false, false])
})

describe('a server with TLS', () => {
  const pong = () => '+PONG\r\n'
  const common = { caFile: null, certFile: null, keyFile: null, insecure: false }

  test.each(['127.0.0.1', 'localhost'])('is believed by its CA as %s, and not without', async (host) => {
    await using redis = await serve(pong, testServer)
    await using folder = tempFolder()
    const server = { ...redis.server, host }
    const caFile = await folder.write('ca.pem', testCa)
    const connection = await openRedis({ server, user: nobody, tls: { ...common, caFile }, signal })
    const answer = await connection.call('ping', [])
    await closing(connection)
    const { message, answered } = await failure(openRedis({ server, user: nobody, tls: common, signal }))
    expect([answer, message, answered]).toEqual(['PONG', expect.stringMatching(/certificate/i), false])
  })

  test('is believed whatever it shows where that is asked for', async () => {
    await using redis = await serve(pong, testServer)
    const tls = { ...common, insecure: true }
    const connection = await openRedis({ server: redis.server, user: nobody, tls, signal })
    expect(await connection.call('ping', [])).toBe('PONG')
    await closing(connection)
  })

  test('gets the certificate of the client', async () => {
    const shown: unknown[] = []
    await using folder = tempFolder()
    const server = createTlsServer({ ...testServer, ca: testCa, requestCert: true }, (socket) => {
      shown.push(socket.getPeerCertificate().subject.CN)
      socket.on('data', () => socket.write('+PONG\r\n'))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const tls = {
      caFile: await folder.write('ca.pem', testCa),
      certFile: await folder.write('cert.pem', testServer.cert),
      keyFile: await folder.write('key.pem', testServer.key),
      insecure: false,
    }
    const connection = await openRedis({ server: { host: '127.0.0.1', port }, user: nobody, tls, signal })
    expect([await connection.call('ping', []), shown]).toEqual(['PONG', ['127.0.0.1']])
    await closing(connection)
    await new Promise((resolve) => server.close(resolve))
  })
})

test.each([
  ['is missing', null, 'ENOENT'],
  ['is none', 'no certificate', 'is no PEM file'],
])('a PEM file that %s is told before anything is sent', async (_, content, why) => {
  await using folder = tempFolder()
  if (content !== null) await folder.write('ca.pem', content)
  const tls = { caFile: folder.file('ca.pem'), certFile: null, keyFile: null, insecure: false }
  const { message } = await failure(openRedis({ server: { host: '127.0.0.1', port: 1 }, user: nobody, tls, signal }))
  expect([message.includes(folder.file('ca.pem')), message]).toEqual([true, expect.stringContaining(why)])
})
