import { describe, expect, test } from 'bun:test'
import { ApiError } from '../errors.ts'
import type { Authorization } from '../log-in/authorization.ts'
import { basic } from '../log-in/basic.ts'
import { testCa, testServer } from '../testing/certificates.ts'
import { FakeClock } from '../testing/fake-clock.ts'
import { head, serveSocket } from '../testing/socket-server.ts'
import { abiquoError, type Handler, json, serveWeb } from '../testing/web-server.ts'
import { type Answer, readAnswer } from './answer.ts'
import { Deadline } from './deadline.ts'
import { type Fetch, type TlsOptions, Transport } from './transport.ts'

const password = 'secret-of-admin'
const clock = new FakeClock()
const accept = 'application/vnd.abiquo.enterprises+json'
/** A minute is never waited for: what takes so long has hung. */
const patience = 60_000

function transportWith(options: { fetch?: Fetch; tls?: TlsOptions } = {}): Transport {
  return new Transport({
    authorization: basic('admin', password),
    tls: options.tls,
    fetch: options.fetch ?? fetch,
  })
}

/** GETs a document of at most `maxBytes`. */
async function document(transport: Transport, url: string, maxBytes: number, deadline: Deadline): Promise<Answer> {
  const request = { url, accept }
  return await readAnswer(await transport.send(request, deadline), request, { maxBytes, deadline, clock })
}

/** GETs a document; what is thrown comes back as it is, and must not tell any secret. */
async function get(
  url: string,
  options: { maxBytes?: number; ms?: number; signal?: AbortSignal; tls?: TlsOptions } = {},
) {
  const { maxBytes = 2 ** 20, ms = patience, signal, tls } = options
  using deadline = new Deadline(ms, signal)
  try {
    return await document(transportWith(tls === undefined ? {} : { tls }), url, maxBytes, deadline)
  } catch (error) {
    const told = `${error instanceof Error ? error.message : error}\n${Bun.inspect(error)}`
    for (const secret of [password, Buffer.from(`admin:${password}`).toString('base64'), 'vnc-secret']) {
      expect(told).not.toContain(secret)
    }
    return error
  }
}

/** What is known of an error, as one object. */
function facts(error: unknown) {
  if (!(error instanceof ApiError)) return error
  const { code, message, status, abiquoCode, retryAfterMs } = error
  return { code, message, status, abiquoCode, retryAfterMs }
}

