import { describe, expect, jest, test } from 'bun:test'
import { getEventListeners } from 'node:events'
import { ApiError } from '../errors.ts'
import { connect, login, outcomes, platform, unchanging, user } from '../testing/client.ts'
import { settled } from '../testing/fake-clock.ts'
import { head, serveSocket } from '../testing/socket-server.ts'
import { abiquoError, json, serveWeb } from '../testing/web-server.ts'
import { parseAnswer } from './parse-answer.ts'
import type { Fetch } from './transport.ts'

describe('a request', () => {
  test('asks for its media type below the API, after one log-in', async () => {
    const date = 'Fri, 20 Nov 2026 10:00:00 GMT'
    await using server = await platform((_, line) => json({ line }, 200, { date }))
    using client = connect(`${server.api}//`, { format: 'xml' })
    expect(await client.get('/admin/enterprises?limit=1')).toEqual({
      body: { json: { line: 'GET /api/admin/enterprises?limit=1' } },
      contentType: 'application/json',
      url: `${server.api}/admin/enterprises?limit=1`,
      at: Date.UTC(2026, 10, 20, 10),
    })
    await client.get('/x', { accept: 'virtualmachine' })
    const asked = server.requests.map(({ line, headers }) => [line, headers.get('accept')])
    expect(asked).toEqual([
      [login, 'application/vnd.abiquo.user+xml'],
      ['GET /api/admin/enterprises?limit=1', 'application/vnd.abiquo.enterprises+xml'],
      ['GET /api/x', 'application/vnd.abiquo.virtualmachine+xml'],
    ])
    expect(client.connection.login()).toEqual({ state: 'accepted', why: null, retryAt: null })
  })

  test("reads hrefs by the platform's own idea of its address", () => {
    using client = connect('https://proxy.example.com/abiquo', { apiLocation: 'https://10.0.0.1/api' })
    expect(client.connection.hrefs.pathOf('https://10.0.0.1:443/api/admin/enterprises')).toBe('/admin/enterprises')
    expect(client.connection.api).toBe('https://proxy.example.com/abiquo')
  })

  test('goes over its own limit of size', async () => {
    await using server = await platform(() => json({ text: 'x'.repeat(100) }))
    using client = connect(server.api)
    expect(outcomes([await client.get('/x', { maxBytes: 100 }), await client.get('/x', { maxBytes: 200 })])).toEqual([
      'too-large',
      'ok',
    ])
  })

  test('is never sent beside more others than there are slots, and single reads pass lists', async () => {
    const waiting: { line: string; go: () => void }[] = []
    const asked: string[] = []
    await using server = await platform((_, line) => {
      asked.push(line)
      return new Promise((resolve) => waiting.push({ line, go: () => resolve(json({})) }))
    })
    using client = connect(server.api, { concurrency: 4, authorization: unchanging })
    expect(client.connection.listLimit).toBe(3)
    const lists = Array.from({ length: 6 }, (_, index) => client.get(`/list${index}`, { lane: 'list' }))
    while (asked.length < 3) await settled()
    const singles = Array.from({ length: 3 }, (_, index) => client.get(`/single${index}`))
    while (asked.length < 4) await settled()
    for (let turn = 0; turn < 20; turn++) await settled()
    expect(asked.toSorted()).toEqual(['GET /api/list0', 'GET /api/list1', 'GET /api/list2', 'GET /api/single0'])
    for (let done = 0; done < 9; done++) {
      while (waiting.length === 0) await settled()
      waiting.shift()?.go()
      while (asked.length < Math.min(9, 5 + done)) await settled()
      expect(asked.length - done - 1).toBeLessThanOrEqual(4)
    }
    expect(outcomes(await Promise.all([...lists, ...singles]))).toEqual(Array(9).fill('ok'))
    expect(asked.indexOf('GET /api/single2')).toBeLessThan(asked.indexOf('GET /api/list5'))
  })

  test('that is left while it waits for a slot is not sent', async () => {
    const go = Promise.withResolvers<void>()
    await using server = await platform(() => go.promise.then(() => json({})))
    using client = connect(server.api, { concurrency: 1 })
    const first = client.get('/first')
    while (server.lines.length < 2) await settled()
    const controller = new AbortController()
    const second = client.get('/second', { signal: controller.signal })
    await settled()
    controller.abort(new Error('enough'))
    expect(outcomes([await second])).toEqual(['enough'])
    go.resolve()
    expect(outcomes([await first, await client.get('/third')])).toEqual(['ok', 'ok'])
    expect(server.lines).toEqual([login, 'GET /api/first', 'GET /api/third'])
  })

  test('of a closed connection fails and is not sent, also while it waits for a slot', async () => {
    const go = Promise.withResolvers<void>()
    await using server = await platform(() => go.promise.then(() => json({})))
    using client = connect(server.api, { concurrency: 1 })
    const first = client.get('/first')
    while (server.lines.length < 2) await settled()
    const second = client.get('/second')
    await settled()
    client.connection[Symbol.dispose]()
    go.resolve()
    const answers = [await first, await second, await client.get('/third')]
    expect(answers.slice(1).map((error) => error instanceof ApiError && [error.code, error.message])).toEqual([
      ['unreachable', 'The connection is closed'],
      ['unreachable', 'The connection is closed'],
    ])
    expect(server.lines).toEqual([login, 'GET /api/first'])
  })
})

