import { describe, expect, test } from 'bun:test'
import { type Mock, startMock } from './mock.ts'
import type { OAuthClient } from './oauth-credentials.ts'
import { basic, get, openStream, type Signer, signed } from './test-client.ts'

const json = 'application/vnd.abiquo.application+json'

async function applicationsUrl(mock: Mock): Promise<string> {
  const { links } = (await (await get(mock, '/login')).json()) as { links: { rel: string; href: string }[] }
  const href = links.find((link) => link.rel === 'applications')?.href ?? ''
  return href.replace(mock.settings.hrefBase, mock.apiUrl)
}

async function register(mock: Mock, body: string, headers: Record<string, string> = {}): Promise<Response> {
  const authorization = mock.authorization
  return fetch(await applicationsUrl(mock), {
    method: 'POST',
    body,
    headers: { authorization, 'content-type': json, ...headers },
  })
}

async function post(mock: Mock, path: string, signer: Signer): Promise<Response> {
  const url = mock.apiUrl + path
  return fetch(url, { method: 'POST', headers: { authorization: signed('POST', url, signer) } })
}

const formOf = async (response: Response) => Object.fromEntries(new URLSearchParams(await response.text()))

async function codeOf(response: Response): Promise<unknown> {
  const { collection } = (await response.json()) as { collection: { code: string }[] }
  return [response.status, collection[0]?.code]
}

/** Asks the API with a signature. */
function ask(mock: Mock, path: string, client: OAuthClient, more: Partial<Signer> = {}): Promise<Response> {
  return get(mock, path, { authorization: signed('GET', mock.apiUrl + path, { ...client, ...more }) })
}

test('an application comes to a token that is good for the API and the stream', async () => {
  await using mock = await startMock({ vms: 10 })
  const registered = await register(mock, JSON.stringify({ name: 'novnc' }))
  const application = (await registered.json()) as { apiKey: string; apiSecret: string }
  expect([registered.status, application]).toEqual([
    201,
    expect.objectContaining({
      name: 'novnc',
      apiKey: expect.any(String),
      apiSecret: expect.stringMatching(/\+.*\/.*=$/),
    }),
  ])
  const app = { appKey: application.apiKey, appSecret: application.apiSecret }

  const asked = await post(mock, '/oauth/request_token', { ...app, parameters: { oauth_callback: 'oob' } })
  const temporary = await formOf(asked)
  expect([asked.status, asked.headers.get('content-type'), temporary]).toEqual([
    200,
    'application/x-www-form-urlencoded',
    {
      oauth_token: expect.any(String),
      oauth_token_secret: expect.stringMatching(/\+.*\/.*=$/),
      oauth_callback_confirmed: 'true',
    },
  ])
  const token = temporary['oauth_token'] ?? ''
  const tokenSecret = temporary['oauth_token_secret'] ?? ''

  const authorized = await get(mock, `/oauth/authorize?oauth_token=${token}`)
  const location = new URL(authorized.headers.get('location') ?? '')
  expect([authorized.status, location.searchParams.get('oauth_token')]).toEqual([302, token])
  const verifier = location.searchParams.get('oauth_verifier')

  const exchange = { ...app, token, tokenSecret, parameters: { oauth_verifier: verifier } }
  const { oauth_token, oauth_token_secret } = await formOf(await post(mock, '/oauth/access_token', exchange))
  const client = { ...app, token: oauth_token ?? '', tokenSecret: oauth_token_secret ?? '' }
  expect((await ask(mock, '/admin/enterprises?limit=0', client)).status).toBe(200)
  expect(await (await ask(mock, '/login', client)).json()).toMatchObject({ nick: 'admin' })
  const login = `${mock.apiUrl}/login?expand=privileges`
  const stream = await openStream(mock, '', { authorization: signed('GET', login, client) })
  mock.streams.cut()
  expect([stream.response.status, mock.requests.all.at(-1)]).toEqual([
    200,
    expect.objectContaining({ username: 'admin', authorizationScheme: 'oauth', authorizationWhy: null }),
  ])
  expect(await codeOf(await post(mock, '/oauth/access_token', exchange))).toEqual([401, 'OAUTH-TOKEN'])
})

describe('an application is not registered', () => {
  const table: [what: string, body: string, headers: Record<string, string>, answer: unknown][] = [
    ['with a name that is taken', '{"name":"taken"}', {}, [409, 'APP-1']],
    ['without a name', '{}', {}, [400, 'GEN-0']],
    ['with a body that is no JSON', 'name=x', {}, [400, 'GEN-0']],
    ['with a body of another type', '{"name":"x"}', { 'content-type': 'text/plain' }, [415, 'GEN-14']],
    ['by nobody', '{"name":"x"}', { authorization: '' }, [401, 'GEN-5']],
    ['by another user', '{"name":"x"}', { authorization: basic('other', 'p') }, [403, 'GEN-4']],
  ]
  test.each(table)('%s', async (_, body, headers, answer) => {
    await using mock = await startMock({ vms: 10, enterprises: 2 })
    mock.accounts.set({ username: 'other', password: 'p', actor: mock.platform.userOf(2) })
    mock.oauth.client('taken', 'admin')
    expect(await codeOf(await register(mock, body, headers))).toEqual(answer)
  })

  test('by GET, which is not allowed there', async () => {
    await using mock = await startMock({ vms: 1 })
    const { status } = await get(mock, '/admin/enterprises/1/users/1/applications')
    expect(status).toBe(405)
  })
})

