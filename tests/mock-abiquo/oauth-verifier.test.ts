import { describe, expect, test } from 'bun:test'
import { Accounts } from './accounts.ts'
import { parseRequest } from './http-message.ts'
import { OAuthCredentials } from './oauth-credentials.ts'
import { OAuthVerifier, type SignedRequest } from './oauth-verifier.ts'
import { type Signer, signed } from './test-client.ts'

const actor = { id: 1, nick: 'u', enterprise: { id: 1, name: 'E' } }

function accountsOf(username: string): Accounts {
  const accounts = new Accounts({ lockOut: true })
  accounts.set({ username, password: 'p', actor })
  return accounts
}

describe('the exchange of RFC 5849, section 1.2', () => {
  const common = 'OAuth realm="Photos", oauth_consumer_key="dpf43f3p2l4k3l03", oauth_signature_method="HMAC-SHA1"'
  const callback = 'oauth_callback="http%3A%2F%2Fprinter.example.com%2Fready"'
  const table: [step: string, request: Omit<SignedRequest, 'body'>, tokenSecret: string | null][] = [
    [
      'initiate',
      {
        method: 'POST',
        url: 'https://photos.example.net/initiate',
        header: `${common}, oauth_timestamp="137131200", oauth_nonce="wIjqoS", ${callback}, oauth_signature="74KNZJeDHnMBp0EMJ9ZHt%2FXKycU%3D"`,
      },
      null,
    ],
    [
      'token',
      {
        method: 'POST',
        url: 'https://photos.example.net/token',
        header: `${common}, oauth_token="hh5s93j4hdidpola", oauth_timestamp="137131201", oauth_nonce="walatlh", oauth_verifier="hfdp7dh39dks9884", oauth_signature="gKgrFCywp7rO0OXSjdot%2FIHF7IU%3D"`,
      },
      'hdhd0244k9j7ao03',
    ],
    [
      'photos',
      {
        method: 'GET',
        url: 'http://photos.example.net/photos?file=vacation.jpg&size=original',
        header: `${common}, oauth_token="nnch734d00sl2jdk", oauth_timestamp="137131202", oauth_nonce="chapoH", oauth_signature="MdpQcU8iPSUjWoN%2FUDMsK2sui9I%3D"`,
      },
      'pfkkdhi9sl3r4s00',
    ],
  ]
  test.each(table)('%s', (_, request, tokenSecret) => {
    const key = 'dpf43f3p2l4k3l03'
    const application = { id: 1, name: 'Photos', username: 'u', key, secret: 'kd94hf93k423kf44' }
    const verifier = new OAuthVerifier({
      credentials: { application: () => application, accessToken: () => undefined, useNonce: () => true },
      accounts: accountsOf('u'),
      clock: { now: () => 137_131_200_000 },
      windowMs: 2000,
      location: () => '',
    })
    const tokenOf = tokenSecret === null ? null : () => ({ key, secret: tokenSecret })
    expect(verifier.verify({ ...request, body: [] }, tokenOf).ok).toBe(true)
    expect(verifier.verify({ ...request, method: 'PUT', body: [] }, tokenOf)).toMatchObject({ why: 'signature' })
  })
})

describe('signatures computed elsewhere, with secrets of awkward characters', () => {
  const common =
    'OAuth oauth_consumer_key="key", oauth_token="tok", oauth_signature_method="HMAC-SHA1", oauth_timestamp="1700000000", oauth_version="1.0"'
  const https = 'https://ABIQUO.example.com:443/api'
  const table: [kind: 'rest' | 'stream', location: string, target: string, nonce: string, signature: string][] = [
    ['stream', https, '/m/stream?X-Atmosphere-Transport=sse&entity=MACHINE', 'n1', '7v5c48jBR2EAy/VqSVWLcz/LW9k='],
    ['rest', https, '/api/login?expand=privileges', 'n1', '7v5c48jBR2EAy/VqSVWLcz/LW9k='],
    ['rest', https, '/api/admin/enterprises?limit=0', 'n2', 's5s2K2u/vxd6/IsTPKyxQloFBJk='],
    [
      'rest',
      'http://abiquo.example.com:8080/api',
      '/api/events?datefrom=2024-01-09T00:00:00%2B01:00&asc=true',
      'n3',
      'AK/GAAGQkPRZ0FXzTsyHfDC8F7U=',
    ],
  ]
  test.each(table)('%s %s %s', (kind, location, target, nonce, signature) => {
    const verifier = new OAuthVerifier({
      credentials: {
        application: () => ({ id: 1, name: 'A', username: 'u', key: 'key', secret: 'c+o/n==' }),
        accessToken: () => ({ token: 'tok', secret: 't+o/k==', key: 'key', username: 'u' }),
        useNonce: () => true,
      },
      accounts: accountsOf('u'),
      clock: { now: () => 1_700_000_300_000 },
      windowMs: 300_000,
      location: () => location,
    })
    const authorization = `${common}, oauth_nonce="${nonce}", oauth_signature="${encodeURIComponent(signature)}"`
    const parsed = parseRequest(Buffer.from(`GET ${target} HTTP/1.1\r\nAuthorization: ${authorization}\r\n\r\n`))
    if (typeof parsed === 'string') throw new Error(parsed)
    expect(verifier.logIn(parsed.request, kind)).toMatchObject({
      ok: true,
      scheme: 'oauth',
      account: { username: 'u' },
    })
  })
})

