import { describe, expect, test } from 'bun:test'
import { inspect } from 'node:util'
import { ApiError } from '../errors.ts'
import type { Fetch } from '../request/transport.ts'
import { connect, outcomes } from '../testing/client.ts'
import { OAuthVerifier } from '../testing/oauth-verifier.ts'
import { abiquoError, type Handler, json, serveWeb } from '../testing/web-server.ts'
import { type AuthorizeOptions, authorize } from './authorize.ts'
import { basic } from './basic.ts'
import { bearer } from './bearer.ts'
import { oauth1 } from './oauth1.ts'

const location = 'https://platform.example.com/api'
const applications = { rel: 'applications', href: 'https://10.0.0.9:443/api/admin/enterprises/1/users/2/applications' }
const registerLine = 'POST /api/admin/enterprises/1/users/2/applications'
const application = { key: 'app-key', secret: 'app+/=secret' }
const request = { token: 'request/token=', secret: 'request&secret' }
const access = { token: 'access+token', secret: 'access=secret' }
const verifierText = 'veri+fier/='
const secrets = [
  'secret-of-admin',
  application.secret,
  ...Object.values(request),
  ...Object.values(access),
  verifierText,
]
const html = { 'content-type': 'text/html;charset=utf-8' }

const form = (fields: Record<string, string>) => new Response(new URLSearchParams(fields).toString())
const redirect = (to: string) => new Response(null, { status: 302, headers: { location: to } })

/** Answers of a test instead of the platform's own, by the last segment of the path. */
type Instead = Readonly<Record<string, Handler>>

