import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { FakeClock } from '../testing/fake-clock.ts'
import { OAuthVerifier } from '../testing/oauth-verifier.ts'
import { oauth1, oauthHeader } from './oauth1.ts'

const credentials = { consumerKey: 'app', consumerSecret: 'a+/=', token: 'token/1=', tokenSecret: 'b&=+' }
const request = { method: 'GET', url: 'https://h/api/login?expand=privileges' }
const clock = new FakeClock()

/** A server that knows the credentials and the clock. */
function verifier(): OAuthVerifier {
  return new OAuthVerifier(
    { consumers: { app: credentials.consumerSecret }, tokens: { 'token/1=': credentials.tokenSecret } },
    () => clock.wall() / 1000,
  )
}

describe('the header of OAuth', () => {
  test('is as the older standard writes it (OAuth Core 1.0a, appendix A.5)', async () => {
    const authorization = oauth1(
      {
        consumerKey: 'dpf43f3p2l4k3l03',
        consumerSecret: 'kd94hf93k423kf44',
        token: 'nnch734d00sl2jdk',
        tokenSecret: 'pfkkdhi9sl3r4s00',
      },
      { clock: { wall: () => 1_191_242_096_999 }, nonce: () => 'kllo9940pd9333jh' },
    )
    const url = 'http://photos.example.net/photos?file=vacation.jpg&size=original'
    expect(await authorization.header({ method: 'GET', url })).toBe(
      [
        'OAuth oauth_consumer_key="dpf43f3p2l4k3l03"',
        'oauth_token="nnch734d00sl2jdk"',
        'oauth_signature_method="HMAC-SHA1"',
        'oauth_timestamp="1191242096"',
        'oauth_nonce="kllo9940pd9333jh"',
        'oauth_version="1.0"',
        'oauth_signature="tR3%2BTy81lMeYAr%2FFid0kMTYa%2FWM%3D"',
      ].join(', '),
    )
  })

  test('has its values encoded, and its own nonce and time each time', async () => {
    const authorization = oauth1(credentials, { clock })
    const server = verifier()
    const headers: string[] = []
    for (let again = 0; again < 50; again++) headers.push(await authorization.header(request))
    expect(headers[0]).toContain('oauth_token="token%2F1%3D"')
    expect(new Set(headers.map((header) => OAuthVerifier.parameters(header)?.get('oauth_nonce'))).size).toBe(50)
    expect(headers.map((header) => server.check({ ...request, header }))).toEqual(Array(50).fill(null))
    expect(server.check({ ...request, header: headers[0] ?? '' })).toBe('nonce used before')
    await clock.advance(1_000_000)
    expect(server.check({ ...request, header: await authorization.header(request) })).toBeNull()
  })

  test('holds for its own method, URL and secrets only', async () => {
    const header = await oauth1(credentials, { clock }).header(request)
    const others = [
      { ...request, method: 'POST' },
      { ...request, url: 'https://h/m/stream?expand=privileges' },
      { ...request, url: 'https://h/api/login' },
      { ...request, url: 'https://h:8443/api/login?expand=privileges' },
      { ...request, url: 'http://h/api/login?expand=privileges' },
    ]
    expect(others.map((other) => verifier().check({ ...other, header }))).toEqual(Array(5).fill('bad signature'))
    expect(verifier().check({ ...request, header })).toBeNull()
    for (const wrong of [{ consumerSecret: 'a+/' }, { tokenSecret: 'b' }]) {
      const forged = await oauth1({ ...credentials, ...wrong }, { clock }).header(request)
      expect(verifier().check({ ...request, header: forged })).toBe('bad signature')
    }
  })

  test('is taken by a server that verifies in its own way, whatever the request and the secrets', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
    const query = fc.array(fc.tuple(fc.oneof(text, fc.constantFrom('a', 'b', 'a b')), fc.oneof(text, fc.constant(''))))
    const authority = fc.constantFrom('h', 'H.Example', 'h:443', 'h:80', 'h:8443', '10.0.0.1', '[::1]:8009')
    const made = { authority, query, path: fc.array(text), key: text, secret: text, token: text, tokenSecret: text }
    fc.assert(
      fc.property(fc.record({ ...made, scheme: fc.constantFrom('http', 'https', 'HTTPS') }), (any) => {
        const path = any.path.map((segment) => `/x${encodeURIComponent(segment)}`).join('')
        const search = new URLSearchParams(any.query).toString()
        const url = `${any.scheme}://${any.authority}/api${path}${search === '' ? '' : `?${search}`}`
        const { key, secret, token, tokenSecret } = any
        const server = new OAuthVerifier(
          { consumers: Object.fromEntries([[key, secret]]), tokens: Object.fromEntries([[token, tokenSecret]]) },
          () => 1000,
        )
        const signing = { consumerKey: key, consumerSecret: secret, token, tokenSecret }
        const header = oauthHeader({ method: 'GET', url }, signing, { clock: { wall: () => 1_000_000 } })
        expect(server.check({ method: 'GET', url, header })).toBeNull()
      }),
    )
  })

  test('of an application without a token has none, and has what the step adds', () => {
    const signing = { consumerKey: 'app', consumerSecret: credentials.consumerSecret }
    const header = oauthHeader({ ...request, method: 'POST' }, signing, { clock }, [['oauth_callback', 'oob']])
    expect([...(OAuthVerifier.parameters(header)?.keys() ?? [])]).toEqual([
      'oauth_consumer_key',
      'oauth_signature_method',
      'oauth_timestamp',
      'oauth_nonce',
      'oauth_version',
      'oauth_callback',
      'oauth_signature',
    ])
    expect(verifier().check({ ...request, method: 'POST', header })).toBeNull()
  })
})

test.each([['consumerKey'], ['consumerSecret'], ['token'], ['tokenSecret']])('OAuth without %s is refused', (name) => {
  expect(() => oauth1({ ...credentials, [name]: '' })).toThrow(
    new RangeError(`${name} is empty: OAuth needs all four credentials`),
  )
})

test('who logs in is told without any secret', () => {
  const authorization = oauth1(credentials)
  expect([authorization.user, oauth1(credentials, { user: 'the app' }).user]).toEqual([
    'the OAuth application',
    'the app',
  ])
  const seen = [JSON.stringify(authorization), Bun.inspect(authorization)].join('\n')
  const { consumerSecret, token, tokenSecret } = credentials
  expect([consumerSecret, token, tokenSecret].filter((value) => seen.includes(value))).toEqual([])
})

const location = "that the API location is the API's URL as the platform knows it, since that is what is signed"
const advices: readonly (readonly [aheadMs: number | null, advice: string])[] = [
  [null, location],
  [0, location],
  [-59_999, location],
  [61_400, `this machine's clock, which is 61 s ahead of the platform's; also ${location}`],
  [-600_000, `this machine's clock, which is 600 s behind the platform's; also ${location}`],
]
test.each(advices)('a clock that is %p ms ahead is advised about where it matters', (aheadMs, advice) => {
  expect(oauth1(credentials).advice?.(aheadMs)).toBe(`Check the four OAuth credentials, and ${advice}`)
})