describe('a request is refused', () => {
  const url = 'http://h/api/login'
  const nowMs = 1_700_000_000_000
  const seconds = (plus: number) => String(nowMs / 1000 + plus)

  function check(changes: (good: Signer) => { signer: Signer; url?: string; header?: (text: string) => string }) {
    const credentials = new OAuthCredentials()
    const client = credentials.client('A', 'u')
    const good = { ...client, parameters: { oauth_timestamp: seconds(0) } }
    const { signer, url: signedUrl = url, header = (text) => text } = changes(good)
    const verifier = new OAuthVerifier({
      credentials,
      accounts: accountsOf('u'),
      clock: { now: () => nowMs },
      windowMs: 300_000,
      location: () => 'http://h/api',
    })
    const request = { method: 'GET', url, header: header(signed('GET', signedUrl, signer)), body: [] }
    return verifier.verify(request, (token) => credentials.accessToken(token))
  }
  const changed = (parameters: Record<string, string | null>) => (good: Signer) => ({
    signer: { ...good, parameters: { ...good.parameters, ...parameters } },
  })
  const table: [what: string, changes: Parameters<typeof check>[0], why: string | null][] = [
    ['never, when all is right', (signer) => ({ signer }), null],
    ['never, without a version', changed({ oauth_version: null }), null],
    ['never, at the ends of the window', changed({ oauth_timestamp: seconds(300) }), null],
    ['for another version', changed({ oauth_version: '2.0' }), 'version'],
    ['for another method', changed({ oauth_signature_method: 'PLAINTEXT' }), 'method'],
    ['without a nonce', changed({ oauth_nonce: null }), 'parameters'],
    ['without a signature', changed({ oauth_signature: null }), 'parameters'],
    ['without an application', changed({ oauth_consumer_key: '' }), 'parameters'],
    ['for an unknown application', changed({ oauth_consumer_key: 'x' }), 'consumer'],
    ['for an unknown token', changed({ oauth_token: 'x' }), 'token'],
    ['without a token', changed({ oauth_token: null }), 'token'],
    ['for a timestamp of milliseconds', changed({ oauth_timestamp: `${nowMs}` }), 'timestamp'],
    ['for a timestamp that is too old', changed({ oauth_timestamp: seconds(-301) }), 'timestamp'],
    ['for one of the future', changed({ oauth_timestamp: seconds(301) }), 'timestamp'],
    ['for one that is no number', changed({ oauth_timestamp: 'now' }), 'timestamp'],
    ['for another signature', changed({ oauth_signature: 'x' }), 'signature'],
    ['for a wrong secret of the application', (good) => ({ signer: { ...good, appSecret: 'x' } }), 'signature'],
    ['for a wrong secret of the token', (good) => ({ signer: { ...good, tokenSecret: 'x' } }), 'signature'],
    ['for another address', (signer) => ({ signer, url: 'http://h:8080/api/login' }), 'signature'],
    ['for another query', (signer) => ({ signer, url: `${url}?a=b` }), 'signature'],
    [
      'for a parameter that comes twice',
      (signer) => ({ signer, header: (text) => `${text}, oauth_nonce="b"` }),
      'parameters',
    ],
    ['for a malformed header', (signer) => ({ signer, header: (text) => text.replaceAll('"', '') }), 'parameters'],
  ]
  test.each(table)('%s', (_, changes, why) => {
    const verified = check(changes)
    expect(verified.ok ? null : String(verified.why)).toBe(why)
  })

  test('when its nonce was used, by a good signature only', () => {
    const credentials = new OAuthCredentials()
    const client = credentials.client('A', 'u')
    const other = credentials.client('B', 'u')
    const clock = { now: Date.now }
    const parts = { credentials, accounts: accountsOf('u'), clock, windowMs: 300_000, location: () => 'http://h/api' }
    const verifier = new OAuthVerifier(parts)
    const ask = (signer: Signer) => {
      const header = signed('GET', url, { ...signer, parameters: { oauth_nonce: 'once' } })
      const verified = verifier.verify({ method: 'GET', url, header, body: [] }, (token) =>
        credentials.accessToken(token),
      )
      return verified.ok ? 'ok' : verified.why
    }
    const answers = [ask({ ...client, appSecret: 'x' }), ask(client), ask(client), ask(other), ask(other)]
    expect(answers).toEqual(['signature', 'ok', 'nonce', 'ok', 'nonce'])
  })
})