describe('a request', () => {
  test('asks for the media type, unpacked and fresh, with the credentials', async () => {
    await using server = await serveWeb(() => json({ a: 1 }, 200, { date: 'Thu, 01 Jan 2026 00:00:30 GMT' }))
    const url = `${server.api}/admin/enterprises?limit=250`
    expect(await get(url)).toEqual({
      body: { json: { a: 1 } },
      contentType: 'application/json',
      url,
      at: Date.UTC(2026, 0, 1, 0, 0, 30),
    })
    expect(server.lines).toEqual(['GET /api/admin/enterprises?limit=250'])
    const names = ['accept', 'accept-encoding', 'cache-control', 'user-agent', 'authorization']
    expect(names.map((name) => server.requests[0]?.headers.get(name))).toEqual([
      accept,
      'identity',
      'no-cache',
      'novnc-tokens',
      `Basic ${Buffer.from(`admin:${password}`).toString('base64')}`,
    ])
  })

  test('has its credentials made anew each time', async () => {
    await using server = await serveWeb(() => json({}))
    let nonce = 0
    const authorization = { user: 'app', header: async () => `OAuth nonce="${++nonce}"` }
    const transport = new Transport({ authorization, tls: undefined, fetch })
    for (const _ of [1, 2]) {
      using deadline = new Deadline(patience)
      await document(transport, server.api, 1000, deadline)
    }
    expect(server.requests.map(({ headers }) => headers.get('authorization'))).toEqual([
      'OAuth nonce="1"',
      'OAuth nonce="2"',
    ])
  })

  test('carries method, body and headers of its own, but never credentials of its own', async () => {
    const bodies: string[] = []
    await using server = await serveWeb(async (request) => {
      bodies.push(await request.text())
      return json({})
    })
    const request = {
      url: `${server.api}/x`,
      accept,
      method: 'POST',
      body: '{"name":"ä"}',
      headers: { 'Content-Type': 'application/json', 'Cache-Control': 'max-age=1', Authorization: 'none' },
    }
    using deadline = new Deadline(patience)
    await transportWith().send(request, deadline)
    const { line, headers } = server.requests[0] ?? { line: '', headers: new Headers() }
    const names = ['accept', 'cache-control', 'content-type', 'authorization']
    expect([line, bodies, names.map((name) => headers.get(name))]).toEqual([
      'POST /api/x',
      ['{"name":"ä"}'],
      [accept, 'max-age=1', 'application/json', `Basic ${Buffer.from(`admin:${password}`).toString('base64')}`],
    ])
  })

  test('without a body tells that its body is empty', async () => {
    await using server = await serveWeb(() => json({}))
    using deadline = new Deadline(patience)
    await transportWith().send({ url: server.api, accept, method: 'POST' }, deadline)
    expect(server.requests[0]?.headers.get('content-length')).toBe('0')
  })

  test('is signed as the platform knows it, or as it is told to be', async () => {
    const signed: unknown[] = []
    const authorization: Authorization = {
      user: 'app',
      header: (request) => `Signed ${signed.push(['other', request])}`,
      login: async (request) => `Signed ${signed.push(['login', request])}`,
    }
    const own: Fetch = async () => new Response('{}')
    const knownAs = (url: string) => url.replace('proxy', 'inside')
    const transport = new Transport({ authorization, tls: undefined, fetch: own, knownAs })
    using deadline = new Deadline(patience)
    const url = 'https://proxy/api/login'
    for (const more of [{}, { method: 'POST' }, { signAs: 'https://x/y' }, { login: true }, { login: false }]) {
      await transport.send({ url, accept, ...more }, deadline)
    }
    expect(signed).toEqual([
      ['other', { method: 'GET', url: 'https://inside/api/login' }],
      ['other', { method: 'POST', url: 'https://inside/api/login' }],
      ['other', { method: 'GET', url: 'https://x/y' }],
      ['login', { method: 'GET', url: 'https://inside/api/login' }],
      ['other', { method: 'GET', url: 'https://inside/api/login' }],
    ])
  })

  test('whose credentials cannot be had is not sent, and fails with the reason', async () => {
    await using server = await serveWeb(() => json({}))
    const reason = new ApiError('login-refused', 'No token', { url: server.api })
    const authorization = { user: 'app', header: () => Promise.reject(reason) }
    const transport = new Transport({ authorization, tls: undefined, fetch })
    using deadline = new Deadline(patience)
    expect(await transport.send({ url: server.api, accept }, deadline).catch((error: unknown) => error)).toBe(reason)
    expect(server.requests).toEqual([])
  })

  test("gives the runtime's fetch no time limit of its own, and TLS settings where there are any", async () => {
    const given: RequestInit[] = []
    const own: Fetch = async (_, init) => {
      given.push(init)
      return new Response('{}')
    }
    for (const options of [{}, { tls: { ca: testCa } }]) {
      using deadline = new Deadline(patience)
      await document(transportWith({ ...options, fetch: own }), 'https://h/api', 1000, deadline)
    }
    const seen = given.map((init) => [Reflect.get(init, 'timeout'), init.redirect, Reflect.get(init, 'tls')])
    expect(seen).toEqual([
      [false, 'manual', undefined],
      [false, 'manual', { ca: testCa }],
    ])
  })
})