describe('quick retries', () => {
  test.each([[500], [502], [503], [504]])('of a request answered %p are two, with a growing pause', async (status) => {
    await using server = await platform(() => new Response(null, { status }))
    using client = connect(server.api)
    const issued: number[] = []
    const getting = client.get('/x', { onIssue: () => issued.push(client.clock.now()) })
    expect(await client.clock.asleep()).toEqual([200])
    await client.clock.advance(200)
    expect(await client.clock.asleep()).toEqual([400])
    await client.clock.advance(400)
    expect(outcomes([await getting])).toEqual(['status'])
    expect([server.lines.length, issued, client.clock.left]).toEqual([4, [0, 200, 600], []])
  })

  test('end with the first success', async () => {
    let asked = 0
    await using server = await platform(() => (++asked < 3 ? new Response(null, { status: 500 }) : json({})))
    using client = connect(server.api)
    const getting = client.get('/x')
    await client.clock.asleep()
    await client.clock.advance(200)
    await client.clock.asleep()
    await client.clock.advance(400)
    expect([outcomes([await getting]), asked]).toEqual([['ok'], 3])
  })

  test('are made where the connection is refused or breaks, the log-in counted once for all', async () => {
    await using server = await serveSocket(({ socket }) => void socket.resetAndDestroy())
    using client = connect(`${server.origin}/api`)
    const getting = Promise.all([client.get('/a'), client.get('/b'), client.get('/c')])
    await client.clock.asleep()
    await client.clock.advance(200)
    await client.clock.asleep()
    await client.clock.advance(400)
    expect(outcomes(await getting)).toEqual(['unreachable', 'unreachable', 'unreachable'])
    expect(server.heads.map((text) => text.split('\r\n')[0])).toEqual(Array(3).fill('GET /api/login HTTP/1.1'))
  })

  test.each([[400], [403], [404], [406], [429], [501]])('of a request answered %p', async (status) => {
    await using server = await platform(() => new Response(null, { status }))
    using client = connect(server.api)
    const getting = client.get('/x')
    const again = status === 501
    if (again) {
      await client.clock.asleep()
      await client.clock.advance(200)
      await client.clock.asleep()
      await client.clock.advance(400)
    }
    await getting
    expect(server.lines.length).toBe(again ? 4 : 2)
  })

  test('are none where the body cannot be read', async () => {
    await using server = await platform(
      () => new Response('{"a":', { headers: { 'content-type': 'application/json' } }),
    )
    using client = connect(server.api)
    expect(outcomes([await client.get('/x')])).toEqual(['malformed'])
    expect(server.lines.length).toBe(2)
  })

  test('leave the slot to others while they wait, and end when the caller leaves', async () => {
    await using server = await platform((_, line) =>
      line.endsWith('/bad') ? new Response(null, { status: 500 }) : json({}),
    )
    using client = connect(server.api, { concurrency: 1 })
    const controller = new AbortController()
    const bad = client.get('/bad', { signal: controller.signal })
    await client.clock.asleep()
    expect(outcomes([await client.get('/good')])).toEqual(['ok'])
    controller.abort(new Error('enough'))
    expect([outcomes([await bad]), client.clock.left]).toEqual([['enough'], []])
  })
})

