import { describe, expect, test } from 'bun:test'
import { basic } from '../log-in/basic.ts'
import { bearer } from '../log-in/bearer.ts'
import { oauth1 } from '../log-in/oauth1.ts'
import { type Client, connect, login, outcomes, user } from '../testing/client.ts'
import { settled } from '../testing/fake-clock.ts'
import { OAuthVerifier } from '../testing/oauth-verifier.ts'
import { abiquoError, json, serveWeb } from '../testing/web-server.ts'
import type { Connection } from './connection.ts'

const basicOfAdmin = `Basic ${Buffer.from('admin:secret-of-admin').toString('base64')}`
const gets = (client: Client, count = 8) =>
  Promise.all(Array.from({ length: count }, (_, index) => client.get(`/x${index}`)))

/** Opens a stream that is signed as the platform's part behind it wants it; what is thrown comes back. */
async function openStream(connection: Connection, origin: string, signAs?: string): Promise<unknown> {
  const controller = new AbortController()
  const options = { accept: 'text/event-stream', timeoutMs: 60_000, signal: controller.signal }
  try {
    const response = await connection.open(
      `${origin}/m/stream`,
      signAs === undefined ? options : { ...options, signAs },
    )
    await response.body?.cancel()
    return response
  } catch (error) {
    return error
  }
}