describe('an answer that is no document', () => {
  const html = '<html><body>vnc-secret</body></html>'
  const asHtml = { 'content-type': 'text/html' }
  const none = { status: null, abiquoCode: null, retryAfterMs: null }
  const cases: readonly (readonly [what: string, handler: Handler, told: string, facts: object])[] = [
    [
      '401',
      () => abiquoError(401, 'GEN-5'),
      'answered 401 Unauthorized (GEN-5: Said GEN-5)',
      { code: 'unauthorized', status: 401, abiquoCode: 'GEN-5' },
    ],
    [
      '403 of the platform',
      () => abiquoError(403, 'GEN-4'),
      'answered 403 Forbidden (GEN-4: Said GEN-4)',
      { code: 'forbidden', status: 403, abiquoCode: 'GEN-4' },
    ],
    [
      '403 of a proxy',
      () => new Response(html, { status: 403, headers: asHtml }),
      'answered 403 Forbidden',
      { code: 'forbidden', status: 403 },
    ],
    [
      '404 of the platform',
      () => abiquoError(404, 'VM-0'),
      'answered 404 Not Found (VM-0: Said VM-0)',
      { code: 'not-found', status: 404, abiquoCode: 'VM-0' },
    ],
    [
      '404 of a proxy',
      () => new Response(html, { status: 404, headers: asHtml }),
      'answered 404 Not Found',
      { code: 'not-found', status: 404 },
    ],
    [
      '404 with JSON of somebody else',
      () => json({ error: 'vnc-secret' }, 404),
      'answered 404 Not Found',
      { code: 'not-found', status: 404 },
    ],
    [
      '404 without a body',
      () => new Response(null, { status: 404 }),
      'answered 404 Not Found',
      { code: 'not-found', status: 404 },
    ],
    [
      '404 in XML',
      () =>
        new Response('<errors><error><code>VM-0</code></error></errors>', {
          status: 404,
          headers: { 'content-type': 'application/xml' },
        }),
      'answered 404 Not Found (VM-0)',
      { code: 'not-found', status: 404, abiquoCode: 'VM-0' },
    ],
    ['410', () => new Response(null, { status: 410 }), 'answered 410 Gone', { code: 'not-found', status: 410 }],
    [
      '400',
      () => abiquoError(400, 'GEN-1'),
      'answered 400 Bad Request (GEN-1: Said GEN-1)',
      { code: 'status', status: 400, abiquoCode: 'GEN-1' },
    ],
    ['406', () => new Response(null, { status: 406 }), 'answered 406 Not Acceptable', { code: 'status', status: 406 }],
    ['429', () => new Response(null, { status: 429 }), 'answered 429 Too Many Requests', { code: 'busy', status: 429 }],
    [
      '429 with Retry-After',
      () => new Response(null, { status: 429, headers: { 'retry-after': '7' } }),
      'answered 429 Too Many Requests',
      { code: 'busy', status: 429, retryAfterMs: 7000 },
    ],
    [
      '503',
      () => new Response(html, { status: 503, headers: asHtml }),
      'answered 503 Service Unavailable',
      { code: 'status', status: 503 },
    ],
    [
      '503 with Retry-After',
      () => new Response(null, { status: 503, headers: { 'retry-after': 'Thu, 01 Jan 2026 00:00:30 GMT' } }),
      'answered 503 Service Unavailable',
      { code: 'busy', status: 503, retryAfterMs: 30_000 },
    ],
    [
      '503 with Retry-After of no use',
      () => new Response(null, { status: 503, headers: { 'retry-after': 'soon' } }),
      'answered 503 Service Unavailable',
      { code: 'status', status: 503 },
    ],
    [
      '503 with Retry-After of years',
      () => new Response(null, { status: 503, headers: { 'retry-after': '999999999' } }),
      'answered 503 Service Unavailable',
      { code: 'busy', status: 503, retryAfterMs: 3_600_000 },
    ],
    [
      '500 with a body that was cut',
      () =>
        new Response('{"collection":[{"code":"vnc-secret', {
          status: 500,
          headers: { 'content-type': 'application/json' },
        }),
      'answered 500 Internal Server Error',
      { code: 'status', status: 500 },
    ],
    [
      '500 with a body too long to be an error',
      () => json({ collection: [{ code: 'GEN-1', message: 'x'.repeat(70_000) }] }, 500),
      'answered 500 Internal Server Error',
      { code: 'status', status: 500 },
    ],
  ]
  test.each(cases)('%s', async (_, handler, told, known) => {
    await using server = await serveWeb(handler)
    const url = `${server.api}/x`
    expect(facts(await get(url))).toEqual({ ...none, ...known, message: `GET "${url}" ${told}` })
  })

  test("Abiquo's own words stay on one line of bounded length, without control characters", async () => {
    const message = `a\r\n\u001b[31mb\u0000${'c'.repeat(1000)}`
    await using server = await serveWeb(() => json({ collection: [{ code: 'GEN-1', message }] }, 500))
    const url = `${server.api}/x`
    const told = `GET "${url}" answered 500 Internal Server Error (GEN-1: a [31mb ${'c'.repeat(1000)}`
    expect(await get(url)).toHaveProperty('message', told.slice(0, 500))
  })

  test('JSON that was cut in the middle is malformed', async () => {
    const text = '{"collection": [{"password": "vnc-secret"'
    await using server = await serveSocket(({ socket }) => {
      socket.end(`${head('200 OK', { 'content-type': 'application/json', connection: 'close' })}${text}`)
    })
    expect(facts(await get(`${server.origin}/x`))).toEqual({
      ...none,
      code: 'malformed',
      message: `The answer to GET "${server.origin}/x" is not valid JSON`,
    })
  })

  test.each([
    ['with its length told', '1000'],
    ['without its length', null],
  ])('a body over its limit, %s, is left', async (_, length) => {
    await using server = await serveSocket(({ socket }) => {
      socket.write(head('200 OK', length === null ? { connection: 'close' } : { 'content-length': length }))
      socket.write('x'.repeat(500))
    })
    expect(facts(await get(`${server.origin}/x`, { maxBytes: 499 }))).toEqual({
      ...none,
      code: 'too-large',
      message: `The answer to GET "${server.origin}/x" is over 499 bytes`,
    })
    await server.idle()
  })
})