describe('Retry-After', () => {
  const busy = (seconds: string, status = 503) => new Response(null, { status, headers: { 'retry-after': seconds } })

  test.each([[0], [3], [5]])('of %p s is waited for, with a little more', async (seconds) => {
    let asked = 0
    await using server = await platform(() => (++asked === 1 ? busy(String(seconds)) : json({})))
    using client = connect(server.api)
    const getting = client.get('/x')
    expect(await client.clock.asleep()).toEqual([seconds * 1000 + 200])
    await client.clock.advance(seconds * 1000 + 200)
    expect(outcomes([await getting])).toEqual(['ok'])
  })

  test.each([[429], [503]])('above 5 s with status %p is handed up, and what follows is not sent', async (status) => {
    let asked = 0
    await using server = await platform(() => (++asked === 1 ? busy('60', status) : json({})))
    using client = connect(server.api, { random: () => 0.5 })
    expect(await client.get('/x')).toMatchObject({ code: 'busy', status, retryAfterMs: 60_000 })
    const held = await client.get('/y')
    expect({ ...(held as ApiError), message: (held as ApiError).message } as unknown).toEqual({
      name: 'ApiError',
      code: 'busy',
      message: `GET "${server.api}/y" not sent: the platform asked for silence, 63 s of it left`,
      url: `${server.api}/y`,
      status: null,
      abiquoCode: null,
      retryAfterMs: 62_500,
    })
    await client.clock.advance(57_000)
    expect(outcomes([await client.get('/y')])).toEqual(['busy'])
    expect(server.lines.length).toBe(2)
    // The last seconds of it are waited for.
    await client.clock.advance(500)
    const getting = client.get('/y')
    expect(await client.clock.asleep()).toEqual([5000 + 150])
    await client.clock.advance(5150)
    expect([outcomes([await getting]), server.lines.length]).toEqual([['ok'], 3])
  })

  test('that does not end after two retries holds what follows', async () => {
    await using server = await platform(() => busy('4'))
    using client = connect(server.api)
    const getting = client.get('/x')
    for (const ms of [4200, 4400]) {
      expect(await client.clock.asleep()).toEqual([ms])
      await client.clock.advance(ms)
    }
    expect(outcomes([await getting])).toEqual(['busy'])
    const next = client.get('/y')
    expect(await client.clock.asleep()).toEqual([4200])
    expect(server.lines.length).toBe(4)
    client.connection[Symbol.dispose]()
    await client.clock.advance(4200)
    expect(outcomes([await next])).toEqual(['unreachable'])
  })
})

describe('a body', () => {
  test('of somebody else is told with a hint', () => {
    const url = 'https://h/api/x'
    const parse = () => parseAnswer(url, () => JSON.parse('{"password": vnc-secret'))
    expect(parse).toThrow(SyntaxError)
    expect(parseAnswer(url, () => 7)).toBe(7)
  })

  test('that is an HTML page with status 200 is no log-in', async () => {
    await using server = await serveWeb(
      () => new Response('<html>vnc-secret</html>', { headers: { 'content-type': 'text/html' } }),
    )
    using client = connect(server.api)
    expect(await client.get('/x')).toMatchObject({
      code: 'not-abiquo',
      message: `The answer to GET "${server.api}/login" is text/html: is a proxy or a log-in page in the way?`,
    })
    expect(server.lines).toEqual([login])
  })

  test('in XML is a log-in too', async () => {
    await using server = await serveWeb((_, line) =>
      line === login
        ? new Response('<user><id>1</id></user>', { headers: { 'content-type': 'application/xml' } })
        : json({}),
    )
    using client = connect(server.api, { format: 'xml' })
    expect(outcomes([await client.get('/x')])).toEqual(['ok'])
  })
})