/** A platform that takes Basic for the log-in only, and tokens for all, the stream's log-in like any other. */
async function restricted(options: { givesTokens?: boolean } = {}) {
  const { givesTokens = true } = options
  const state = {
    password: basicOfAdmin,
    tokens: new Set<string>(),
    refused: [] as string[],
    held: [] as (() => void)[],
  }
  let issued = 0
  let holding = false
  const server = await serveWeb(async (request, line) => {
    const sent = request.headers.get('authorization') ?? ''
    if (holding && line !== login) await new Promise<void>((resolve) => state.held.push(resolve))
    const isLogIn = line === login || line.startsWith('GET /m/stream')
    if (state.tokens.has(sent) || (isLogIn && sent === state.password)) {
      if (line !== login || !givesTokens) return json(line === login ? user : {})
      const token = `T${++issued}`
      state.tokens.add(`Token ${token}`)
      return json(user, 200, { 'x-abiquo-token': token })
    }
    state.refused.push(`${line} ${sent.split(' ')[0]}`)
    return abiquoError(401, 'GEN-5')
  })
  return {
    server,
    state,
    logIns: () => server.lines.filter((line) => line === login).length,
    /** Holds the answers to all but log-ins from now on, until it is called again. */
    hold() {
      holding = !holding
      for (const go of state.held.splice(0)) go()
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

describe('where Basic is for the log-in only', () => {
  test('one request finds out, whatever is ready to go, and all then go by token', async () => {
    await using platform = await restricted()
    using client = connect(platform.server.api)
    const [stream, answers] = await Promise.all([openStream(client.connection, platform.server.origin), gets(client)])
    expect(outcomes([stream, ...answers])).toEqual(Array(9).fill('ok'))
    expect([platform.state.refused, platform.logIns()]).toEqual([['GET /api/x0 Basic'], 2])
    const from = platform.server.requests.length
    await Promise.all([openStream(client.connection, platform.server.origin), gets(client)])
    const sent = platform.server.requests.slice(from).map(({ headers }) => headers.get('authorization'))
    expect(sent).toEqual(Array(9).fill('Token T2'))
  })

  test('a token that ends while requests are in flight is renewed once for all of them', async () => {
    await using platform = await restricted()
    using client = connect(platform.server.api)
    await gets(client)
    platform.hold()
    const answers = gets(client)
    while (platform.state.held.length < 8) await settled()
    platform.state.tokens.clear()
    platform.hold()
    expect(outcomes(await answers)).toEqual(Array(8).fill('ok'))
    expect([platform.state.refused.length, platform.logIns()]).toEqual([1 + 8, 3])
  })

  test('a token is renewed before its end, once for all, without a refusal', async () => {
    await using platform = await restricted()
    using client = connect(platform.server.api)
    await gets(client)
    await client.clock.advance(1_499_999)
    await gets(client)
    expect(platform.logIns()).toBe(2)
    await client.clock.advance(1)
    expect(outcomes(await gets(client))).toEqual(Array(8).fill('ok'))
    expect([platform.state.refused.length, platform.logIns()]).toEqual([1, 3])
    expect(platform.server.requests.at(-1)?.headers.get('authorization')).toBe('Token T3')
  })

  test('a password changed while requests are in flight costs one refused log-in', async () => {
    await using platform = await restricted()
    using client = connect(platform.server.api)
    await gets(client)
    platform.hold()
    const answers = gets(client)
    while (platform.state.held.length < 8) await settled()
    platform.state.password = 'Basic another'
    platform.state.tokens.clear()
    platform.state.refused.length = 0
    platform.hold()
    expect(outcomes(await answers)).toEqual(Array(8).fill('login-refused'))
    expect(platform.state.refused.filter((each) => each.endsWith('Basic'))).toEqual([`${login} Basic`])
    expect(outcomes(await gets(client))).toEqual(Array(8).fill('login-refused'))
    expect(platform.state.refused.length).toBe(8 + 1)
  })

  test('and no token is given, a request says so, with the advice to come back in minutes', async () => {
    await using platform = await restricted({ givesTokens: false })
    using client = connect(platform.server.api)
    expect(await client.get('/x')).toMatchObject({ code: 'unauthorized', retryAfterMs: 300_000 })
    expect(platform.server.lines).toEqual([login, 'GET /api/x', login, 'GET /api/x'])
  })

  test('new credentials find it out for themselves', async () => {
    await using platform = await restricted()
    using client = connect(platform.server.api)
    await gets(client)
    client.connection.renew({ authorization: basic('admin', 'secret-of-admin'), tls: undefined })
    expect(outcomes(await gets(client))).toEqual(Array(8).fill('ok'))
    expect([platform.state.refused.length, platform.logIns()]).toEqual([2, 4])
  })
})

test('Basic stays where it is taken; requests wait for the first answer that says so, not for its body', async () => {
  const rest = Promise.withResolvers<string>()
  let asked = 0
  await using server = await serveWeb((_, line) => {
    if (line === login) return json(user, 200, { 'x-abiquo-token': 'T1' })
    if (++asked === 1) return abiquoError(403, 'GEN-4')
    if (asked > 2) return json({})
    const body = new ReadableStream<Uint8Array>({
      async start(sender) {
        const encoder = new TextEncoder()
        sender.enqueue(encoder.encode('{"a":'))
        sender.enqueue(encoder.encode(await rest.promise))
        sender.close()
      },
    })
    return new Response(body, { headers: { 'content-type': 'application/json' } })
  })
  using client = connect(server.api)
  const answers = gets(client)
  while (asked < 8) await settled()
  rest.resolve('1}')
  expect(outcomes(await answers)).toEqual(['forbidden', ...Array(7).fill('ok')])
  expect(server.requests.map(({ headers }) => headers.get('authorization'))).toEqual(Array(9).fill(basicOfAdmin))
})

describe('a bearer token', () => {
  /** A platform that takes one token, whose answers say which. */
  async function taking(token: string) {
    const state = { token, refused: 0 }
    const server = await serveWeb((request, line) => {
      if (request.headers.get('authorization') === `Bearer ${state.token}`) return json(line === login ? user : {})
      state.refused++
      return abiquoError(401, 'GEN-5')
    })
    return { server, state, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
  }

  test('that is replaced is taken at once, by the stream too', async () => {
    await using platform = await taking('one')
    let token = 'one'
    using client = connect(platform.server.api, { authorization: bearer(() => token) })
    const { connection } = client
    expect(outcomes([await openStream(connection, platform.server.origin), ...(await gets(client))])).toEqual(
      Array(9).fill('ok'),
    )
    token = 'two'
    platform.state.token = 'two'
    expect(outcomes([await openStream(connection, platform.server.origin), ...(await gets(client))])).toEqual(
      Array(9).fill('ok'),
    )
    expect([platform.state.refused, platform.server.lines.filter((line) => line === login).length]).toEqual([0, 1])
  })

  test('that is refused is told as such', async () => {
    await using platform = await taking('one')
    using client = connect(platform.server.api, { authorization: bearer('secret-two', 'the token of robot') })
    const { api } = platform.server
    expect(await client.get('/x')).toMatchObject({
      code: 'login-refused',
      message: `The platform refuses the log-in of "the token of robot": GET "${api}/login" answered 401 (GEN-5). Check that the token is that of a user of this platform, and has not expired`,
    })
  })

  test('that can no longer be read closes the gate: nothing is sent until it can', async () => {
    await using platform = await taking('one')
    let token = 'one'
    using client = connect(platform.server.api, { authorization: bearer(() => token), patient: true })
    expect(outcomes(await gets(client))).toEqual(Array(8).fill('ok'))
    const from = platform.server.lines.length
    token = ''
    const answers = gets(client)
    const stream = openStream(client.connection, platform.server.origin)
    expect(await client.clock.asleep()).toEqual([300_000])
    expect(client.connection.login()).toMatchObject({
      state: 'refused',
      why: 'Cannot log in with the bearer token: it is empty',
    })
    expect(platform.server.lines.slice(from)).toEqual([])
    token = 'one'
    await client.clock.advance(300_000)
    expect(outcomes([await stream, ...(await answers)])).toEqual(Array(9).fill('ok'))
    expect(platform.server.lines.slice(from).filter((line) => line === login).length).toBe(1)
  })
})

describe('OAuth', () => {
  const credentials = { consumerKey: 'app', consumerSecret: 'a+/=', token: 'token', tokenSecret: 'b+/=' }
  const location = 'https://platform.example.com:443/api'

  /** A platform behind a proxy, that verifies what is signed; its stream replays the header as its own log-in. */
  async function verifying(now: () => number) {
    const verifier = new OAuthVerifier({ consumers: { app: 'a+/=' }, tokens: { token: 'b+/=' } }, now)
    const refused: unknown[] = []
    const server = await serveWeb((request, line) => {
      const path = line.slice('GET '.length)
      const known = path.startsWith('/m/stream')
        ? `${location}/login?expand=privileges`
        : location + path.slice('/abiquo'.length)
      const header = request.headers.get('authorization') ?? ''
      const why = verifier.check({ method: request.method, url: known, header })
      if (why === null) return json(line === 'GET /abiquo/login' ? user : {})
      refused.push(why)
      return abiquoError(401, 'GEN-5', { date: new Date(now() * 1000).toUTCString() })
    })
    return { server, refused, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
  }

  test('is taken by REST and stream, each time anew, under the name that the platform has for itself', async () => {
    await using platform = await verifying(() => Date.now() / 1000)
    const api = `${platform.server.origin}/abiquo/`
    using client = connect(api, { authorization: oauth1(credentials), apiLocation: `${location}/` })
    const { connection } = client
    expect([connection.api, connection.apiLocation]).toEqual([api.slice(0, -1), location])
    for (let again = 0; again < 20; again++) {
      const stream = openStream(connection, platform.server.origin, `${connection.apiLocation}/login?expand=privileges`)
      const get = client.get('/admin/enterprises?limit=25&filter=a%20b+c&x')
      expect(outcomes([await stream, await get])).toEqual(['ok', 'ok'])
    }
    expect([platform.refused, platform.server.lines.length]).toEqual([[], 41])
  })

  test('of a stream is not that of its own URL', async () => {
    await using platform = await verifying(() => Date.now() / 1000)
    const api = `${platform.server.origin}/abiquo`
    using client = connect(api, { authorization: oauth1(credentials), apiLocation: location })
    expect(outcomes([await openStream(client.connection, platform.server.origin)])).toEqual(['unauthorized'])
    expect(platform.refused).toEqual(['bad signature', 'bad signature'])
  })

  test('that is refused is told with what to check, such as a clock that is wrong', async () => {
    await using platform = await verifying(() => Date.now() / 1000)
    const api = `${platform.server.origin}/abiquo`
    using client = connect(api, { apiLocation: location })
    // The fake clock stands at the beginning of 2026.
    const authorization = oauth1(credentials, { clock: client.clock })
    client.connection.renew({ authorization, tls: undefined })
    const error = await client.get('/x')
    expect(error).toMatchObject({ code: 'login-refused', status: 401, abiquoCode: 'GEN-5' })
    expect(error).toHaveProperty(
      'message',
      expect.stringMatching(
        /^The platform refuses the log-in of "the OAuth application": GET ".*\/abiquo\/login" answered 401 \(GEN-5\)\. Check the four OAuth credentials, and this machine's clock, which is \d+ s behind the platform's; also /,
      ),
    )
    expect(platform.refused).toEqual(['bad timestamp'])
  })
})

test('credentials without advice of their own are to be checked', async () => {
  await using server = await serveWeb(() => abiquoError(403, 'GEN-4'))
  using client = connect(server.api, { authorization: { user: 'robot', header: () => 'Robot 1' } })
  expect(await client.get('/x')).toMatchObject({
    message: `The platform refuses the log-in of "robot": GET "${server.api}/login" answered 403 (GEN-4). Check the credentials`,
  })
})

describe('a request that is opened', () => {
  const options = { accept: '*/*', timeoutMs: 60_000, method: 'POST', body: '{}', follow: false }

  test('with a method and a body is sent again after a 401, which did nothing, and after nothing else', async () => {
    await using platform = await restricted()
    using client = connect(platform.server.api)
    const { signal } = new AbortController()
    const headers = { 'content-type': 'application/json' }
    const response = await client.connection.open(`${platform.server.api}/x`, { ...options, headers, signal })
    await response.body?.cancel()
    expect([response.status, platform.server.lines]).toEqual([200, [login, 'POST /api/x', login, 'POST /api/x']])
    expect(platform.server.requests.at(-1)?.headers.get('content-type')).toBe('application/json')
  })

  test.each([[500], [503], [403], [302]])('and is answered %p is its caller to judge', async (status) => {
    await using server = await serveWeb((_, line) => (line === login ? json(user) : new Response(null, { status })))
    using client = connect(server.api)
    const { signal } = new AbortController()
    const response = await client.connection.open(`${server.api}/x`, { ...options, signal })
    expect([response.status, server.lines]).toEqual([status, [login, 'POST /api/x']])
  })
})