describe('a redirect', () => {
  test('whose own body broke off is followed', async () => {
    const broken = new ReadableStream({ start: (controller) => controller.error(new TypeError('ECONNRESET')) })
    const answers = [new Response(broken, { status: 302, headers: { location: '/api/y' } }), json({ a: 1 })]
    const transport = transportWith({ fetch: async () => answers.shift() ?? Response.error() })
    using deadline = new Deadline(patience)
    expect((await document(transport, 'http://h/api/x', 100, deadline)).body).toEqual({ json: { a: 1 } })
  })

  test.each([[301], [302], [303], [307], [308]])('with status %p is followed within the origin', async (status) => {
    await using server = await serveWeb((_, line) =>
      line === 'GET /old' ? new Response(null, { status, headers: { location: '/new?x=1' } }) : json({ line }),
    )
    const answer = await get(`${server.origin}/old`)
    expect(answer).toMatchObject({ body: { json: { line: 'GET /new?x=1' } }, url: `${server.origin}/old` })
    const sent = server.requests.map(({ headers }) => headers.get('authorization'))
    expect([sent.length, new Set(sent).size]).toEqual([2, 1])
  })

  test('is signed anew, as the URL that it leads to', async () => {
    await using server = await serveWeb((_, line) =>
      line === 'GET /old' ? new Response(null, { status: 302, headers: { location: '/new?x=1' } }) : json({}),
    )
    const signed: string[] = []
    const authorization = { user: 'app', header: ({ url }: { url: string }) => `Signed ${signed.push(url)}` }
    const transport = new Transport({ authorization, tls: undefined, fetch })
    using deadline = new Deadline(patience)
    await transport.send({ url: `${server.origin}/old`, accept }, deadline)
    expect(signed).toEqual([`${server.origin}/old`, `${server.origin}/new?x=1`])
  })

  test('is handed over where it is not to be followed', async () => {
    const location = 'oob?oauth_verifier=1'
    await using server = await serveWeb(() => new Response(null, { status: 302, headers: { location } }))
    using deadline = new Deadline(patience)
    const response = await transportWith().send({ url: server.api, accept, follow: false }, deadline)
    expect([response.status, response.headers.get('location')]).toEqual([302, location])
  })

  test('of a POST is not followed: it could be done twice, or be a GET', async () => {
    await using server = await serveWeb(() => new Response(null, { status: 307, headers: { location: '/new' } }))
    using deadline = new Deadline(patience)
    const sending = transportWith().send({ url: server.api, accept, method: 'POST', body: 'x' }, deadline)
    expect(facts(await sending.catch((error: unknown) => error))).toMatchObject({
      code: 'redirect',
      message: `POST "${server.api}" is redirected to "${server.origin}": is this the URL of the API?`,
    })
    expect(server.requests.length).toBe(1)
  })

  test('to another origin is not followed: the credentials stay here', async () => {
    await using thief = await serveWeb(() => json({}))
    const local = thief.origin.replace('127.0.0.1', 'localhost')
    for (const location of [
      `${thief.origin}/api/x`,
      `//${new URL(thief.origin).host}/x`,
      `${local}/x`,
      'https://127.0.0.1/x',
    ]) {
      await using server = await serveWeb(() => new Response('vnc-secret', { status: 302, headers: { location } }))
      const origin = new URL(location, server.origin).origin
      expect(facts(await get(server.api))).toEqual({
        code: 'redirect',
        message: `GET "${server.api}" is redirected to "${origin}": is this the URL of the API?`,
        status: 302,
        abiquoCode: null,
        retryAfterMs: null,
      })
    }
    expect(thief.requests).toEqual([])
  })

  test('that is not followed is told without the tokens of its URL', async () => {
    await using server = await serveWeb(() => new Response(null, { status: 302 }))
    expect(await get(`${server.api}?oauth_token=vnc-secret`)).toMatchObject({
      code: 'redirect',
      url: `${server.api}?oauth_token=...`,
      message: `GET "${server.api}?oauth_token=..." is redirected nowhere: is this the URL of the API?`,
    })
  })

  test.each([[''], [null], ['http://']])('to %p leads nowhere', async (location) => {
    await using server = await serveWeb(
      () => new Response(null, { status: 302, headers: location === null ? {} : { location } }),
    )
    expect(facts(await get(server.api))).toMatchObject({
      code: 'redirect',
      message: `GET "${server.api}" is redirected nowhere: is this the URL of the API?`,
    })
    expect(server.requests.length).toBe(1)
  })

  test('in a circle ends after five', async () => {
    await using server = await serveWeb((request) => Response.redirect(`${new URL(request.url).pathname}x`))
    expect(facts(await get(server.api))).toMatchObject({
      code: 'redirect',
      message: `GET "${server.api}xxxxx" is redirected in a circle: is this the URL of the API?`,
    })
    expect(server.requests.length).toBe(6)
  })
})