describe('a stream', () => {
  const options = (signal: AbortSignal) => ({ accept: 'text/event-stream', timeoutMs: 60_000, signal })

  test('is opened with the credentials after the log-in, outside the slots, and ends with its signal', async () => {
    const seen: string[] = []
    await using server = await serveSocket(({ socket, head: text }) => {
      seen.push(`${text.split('\r\n')[0]} ${/authorization: Basic/i.test(text)}`)
      if (text.includes('/login')) {
        const body = JSON.stringify(user)
        socket.write(head('200 OK', { 'content-type': 'application/json', 'content-length': body.length }) + body)
      } else socket.write(`${head('200 OK', { 'content-type': 'text/event-stream' })}data:1\n\n`)
    })
    using client = connect(`${server.origin}/api`, { concurrency: 1 })
    const controller = new AbortController()
    const responses = await Promise.all(
      [1, 2].map(() => client.connection.open(`${server.origin}/m/stream`, options(controller.signal))),
    )
    const reader = responses[0]?.body?.getReader()
    expect(new TextDecoder().decode((await reader?.read())?.value)).toBe('data:1\n\n')
    controller.abort(new Error('enough'))
    await expect(reader?.read()).rejects.toThrow('enough')
    await responses[1]?.body?.cancel().catch(() => undefined)
    expect(seen).toEqual(['GET /api/login HTTP/1.1 true', 'GET /m/stream HTTP/1.1 true', 'GET /m/stream HTTP/1.1 true'])
    while (server.open > 1) await settled()
  })

  test('that is answered with a status is for the caller to judge', async () => {
    await using server = await platform(() => new Response('gone', { status: 404 }))
    using client = connect(server.api)
    const response = await client.connection.open(`${server.origin}/m/stream`, options(new AbortController().signal))
    expect([response.status, await response.text()]).toEqual([404, 'gone'])
  })

  test('whose headers do not come ends after its time', async () => {
    await using server = await serveWeb((_, line) =>
      line === login ? json(user) : new Promise<Response>(() => undefined),
    )
    using client = connect(server.api)
    const { signal } = new AbortController()
    const opening = client.connection.open(`${server.origin}/m/stream`, { ...options(signal), timeoutMs: 30 })
    await expect(opening).rejects.toMatchObject({ code: 'timeout' })
  })

  test('stays open beyond the time for its headers', async () => {
    jest.useFakeTimers()
    try {
      const signals: (AbortSignal | null | undefined)[] = []
      const fetch: Fetch = async (url, { signal }) => {
        signals.push(signal)
        return url.endsWith('/login') ? json(user) : new Response(new ReadableStream())
      }
      using client = connect('https://h/api', { fetch })
      const controller = new AbortController()
      await client.connection.open('https://h/m/stream', { ...options(controller.signal), timeoutMs: 1000 })
      jest.advanceTimersByTime(1_000_000)
      expect([signals.map((signal) => signal?.aborted), jest.getTimerCount()]).toEqual([[false, false], 0])
      controller.abort()
      expect(signals.map((signal) => signal?.aborted)).toEqual([false, true])
    } finally {
      jest.useRealTimers()
    }
  })

  test('that does not open leaves neither timer nor listener', async () => {
    jest.useFakeTimers()
    try {
      const fetch: Fetch = async (url) => {
        if (url.endsWith('/login')) return json(user)
        throw new TypeError('no way')
      }
      using client = connect('https://h/api', { fetch })
      const { signal } = new AbortController()
      await expect(client.connection.open('https://h/m/stream', options(signal))).rejects.toMatchObject({
        code: 'unreachable',
      })
      expect([jest.getTimerCount(), getEventListeners(signal, 'abort').length]).toEqual([0, 0])
    } finally {
      jest.useRealTimers()
    }
  })

  test('that is left while it is opened fails with the reason of that, before and behind the gate', async () => {
    for (const hanging of ['/api/login', '/m/stream']) {
      await using server = await serveWeb((_, line) =>
        line.endsWith(hanging) ? new Promise<Response>(() => undefined) : json(user),
      )
      using client = connect(server.api)
      const controller = new AbortController()
      const opening = client.connection.open(`${server.origin}/m/stream`, options(controller.signal))
      while (!server.lines.includes(`GET ${hanging}`)) await settled()
      controller.abort(new Error('enough'))
      await expect(opening).rejects.toThrow('enough')
    }
  })

  test('answered 401 waits for one log-in and is tried once more', async () => {
    let asked = 0
    await using server = await platform(() => (++asked === 1 ? abiquoError(401, 'GEN-5') : new Response('data:1\n\n')))
    using client = connect(server.api)
    const response = await client.connection.open(`${server.origin}/m/stream`, options(new AbortController().signal))
    expect(await response.text()).toBe('data:1\n\n')
    expect(server.lines).toEqual([login, 'GET /m/stream', login, 'GET /m/stream'])
  })

  test('answered 401 although the log-in is accepted is refused', async () => {
    await using server = await platform(() => abiquoError(401, 'GEN-5'))
    using client = connect(server.api)
    const opening = client.connection.open(`${server.origin}/m/stream`, options(new AbortController().signal))
    await expect(opening).rejects.toMatchObject({ code: 'unauthorized', status: 401, abiquoCode: 'GEN-5' })
    expect(server.lines).toEqual([login, 'GET /m/stream', login, 'GET /m/stream'])
  })
})