/** A platform with OAuth, that verifies what applications sign; it knows itself as `location`. */
async function platform(instead: Instead = {}) {
  const basicOfAdmin = `Basic ${Buffer.from('admin:secret-of-admin').toString('base64')}`
  const users = new Set([basicOfAdmin, 'Bearer robot'])
  const verifier = new OAuthVerifier(
    {
      consumers: { [application.key]: application.secret },
      tokens: { [request.token]: request.secret, [access.token]: access.secret },
    },
    () => Date.now() / 1000,
  )
  const refused: string[] = []
  const named: unknown[] = []
  const server = await serveWeb(async (asked, line) => {
    const { pathname, search } = new URL(asked.url)
    const own = instead[pathname.split('/').at(-1) ?? '']
    if (own !== undefined) return await own(asked, line)
    const header = asked.headers.get('authorization') ?? ''
    const url = location + pathname.slice('/api'.length) + search
    if (header.startsWith('OAuth ')) {
      const why = verifier.check({ method: asked.method, url, header })
      if (why === null) return await asApplication(asked, pathname, header)
      refused.push(why)
    } else if (users.has(header)) return await asUser(asked, pathname, search)
    else refused.push(`${line} as nobody`)
    return abiquoError(401, 'GEN-5')
  })

  async function asUser(asked: Request, pathname: string, search: string): Promise<Response> {
    if (pathname === '/api/login') return json({ nick: 'admin', links: [applications] })
    if (`${asked.method} ${pathname}` === registerLine) {
      named.push(asked.headers.get('content-type'), await asked.json())
      return json({ name: 'novnc-tokens', apiKey: application.key, apiSecret: application.secret }, 201)
    }
    const given = new URLSearchParams(search).get('oauth_token')
    if (pathname !== '/api/oauth/authorize' || given !== request.token) return abiquoError(404, 'GEN-1')
    return redirect(`oob?${new URLSearchParams({ oauth_token: given, oauth_verifier: verifierText })}`)
  }

  async function asApplication(asked: Request, pathname: string, header: string): Promise<Response> {
    const parameters = OAuthVerifier.parameters(header)
    const get = (name: string) => parameters?.get(name) ?? null
    if (asked.method === 'POST' && pathname === '/api/oauth/request_token' && get('oauth_token') === null) {
      return get('oauth_callback') === 'oob'
        ? form({ oauth_token: request.token, oauth_token_secret: request.secret, oauth_callback_confirmed: 'true' })
        : abiquoError(400, 'OAUTH-1')
    }
    if (asked.method === 'POST' && pathname === '/api/oauth/access_token') {
      const good = get('oauth_token') === request.token && get('oauth_verifier') === verifierText
      return good ? form({ oauth_token: access.token, oauth_token_secret: access.secret }) : abiquoError(401, 'OAUTH-2')
    }
    return json({ nick: 'admin' })
  }

  return { server, refused, named, users, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
}

/** Authorizes; what is thrown comes back as it is, and must not tell any secret. */
async function attempt(api: string, more: Partial<AuthorizeOptions> = {}): Promise<unknown> {
  const authorization = basic('admin', 'secret-of-admin')
  try {
    return await authorize({
      api,
      apiLocation: location,
      authorization,
      application: { name: 'novnc-tokens' },
      ...more,
    })
  } catch (error) {
    const told = inspect(error, { depth: 9, showHidden: true })
    expect(secrets.filter((each) => told.includes(each) || told.includes(encodeURIComponent(each)))).toEqual([])
    return error
  }
}

const credentials = {
  consumerKey: application.key,
  consumerSecret: application.secret,
  token: access.token,
  tokenSecret: access.secret,
}
const steps = [
  'POST /api/oauth/request_token',
  'GET /api/oauth/authorize?oauth_token=request%2Ftoken%3D',
  'POST /api/oauth/access_token',
] as const

describe('an authorization', () => {
  test('registers the application, and gives credentials that the platform takes', async () => {
    await using oauth = await platform()
    const registered: unknown[] = []
    const given = await attempt(`${oauth.server.api}/`, { onRegistered: (each) => registered.push(each) })
    expect(given).toEqual(credentials)
    expect(oauth.server.lines).toEqual(['GET /api/login', 'GET /api/login', registerLine, ...steps])
    expect(oauth.named).toEqual(['application/vnd.abiquo.application+json', { name: 'novnc-tokens' }])
    expect([oauth.refused, registered]).toEqual([[], [application]])
    using client = connect(oauth.server.api, { authorization: oauth1(credentials), apiLocation: location })
    expect(outcomes([await client.get('/admin/enterprises')])).toEqual(['ok'])
  })

  test('of an application that is registered asks for tokens only', async () => {
    await using oauth = await platform()
    const onRegistered = () => {
      throw new Error('It was registered before')
    }
    expect(await attempt(oauth.server.api, { application, onRegistered })).toEqual(credentials)
    expect(oauth.server.lines).toEqual([steps[0], 'GET /api/login', steps[1], steps[2]])
  })

  test('takes a bearer token as well', async () => {
    await using oauth = await platform()
    expect(await attempt(oauth.server.api, { authorization: bearer('robot') })).toEqual(credentials)
    expect(oauth.refused).toEqual([])
  })

  test('goes over to a token where Basic is for the log-in only', async () => {
    await using oauth = await platform({
      login: () => json({ links: [applications] }, 200, { 'x-abiquo-token': 'T1' }),
    })
    oauth.users.clear()
    oauth.users.add('Token T1')
    expect(await attempt(oauth.server.api)).toEqual(credentials)
    expect(oauth.refused).toEqual([`${registerLine} as nobody`])
  })

  const found = `oauth_verifier=${encodeURIComponent(verifierText)}`
  test.each([
    ['absolute', `https://elsewhere.example.com:8443/callback?oauth_token=request%2Ftoken%3D&${found}`],
    ['without a token', `http://h/?${found}`],
    ['with a fragment', `oob?${found}#part`],
    ['of nothing but the query', `?${found}`],
    ['below the path', `/ui/oob?a=1&${found}&b=2`],
  ])('reads the verifier from a redirect that is %s, and does not follow it', async (_, to) => {
    for (const status of [302, 303, 307]) {
      await using oauth = await platform({
        authorize: () => new Response(null, { status, headers: { location: to } }),
      })
      expect(await attempt(oauth.server.api, { application })).toEqual(credentials)
      expect(oauth.server.lines.length).toBe(4)
    }
  })
})

test('a redirect with a verifier is taken though its body broke off', async () => {
  await using oauth = await platform()
  const send: Fetch = async (url, init) => {
    const { status, headers, body } = await fetch(url, init)
    if (status !== 302) return new Response(body, { status, headers })
    const broken = new ReadableStream({ start: (controller) => controller.error(new TypeError('ECONNRESET')) })
    return new Response(broken, { status, headers })
  }
  expect(await attempt(oauth.server.api, { application, fetch: send })).toEqual(credentials)
})

describe('an authorization that fails says the step, the answer, and what to do', () => {
  const known = '. The application "novnc-tokens" is registered by now: go on with its key and secret, or delete it'
  const check = "that the API location is the API's URL as the platform knows it, since that is what is signed"
  const cases: readonly (readonly [what: string, instead: Instead, error: object, lines: number])[] = [
    [
      'the password is wrong',
      { login: () => abiquoError(401, 'GEN-5') },
      {
        code: 'login-refused',
        status: 401,
        message:
          'Cannot register the application "novnc-tokens": The platform refuses the log-in of "admin": GET "API/login" answered 401 (GEN-5). Check user name and password; three bad log-ins within a minute lock the user',
      },
      1,
    ],
    [
      'the user has no applications',
      { login: () => json({ links: [] }) },
      {
        code: 'malformed',
        message:
          'Cannot register the application "novnc-tokens": The user of GET "API/login" has no link "applications": register it in Abiquo and give its key and secret',
      },
      2,
    ],
    [
      'the name is taken',
      { applications: () => abiquoError(409, 'APPLICATION-3') },
      {
        code: 'status',
        status: 409,
        abiquoCode: 'APPLICATION-3',
        message:
          'Cannot register the application "novnc-tokens": POST "API/admin/enterprises/1/users/2/applications" answered 409 Conflict (APPLICATION-3: Said APPLICATION-3). If the name is taken, choose another, or give key and secret of that application',
      },
      3,
    ],
    [
      'the user may not register',
      { applications: () => abiquoError(403, 'GEN-4') },
      {
        code: 'forbidden',
        status: 403,
        message:
          'Cannot register the application "novnc-tokens": POST "API/admin/enterprises/1/users/2/applications" answered 403 Forbidden (GEN-4: Said GEN-4). The user may not register applications: give key and secret of one that is registered',
      },
      3,
    ],
    [
      'the registration breaks down, which may have been done',
      { applications: () => new Response(null, { status: 503, headers: { 'retry-after': '1' } }) },
      {
        code: 'busy',
        status: 503,
        retryAfterMs: 1000,
        message:
          'Cannot register the application "novnc-tokens": POST "API/admin/enterprises/1/users/2/applications" answered 503 Service Unavailable. It may be registered nevertheless: look into Abiquo before the next try',
      },
      3,
    ],
    [
      'what is registered has no key',
      { applications: () => json({ name: 'novnc-tokens', apiSecret: application.secret }, 201) },
      {
        code: 'malformed',
        message:
          'Cannot register the application "novnc-tokens": The answer to POST "API/admin/enterprises/1/users/2/applications" has no apiKey and apiSecret: look into Abiquo whether it is registered',
      },
      3,
    ],
    [
      'what is registered has a secret that is no text',
      { applications: () => json({ apiKey: application.key, apiSecret: '\ud800' }, 201) },
      {
        code: 'malformed',
        message:
          'Cannot register the application "novnc-tokens": The answer to POST "API/admin/enterprises/1/users/2/applications" has no apiKey and apiSecret: look into Abiquo whether it is registered',
      },
      3,
    ],
    [
      'the platform has no OAuth',
      { request_token: () => new Response('<html>', { status: 404, headers: html }) },
      {
        code: 'not-found',
        status: 404,
        message: `Cannot get a request token: POST "API/oauth/request_token" answered 404 Not Found${known}`,
      },
      4,
    ],
    [
      'a log-in page answers',
      { request_token: () => new Response('<html>', { headers: html }) },
      {
        code: 'not-abiquo',
        status: 200,
        message: `Cannot get a request token: The answer to POST "API/oauth/request_token" is text/html without oauth_token and oauth_token_secret: is this the URL of the API?${known}`,
      },
      4,
    ],
    [
      'half a token comes',
      { request_token: () => form({ oauth_token: request.token }) },
      { code: 'not-abiquo', message: expect.stringContaining('Cannot get a request token: The answer to POST') },
      4,
    ],
    [
      'the signature is refused',
      { request_token: () => abiquoError(401, 'OAUTH-1', { date: new Date().toUTCString() }) },
      {
        code: 'unauthorized',
        status: 401,
        message: `Cannot get a request token: POST "API/oauth/request_token" answered 401 Unauthorized (OAUTH-1: Said OAUTH-1). Check key and secret of the application, and ${check}${known}`,
      },
      4,
    ],
    [
      "this machine's clock is wrong",
      {
        request_token: () =>
          abiquoError(401, 'OAUTH-1', { date: new Date(Math.floor(Date.now() / 1000) * 1000 + 3e8).toUTCString() }),
      },
      {
        code: 'unauthorized',
        message: expect.stringMatching(
          /and this machine's clock, which is (299999|300000) s behind the platform's; also that the API location/,
        ),
      },
      4,
    ],
    [
      'a page asks for consent',
      { authorize: () => new Response('<html>', { headers: html }) },
      {
        code: 'not-abiquo',
        status: 200,
        message: `Cannot authorize the application: GET "API/oauth/authorize?oauth_token=..." answered 200 with text/html instead of a redirect and no oauth_verifier: does this platform let a user of this kind authorize applications?${known}`,
      },
      5,
    ],
    [
      'the user is led to a log-in page',
      { authorize: () => redirect('https://platform.example.com/ui/login?back=secret&oauth_token=request%2Ftoken%3D') },
      {
        code: 'not-abiquo',
        status: 302,
        message: `Cannot authorize the application: GET "API/oauth/authorize?oauth_token=..." answered 302 with a redirect to "https://platform.example.com/ui/login" and no oauth_verifier: does this platform let a user of this kind authorize applications?${known}`,
      },
      5,
    ],
    [
      'the user may not authorize',
      { authorize: () => abiquoError(403, 'GEN-4') },
      {
        code: 'forbidden',
        status: 403,
        message: `Cannot authorize the application: GET "API/oauth/authorize?oauth_token=..." answered 403 Forbidden (GEN-4: Said GEN-4)${known}`,
      },
      5,
    ],
    [
      'the verifier is not the one',
      { authorize: () => redirect('oob?oauth_verifier=another') },
      {
        code: 'unauthorized',
        status: 401,
        message: `Cannot get an access token: POST "API/oauth/access_token" answered 401 Unauthorized (OAUTH-2: Said OAUTH-2). Check key and secret of the application, and ${check}${known}`,
      },
      6,
    ],
    [
      'the trade breaks down',
      { access_token: () => new Response(null, { status: 500 }) },
      {
        code: 'status',
        status: 500,
        message: `Cannot get an access token: POST "API/oauth/access_token" answered 500 Internal Server Error${known}`,
      },
      6,
    ],
    [
      'a POST is redirected',
      { access_token: () => redirect('/elsewhere') },
      {
        code: 'status',
        status: 302,
        message: `Cannot get an access token: POST "API/oauth/access_token" answered 302 Found${known}`,
      },
      6,
    ],
  ]
  test.each(cases)('where %s', async (_, instead, facts, lines) => {
    await using oauth = await platform(instead)
    const error = await attempt(oauth.server.api)
    expect(error).toBeInstanceOf(ApiError)
    if (!(error instanceof ApiError)) return
    const message = error.message.replaceAll(oauth.server.api, 'API')
    expect({ ...error, message, url: error.url.replaceAll(oauth.server.api, 'API') }).toMatchObject(facts)
    expect(oauth.server.lines.length).toBe(lines)
  })

  const never = () => new Promise<Response>(() => undefined)
  const stalled = () => {
    const body = new ReadableStream<Uint8Array>({ start: (sender) => sender.enqueue(new TextEncoder().encode('{')) })
    return new Response(body, { headers: { 'content-type': 'application/json' } })
  }
  const hanging: readonly (readonly [what: string, instead: Instead, message: string])[] = [
    ['the log-in', { login: never }, 'Cannot authorize the application: GET "API/login"'],
    ['the application', { request_token: never }, 'Cannot get a request token: POST "API/oauth/request_token"'],
    ['the answer', { access_token: stalled }, 'Cannot get an access token: POST "API/oauth/access_token"'],
    ['the user', { authorize: never }, 'Cannot authorize the application: GET "API/oauth/authorize?oauth_token=..."'],
  ]
  test.each(hanging)('where a request hangs: that of %s', async (_, instead, message) => {
    await using oauth = await platform(instead)
    const error = await attempt(oauth.server.api, { application, timeoutMs: 50 })
    expect(error).toMatchObject({ code: 'timeout' })
    expect(String(error).replaceAll(oauth.server.api, 'API')).toBe(`ApiError: ${message} made no progress for 0.05 s`)
  })

  test('where the answer to a user hangs before its first byte', async () => {
    await using oauth = await platform()
    const sent: Fetch = async (url, init) => {
      if (!url.endsWith('/applications')) return await fetch(url, init)
      const { signal } = init
      const start = (sender: ReadableStreamDefaultController) =>
        signal?.addEventListener('abort', () => sender.error(signal.reason))
      return new Response(new ReadableStream({ start }))
    }
    expect(await attempt(oauth.server.api, { fetch: sent, timeoutMs: 50 })).toMatchObject({
      code: 'timeout',
      message: `Cannot register the application "novnc-tokens": POST "${oauth.server.api}/admin/enterprises/1/users/2/applications" made no progress for 0.05 s. It may be registered nevertheless: look into Abiquo before the next try`,
    })
  })
})

test('an authorization ends with the reason of its caller', async () => {
  const controller = new AbortController()
  const reason = new Error('enough')
  const asked = Promise.withResolvers<void>()
  await using oauth = await platform({
    authorize: () => {
      asked.resolve()
      return new Promise<Response>(() => undefined)
    },
  })
  const attempting = attempt(oauth.server.api, { application, signal: controller.signal })
  await asked.promise
  controller.abort(reason)
  expect(await attempting).toBe(reason)
})

test.each([
  [{ name: ' ' }, 'The name of the application is empty'],
  [{ key: '', secret: 'x' }, 'The key of the application is empty'],
  [{ key: 'x', secret: '' }, 'The secret of the application is empty'],
])('the application %p is refused before anything is asked', async (given, message) => {
  await using oauth = await platform()
  expect(await attempt(oauth.server.api, { application: given })).toEqual(new RangeError(message))
  expect(oauth.server.lines).toEqual([])
})