describe('a request fails', () => {
  test('as unreachable where nobody listens', async () => {
    const server = await serveSocket(() => undefined)
    await server[Symbol.asyncDispose]()
    expect(facts(await get(`${server.origin}/x`))).toMatchObject({
      code: 'unreachable',
      message: expect.stringMatching(/^GET "http:\/\/127\.0\.0\.1:\d+\/x" failed: .*ConnectionRefused|ECONNREFUSED/),
    })
  })

  test('as unreachable where the connection is reset before the answer', async () => {
    await using server = await serveSocket(({ socket }) => void socket.resetAndDestroy())
    expect(facts(await get(`${server.origin}/x`))).toMatchObject({ code: 'unreachable', status: null })
  })

  test('as unreachable where the answer is no HTTP', async () => {
    await using server = await serveSocket(({ socket }) => void socket.end('SSH-2.0-vnc-secret\r\n\r\n'))
    expect(facts(await get(`${server.origin}/x`))).toMatchObject({ code: 'unreachable', status: null })
  })

  const cut: readonly (readonly [what: string, headers: Record<string, string>, text: string])[] = [
    ['before its length is there', { 'content-length': '1000' }, '{"a":1}'],
    ['before its last chunk', { 'transfer-encoding': 'chunked' }, '7\r\n{"a":1}\r\n'],
    ['inside a chunk', { 'transfer-encoding': 'chunked' }, 'ff\r\n{"a":1}'],
  ]
  test.each(cut)('as unreachable where the body breaks off %s', async (_, headers, text) => {
    await using server = await serveSocket(({ socket }) => {
      socket.end(`${head('200 OK', { ...headers, 'content-type': 'application/json' })}${text}`)
    })
    expect(facts(await get(`${server.origin}/x`))).toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining(`GET "${server.origin}/x" broke off: `),
    })
  })

  const silent: readonly (readonly [what: string, headers: Record<string, string> | null, text: string])[] = [
    ['no answer comes', null, ''],
    ['a body of told length stalls', { 'content-length': '1000' }, '{"a":'],
    ['a body of untold length stalls', { 'transfer-encoding': 'chunked' }, '5\r\n{"a":\r\n'],
  ]
  test.each(silent)('as timeout where %s, and leaves no connection', async (_, headers, text) => {
    await using server = await serveSocket(({ socket }) => {
      if (headers !== null) socket.write(head('200 OK', { ...headers, 'content-type': 'application/json' }) + text)
    })
    expect(facts(await get(`${server.origin}/x`, { ms: 50 }))).toMatchObject({
      code: 'timeout',
      message: `GET "${server.origin}/x" made no progress for 0.05 s`,
    })
    await server.idle()
  })

  test('with its status where the body of an error stalls', async () => {
    await using server = await serveSocket(({ socket }) => {
      socket.write(`${head('403 Forbidden', { 'content-length': '1000' })}{"coll`)
    })
    expect(facts(await get(`${server.origin}/x`, { ms: 1000 }))).toMatchObject({ code: 'forbidden', status: 403 })
    await server.idle()
  })

  test.each([[null], [head('200 OK', { 'content-length': '1000' })], [head('500 Oops', { 'content-length': '1000' })]])(
    "with the caller's own reason where the caller leaves after %p, and leaves no connection",
    async (answer) => {
      const controller = new AbortController()
      const reason = new Error('enough')
      const asked = Promise.withResolvers<void>()
      await using server = await serveSocket(({ socket }) => {
        if (answer !== null) socket.write(answer)
        asked.resolve()
      })
      const getting = get(`${server.origin}/x`, { signal: controller.signal })
      await asked.promise
      controller.abort(reason)
      expect(await getting).toBe(reason)
      await server.idle()
    },
  )

  test("with the caller's own reason where the caller leaves while the body of an error comes", async () => {
    const controller = new AbortController()
    const reading = Promise.withResolvers<void>()
    const stalled: Fetch = async (_, { signal }) => {
      const body = new ReadableStream<Uint8Array>({
        start: (sender) => signal?.addEventListener('abort', () => sender.error(signal.reason)),
        pull: () => reading.resolve(),
      })
      return new Response(body, { status: 500 })
    }
    using deadline = new Deadline(patience, controller.signal)
    const getting = document(transportWith({ fetch: stalled }), 'https://h/api', 1000, deadline)
    await reading.promise
    const reason = new Error('enough')
    controller.abort(reason)
    await expect(getting).rejects.toBe(reason)
  })

  test('without being sent where the caller had left before', async () => {
    await using server = await serveWeb(() => json({}))
    const reason = new Error('before')
    expect(await get(server.api, { signal: AbortSignal.abort(reason) })).toBe(reason)
    expect(server.requests).toEqual([])
  })
})

