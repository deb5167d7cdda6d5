import { expect, test } from 'bun:test'
import { Failure } from '../process/failure.ts'
import { fakeStatus } from './fake-status.ts'
import { healthApp } from './health.ts'
import { listenFailure, type ServeOptions, serveHealth } from './serve-health.ts'

const host = '127.0.0.1'
const app = healthApp({
  status: () => ({ ...fakeStatus(), turnedAt: Date.now() }),
  metrics: () => 'novnc_tokens_ready 1\n',
})

function serve(options: Partial<ServeOptions> = {}) {
  const server = serveHealth({ host, port: 0, app, ...options })
  return { ...server, [Symbol.asyncDispose]: () => server.stop() }
}

/** Sends bytes as they are and gives what comes back until `enough` or the end of the connection. */
async function exchange(port: number, request: string, enough: RegExp = /^$/): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<void>()
  let answer = ''
  const socket = await Bun.connect({
    hostname: host,
    port,
    socket: {
      data: (_, bytes) => {
        answer += bytes.toString('latin1')
        if (enough.test(answer)) resolve()
      },
      close: () => resolve(),
      error: () => resolve(),
    },
  })
  socket.write(Buffer.from(request, 'latin1'))
  await promise
  socket.terminate()
  return answer
}

const body = /\r\n\r\n.+\n$/s
const ok = /^HTTP\/1\.1 200 OK\r\n/
const odd = ['a b', '::::', 'a/b', '', 'x@y', '\xe4', 'h:99999', 'http://x', '[::1]:80', '-']

test.each<[string, string, RegExp]>([
  ["HAProxy's plain check", 'GET /healthz HTTP/1.0\r\n\r\n', ok],
  ['HTTP/1.0 with a Host', 'GET /healthz HTTP/1.0\r\nHost: a\r\n\r\n', ok],
  ['a query without a Host', 'GET /readyz?max_age=soon HTTP/1.0\r\n\r\n', /^HTTP\/1\.1 400 [\s\S]*is not a duration/],
  ...odd.map((name): [string, string, RegExp] => [
    `the Host ${JSON.stringify(name)}`,
    `GET /healthz HTTP/1.1\r\nHost: ${name}\r\n\r\n`,
    ok,
  ]),
  ['an absolute target', 'GET http://other.example/healthz HTTP/1.1\r\nHost: a\r\n\r\n', ok],
  ['an absolute target without a Host', 'GET http://other.example/healthz HTTP/1.0\r\n\r\n', ok],
  ['two slashes', 'GET //healthz HTTP/1.0\r\n\r\n', /^HTTP\/1\.1 404 /],
  ['a backslash', 'GET /\\healthz HTTP/1.0\r\n\r\n', /^HTTP\/1\.1 404 /],
  ['odd bytes in the target', 'GET /%ff%00\xff HTTP/1.1\r\nHost: a\r\n\r\n', /^HTTP\/1\.1 404 /],
  ['CONNECT', 'CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n', /^HTTP\/1\.1 404 /],
  ['TRACE', 'TRACE /healthz HTTP/1.1\r\nHost: a\r\n\r\n', /^HTTP\/1\.1 405 /],
  ['OPTIONS, the method of a check without one', 'OPTIONS / HTTP/1.0\r\n\r\n', /^HTTP\/1\.1 405 /],
  ['a body', 'POST /readyz HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello', /^HTTP\/1\.1 405 /],
])('%s is answered', async (_, request, wanted) => {
  await using server = serve()
  expect(await exchange(server.port, request, body)).toMatch(wanted)
})

test.each<[string, string, RegExp]>([
  ['a large body', 'POST /readyz HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n', /^HTTP\/1\.1 413 /],
  ['a large header', `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`, /^HTTP\/1\.1 431 /],
  ['a long target', `GET /${'x'.repeat(40_000)} HTTP/1.1\r\nHost: a\r\n\r\n`, /^HTTP\/1\.1 431 /],
  ['HTTP/1.1 without a Host', 'GET /healthz HTTP/1.1\r\n\r\n', /^HTTP\/1\.1 400 /],
  ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', /^(HTTP\/1\.1 400 |$)/],
  ['garbage', 'hello\r\n\r\n', /^HTTP\/1\.1 400 /],
  ['an unknown method', 'FOO / HTTP/1.1\r\nHost: a\r\n\r\n', /^$/],
])('%s ends the connection', async (_, request, wanted) => {
  await using server = serve()
  expect(await exchange(server.port, request)).toMatch(wanted)
  expect(await exchange(server.port, 'GET /healthz HTTP/1.0\r\n\r\n')).toMatch(ok)
})

test('a client that asks slowly holds up nobody, and the end of the server ends it', async () => {
  const server = serve()
  const slow = exchange(server.port, 'GET /healthz HTTP/1.1\r\nHost:')
  const kept = exchange(server.port, 'GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n')
  expect(await exchange(server.port, 'GET /healthz HTTP/1.0\r\n\r\n')).toMatch(ok)
  await server.stop()
  expect(await slow).toBe('')
  await kept
})

test('HEAD has the headers of GET, and no body', async () => {
  await using server = serve()
  const [get = '', head = ''] = await Promise.all(
    ['GET', 'HEAD'].map((method) => exchange(server.port, `${method} /metrics HTTP/1.0\r\n\r\n`)),
  )
  const fieldOf = (answer: string, name: string) => new RegExp(`^${name}: (.*)$`, 'im').exec(answer)?.[1]
  expect(head).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\n$/)
  for (const name of ['content-type', 'content-length', 'cache-control']) {
    expect([name, fieldOf(head, name)]).toEqual([name, fieldOf(get, name)])
  }
})

test('a second server on the port fails, and names the address and the flag', async () => {
  await using first = serve()
  expect(first.address).toBe(`127.0.0.1:${first.port}`)
  const second = () => serve({ port: first.port })
  expect(second).toThrow(Failure)
  expect(second).toThrow(`Cannot listen on 127.0.0.1:${first.port}: the port is in use`)
  expect(() => serve({ host: '0.0.0.0', port: first.port })).toThrow('the port is in use')
})

test.each<[string, string, string]>([
  [
    '0.0.0.0',
    'EADDRINUSE',
    'Cannot listen on 0.0.0.0:80: the port is in use; give another address with --listen, or --listen off',
  ],
  [
    '::',
    'EACCES',
    'Cannot listen on [::]:80: this user may not listen on port 80; give a port from 1024 on with --listen',
  ],
  [
    '192.0.2.1',
    'EADDRNOTAVAIL',
    'Cannot listen on 192.0.2.1:80: this machine has no such address; give another address with --listen, or --listen off',
  ],
  [
    'no.such.host',
    'EINVAL',
    'Cannot listen on no.such.host:80: the host name cannot be resolved; give another address with --listen, or --listen off',
  ],
  [
    'fe80::1',
    'EINVAL',
    'Cannot listen on [fe80::1]:80: EINVAL: listen; give another address with --listen, or --listen off',
  ],
])('%s: %s', (name, code, sentence) => {
  const cause = Object.assign(new Error(`${code}: listen`), { code })
  const failure = listenFailure({ host: name, port: 80 }, cause)
  expect([failure.sentence, failure.exitCode]).toEqual([sentence, 2])
})

test('a host name that nobody knows is no reason to crash', () => {
  expect(() => serve({ host: 'no-such-host.invalid' })).toThrow('the host name cannot be resolved')
})