describe('refusals tell why', () => {
  test('the answer by its code, the record by a word', async () => {
    await using mock = await startMock({ vms: 1 })
    const client = mock.oauth.client('A', 'admin')
    expect(await codeOf(await ask(mock, '/login', client, { appSecret: 'x' }))).toEqual([401, 'OAUTH-SIGNATURE'])
    const { authorizationOk, authorizationScheme, authorizationWhy } = mock.requests.all.at(-1) ?? {}
    expect([authorizationOk, authorizationScheme, authorizationWhy]).toEqual([false, 'oauth', 'signature'])
  })

  test('a token that was taken back is unknown', async () => {
    await using mock = await startMock({ vms: 1 })
    const client = mock.oauth.client('A', 'admin')
    expect((await ask(mock, '/login', client)).status).toBe(200)
    mock.oauth.revoke(client.token)
    expect(await codeOf(await ask(mock, '/login', client))).toEqual([401, 'OAUTH-TOKEN'])
  })

  test('a request for a token needs a callback, one for access the verifier', async () => {
    await using mock = await startMock({ vms: 1 })
    const { appKey, appSecret } = mock.oauth.client('A', 'admin')
    const request = (callback: string | null) =>
      post(mock, '/oauth/request_token', { appKey, appSecret, parameters: { oauth_callback: callback } })
    expect(await codeOf(await request(null))).toEqual([401, 'OAUTH-CALLBACK'])
    const { oauth_token: token = '', oauth_token_secret: tokenSecret = '' } = await formOf(await request('oob'))
    const access = (verifier: string) =>
      post(mock, '/oauth/access_token', {
        appKey,
        appSecret,
        token,
        tokenSecret,
        parameters: { oauth_verifier: verifier },
      })
    expect(await codeOf(await access('x'))).toEqual([401, 'OAUTH-TOKEN'])
    await get(mock, `/oauth/authorize?oauth_token=${token}`)
    expect(await codeOf(await access('x'))).toEqual([401, 'OAUTH-VERIFIER'])
    expect(await codeOf(await get(mock, '/oauth/authorize?oauth_token=x'))).toEqual([401, 'OAUTH-TOKEN'])
  })

  test('only a user who is logged in authorizes', async () => {
    await using mock = await startMock({ vms: 1 })
    const authorization = basic('admin', 'no')
    expect(await codeOf(await get(mock, '/oauth/authorize?oauth_token=x', { authorization }))).toEqual([401, 'GEN-5'])
  })
})

test('the stream takes the signature of the log-in alone, and each nonce once', async () => {
  await using mock = await startMock({ vms: 1 })
  const client = mock.oauth.client('A', 'admin')
  const login = `${mock.apiUrl}/login?expand=privileges`
  const open = async (authorization: string) => {
    const { response, text } = await openStream(mock, '', { authorization })
    mock.streams.cut()
    await text
    return [response.status, mock.requests.all.at(-1)?.authorizationWhy]
  }
  expect(await open(signed('GET', mock.streamUrl, client))).toEqual([401, 'signature'])
  for (let n = 0; n < 20; n++) expect(await open(signed('GET', login, client))).toEqual([200, null])
  const once = signed('GET', login, client)
  expect((await get(mock, '/login?expand=privileges', { authorization: once })).status).toBe(200)
  expect(await open(once)).toEqual([401, 'nonce'])
})

test('what is signed is the address that the platform goes by, its usual port left out', async () => {
  const oauthLocation = 'https://abiquo.example.com:443/api'
  await using mock = await startMock({ vms: 1, oauthLocation })
  const client = mock.oauth.client('A', 'admin')
  expect(await codeOf(await ask(mock, '/login', client))).toEqual([401, 'OAUTH-SIGNATURE'])
  const authorization = signed('GET', 'https://abiquo.example.com/api/login', client)
  expect((await get(mock, '/login', { authorization })).status).toBe(200)
})

test.each([
  [0, 200],
  [-300_000 - 2000, 401],
  [300_000 + 2000, 401],
])('a platform whose clock is %d ms ahead answers %d', async (clockSkewMs, status) => {
  await using mock = await startMock({ vms: 1, clockSkewMs })
  const response = await ask(mock, '/login', mock.oauth.client('A', 'admin'))
  expect([response.status, mock.requests.all.at(-1)?.authorizationWhy ?? 'ok']).toEqual([
    status,
    status === 200 ? 'ok' : 'timestamp',
  ])
})