describe('TLS', () => {
  const serve = () => serveWeb(() => json({ safe: true }), testServer)

  test.each([
    ['its authority is given', { ca: testCa }],
    ['nothing is verified', { rejectUnauthorized: false }],
  ])('a server is believed where %s', async (_, tls) => {
    await using server = await serve()
    expect(await get(server.api, { tls })).toMatchObject({ body: { json: { safe: true } } })
  })

  test('a server that nobody knows gets no request, and the error says why', async () => {
    await using server = await serve()
    expect(facts(await get(server.api))).toMatchObject({
      code: 'unreachable',
      message: `GET "${server.api}" failed: its certificate is not trusted (UNABLE_TO_VERIFY_LEAF_SIGNATURE)`,
    })
    expect(server.requests).toEqual([])
  })
})

describe('connections', () => {
  /** A server that never answers the path `/hangs`, and what tells which connection each request came by. */
  async function serveOnce() {
    const sockets: unknown[] = []
    const by: number[] = []
    const server = await serveSocket(({ socket, head: asked }) => {
      if (!sockets.includes(socket)) sockets.push(socket)
      by.push(sockets.indexOf(socket))
      if (!asked.startsWith('GET /hangs')) socket.write(`${head('200 OK', { 'Content-Length': 2 })}{}`)
    })
    return { server, by }
  }

  test('are used again, but not for a request that wants one of its own', async () => {
    const { server, by } = await serveOnce()
    await using _ = server
    const transport = transportWith()
    for (const alone of [false, false, true, true]) {
      using deadline = new Deadline(patience)
      await (await transport.send({ url: server.origin, accept, alone }, deadline)).text()
    }
    expect(by).toEqual([0, 0, 1, 2])
  })

  test('that were open before one that gave no answer are not used until they are gone', async () => {
    const { server, by } = await serveOnce()
    await using _ = server
    let now = 0
    const authorization = basic('admin', password)
    const transport = new Transport({ authorization, tls: undefined, fetch, now: () => now })
    const get = async (path: string, ms = patience) => {
      using deadline = new Deadline(ms)
      return await transport.send({ url: server.origin + path, accept }, deadline).then(
        (response) => response.text(),
        (error) => facts(error),
      )
    }
    await Promise.all([get('/'), get('/')])
    expect(await get('/hangs', 20)).toMatchObject({ code: 'timeout' })
    const doubtful = by.splice(0)
    await get('/')
    now = 329_000
    await get('/')
    expect(by.filter((connection) => doubtful.includes(connection))).toEqual([])
    now = 331_000
    by.length = 0
    await get('/')
    await get('/')
    expect(new Set(by).size).toBe(1)
  })
})
