import { describe, expect, test } from 'bun:test'
import { ApiError } from '../errors.ts'
import { basic } from '../log-in/basic.ts'
import { type Client, connect, login, outcomes, user } from '../testing/client.ts'
import { settled } from '../testing/fake-clock.ts'
import { serveSocket } from '../testing/socket-server.ts'
import { abiquoError, json, serveWeb, type WebServer } from '../testing/web-server.ts'

const basicOf = (password: string) => `Basic ${Buffer.from(`admin:${password}`).toString('base64')}`

/** A platform whose password can change, and that counts bad log-ins as the lock-out of accounts does. */
async function guarded(password: string) {
  const state = { password, bad: 0 }
  const server = await serveWeb((request, line) => {
    if (request.headers.get('authorization') === basicOf(state.password)) return json(line === login ? user : { line })
    state.bad++
    return abiquoError(401, 'GEN-5')
  })
  return { server, state, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
}

/** Eight requests and a stream, ready to go at once. */
function everything(client: Client, server: WebServer): Promise<unknown[]> {
  const gets = Array.from({ length: 8 }, (_, index) =>
    client.get(`/x${index}`, { lane: index % 2 ? 'list' : 'single' }),
  )
  const signal = new AbortController().signal
  const stream = client.connection.open(`${server.origin}/m/stream`, {
    accept: 'text/event-stream',
    timeoutMs: 9000,
    signal,
  })
  return Promise.all([...gets, stream.catch((error: unknown) => error)])
}

describe('a wrong password', () => {
  test('costs one log-in and nothing else, whatever is ready to go', async () => {
    await using platform = await guarded('another')
    using client = connect(platform.server.api)
    const answers = await everything(client, platform.server)
    expect(outcomes(answers)).toEqual(Array(9).fill('login-refused'))
    expect(outcomes(await everything(client, platform.server))).toEqual(Array(9).fill('login-refused'))
    expect(platform.server.lines).toEqual([login])
    expect(client.clock.left).toEqual([])
  })

  test('is told with URL, user and what to do', async () => {
    await using platform = await guarded('another')
    using client = connect(platform.server.api)
    const { api } = platform.server
    const error = await client.get('/x')
    expect(error).toBeInstanceOf(ApiError)
    expect(error).toMatchObject({
      code: 'login-refused',
      status: 401,
      abiquoCode: 'GEN-5',
      url: `${api}/login`,
      message: `The platform refuses the log-in of "admin": GET "${api}/login" answered 401 (GEN-5). Check user name and password; three bad log-ins within a minute lock the user`,
    })
  })

  test('is a wrong password too where the platform says 403, or does not say it in its own format', async () => {
    await using server = await serveWeb(() => new Response('<html>no</html>', { status: 403 }))
    using client = connect(server.api)
    expect(await client.get('/x')).toMatchObject({
      code: 'login-refused',
      status: 403,
      abiquoCode: null,
      message: `The platform refuses the log-in of "admin": GET "${server.api}/login" answered 403. Check user name and password; three bad log-ins within a minute lock the user`,
    })
    expect(server.lines).toEqual([login])
  })

  test('keeps a patient connection waiting, with one log-in after 5 and 10 min, until it is right', async () => {
    await using platform = await guarded('another')
    using client = connect(platform.server.api, { patient: true })
    const answers = everything(client, platform.server)
    for (const minutes of [5, 10]) {
      expect(await client.clock.asleep()).toEqual([minutes * 60_000])
      expect(client.connection.login()).toMatchObject({
        state: 'refused',
        retryAt: client.clock.now() + minutes * 60_000,
      })
      await client.clock.advance(minutes * 60_000)
    }
    expect(await client.clock.asleep()).toEqual([20 * 60_000])
    expect(platform.server.lines).toEqual([login, login, login])
    platform.state.password = 'secret-of-admin'
    await client.clock.advance(20 * 60_000)
    expect(outcomes(await answers)).toEqual(Array(9).fill('ok'))
    expect(platform.server.lines.filter((line) => line === login).length).toBe(4)
  })

  test('is followed at once by new credentials', async () => {
    await using platform = await guarded('renewed')
    using client = connect(platform.server.api, { patient: true })
    const answers = everything(client, platform.server)
    await client.clock.asleep()
    client.connection.renew({ authorization: basic('admin', 'renewed'), tls: undefined })
    expect(outcomes(await answers)).toEqual(Array(9).fill('ok'))
    expect([platform.state.bad, client.clock.left]).toEqual([1, []])
  })

  test('given by a renewal is found by one log-in', async () => {
    await using platform = await guarded('secret-of-admin')
    using client = connect(platform.server.api)
    expect(outcomes(await everything(client, platform.server))).toEqual(Array(9).fill('ok'))
    client.connection.renew({ authorization: basic('admin', 'wrong'), tls: undefined })
    expect(outcomes(await everything(client, platform.server))).toEqual(Array(9).fill('login-refused'))
    expect(platform.state.bad).toBe(1)
  })
})

describe('a 401 in flight', () => {
  test('is followed by one log-in, after which all are sent again', async () => {
    let open = true
    const held: (() => void)[] = []
    await using server = await serveWeb((_, line) => {
      if (line === login) return json(user)
      if (open) return json({})
      return new Promise((resolve) => held.push(() => resolve(abiquoError(401, 'GEN-5'))))
    })
    using client = connect(server.api)
    await client.get('/first')
    open = false
    const issued: string[] = []
    const gets = Array.from({ length: 8 }, (_, index) =>
      client.get(`/x${index}`, { onIssue: () => issued.push(`${index}`) }),
    )
    while (held.length < 8) await settled()
    open = true
    for (const answer of held) answer()
    expect(outcomes(await Promise.all(gets))).toEqual(Array(8).fill('ok'))
    expect(server.lines.filter((line) => line === login).length).toBe(2)
    expect([server.lines.length, issued.length]).toEqual([19, 16])
  })

  test('of a password that was changed costs those in flight and one log-in, not those that wait for a slot', async () => {
    await using platform = await guarded('secret-of-admin')
    using client = connect(platform.server.api, { concurrency: 2 })
    await client.get('/first')
    platform.state.password = 'another'
    const answers = await Promise.all(Array.from({ length: 50 }, (_, index) => client.get(`/x${index}`)))
    expect(outcomes(answers)).toEqual(Array(50).fill('login-refused'))
    expect(platform.state.bad).toBe(2 + 1)
  })

  test('of one resource only is no reason to distrust the log-in', async () => {
    await using server = await serveWeb((_, line) =>
      line === login ? json(user) : line.endsWith('/private') ? abiquoError(401, 'GEN-5') : json({}),
    )
    using client = connect(server.api)
    expect(await client.get('/private')).toMatchObject({ code: 'unauthorized', status: 401, abiquoCode: 'GEN-5' })
    expect(outcomes([await client.get('/public')])).toEqual(['ok'])
    expect(server.lines).toEqual([login, 'GET /api/private', login, 'GET /api/private', 'GET /api/public'])
  })

  test('of everything but the log-in costs two tries and one log-in a call, with the advice to come back in minutes', async () => {
    await using server = await serveWeb((_, line) => (line === login ? json(user) : abiquoError(401, 'GEN-5')))
    using client = connect(server.api, { patient: true })
    for (let call = 0; call < 3; call++) {
      const from = server.lines.length
      expect(await client.get('/x')).toMatchObject({
        code: 'unauthorized',
        status: 401,
        abiquoCode: 'GEN-5',
        url: `${server.api}/x`,
        message: expect.stringContaining('401'),
        retryAfterMs: 300_000,
      })
      expect(server.lines.slice(from)).toEqual([...(call === 0 ? [login] : []), 'GET /api/x', login, 'GET /api/x'])
    }
    expect([client.connection.login().state, client.clock.left]).toEqual(['accepted', []])
  })

  test('and quick retries together are bounded', async () => {
    let asked = 0
    await using server = await serveWeb((_, line) => {
      if (line === login) return json(user)
      return ++asked % 2 ? new Response(null, { status: 500 }) : abiquoError(401, 'GEN-5')
    })
    using client = connect(server.api)
    const getting = client.get('/x')
    for (const ms of [200, 400]) {
      expect(await client.clock.asleep()).toEqual([ms])
      await client.clock.advance(ms)
    }
    expect(outcomes([await getting])).toEqual(['unauthorized'])
    expect(asked).toBe(4)
  })
})

describe('a log-in that fails', () => {
  test('is tried three times in all for all that wait, then told', async () => {
    await using server = await serveWeb(() => new Response(null, { status: 500 }))
    using client = connect(server.api)
    const answers = everything(client, server)
    for (const ms of [200, 400]) {
      expect(await client.clock.asleep()).toEqual([ms])
      await client.clock.advance(ms)
    }
    expect(outcomes(await answers)).toEqual(Array(9).fill('status'))
    expect(server.lines).toEqual([login, login, login])
  })

  test('makes a patient connection back off, until it works', async () => {
    let up = false
    await using server = await serveWeb((_, line) =>
      up ? json(line === login ? user : {}) : new Response(null, { status: 502 }),
    )
    using client = connect(server.api, { patient: true })
    const answers = everything(client, server)
    for (const ms of [200, 400, 1000, 200, 400, 2000, 200, 400]) {
      expect(await client.clock.asleep()).toEqual([ms])
      await client.clock.advance(ms)
    }
    expect(await client.clock.asleep()).toEqual([4000])
    expect(client.connection.login()).toMatchObject({
      state: 'failing',
      why: expect.stringContaining('502 Bad Gateway'),
    })
    up = true
    await client.clock.advance(4000)
    expect(outcomes(await answers)).toEqual(Array(9).fill('ok'))
    expect(server.lines.filter((line) => line === login).length).toBe(10)
  })

  test('with a long Retry-After is not tried again before, and holds nothing back after', async () => {
    let busy = true
    await using server = await serveWeb((_, line) =>
      busy ? new Response(null, { status: 503, headers: { 'retry-after': '60' } }) : json(line === login ? user : {}),
    )
    using client = connect(server.api)
    expect(await client.get('/x')).toMatchObject({ code: 'busy', status: 503, retryAfterMs: 60_000 })
    expect(outcomes([await client.get('/x'), await client.get('/y')])).toEqual(['busy', 'busy'])
    expect(server.lines).toEqual([login])
    busy = false
    await client.clock.advance(60_000)
    expect(outcomes([await client.get('/x')])).toEqual(['ok'])
  })

  test('whose answer is no user is no log-in', async () => {
    await using server = await serveWeb(() => new Response('[]', { headers: { 'content-type': 'application/json' } }))
    using client = connect(server.api)
    expect(await client.get('/x')).toMatchObject({
      code: 'malformed',
      message: `The answer to GET "${server.api}/login" is not a JSON object`,
    })
  })

  test('while it hangs ends with the connection and leaves nothing open', async () => {
    await using server = await serveSocket(() => undefined)
    using client = connect(`${server.origin}/api`, { patient: true })
    const waiting = [client.get('/x'), client.get('/y')]
    while (server.heads.length === 0) await settled()
    client.connection[Symbol.dispose]()
    expect(await Promise.all(waiting)).toEqual([
      new ApiError('unreachable', 'The connection is closed', { url: `${server.origin}/api` }),
      new ApiError('unreachable', 'The connection is closed', { url: `${server.origin}/api` }),
    ])
    await server.idle()
    expect(client.clock.left).toEqual([])
  })

  test('while it hangs gives way to new credentials', async () => {
    const hung: string[] = []
    await using server = await serveWeb((request, line) => {
      const sent = request.headers.get('authorization') ?? ''
      if (sent === basicOf('renewed')) return json(line === login ? user : {})
      hung.push(line)
      return new Promise<Response>(() => undefined)
    })
    using client = connect(server.api, { patient: true })
    const getting = client.get('/x')
    while (hung.length === 0) await settled()
    client.connection.renew({ authorization: basic('admin', 'renewed'), tls: undefined })
    expect(outcomes([await getting])).toEqual(['ok'])
    expect(hung).toEqual([login])
  })
})
