import { describe, expect, test } from 'bun:test'
import { hmacSha1, type Parameter, percentEncode, signatureBase } from './oauth-signature.ts'

test.each([
  ['abcXYZ019-._~', 'abcXYZ019-._~'],
  ["!*'()", '%21%2A%27%28%29'],
  ['+/=&%?# ', '%2B%2F%3D%26%25%3F%23%20'],
  ['äß€😀', '%C3%A4%C3%9F%E2%82%AC%F0%9F%98%80'],
  ['\n\0', '%0A%00'],
  ['', ''],
])('%p is encoded as %p', (text, encoded) => {
  expect(percentEncode(text)).toBe(encoded)
})

describe('what is signed', () => {
  test("is as in the standard's example (RFC 5849, section 3.4.1.1)", () => {
    const url = 'http://example.com/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b'
    const parameters: readonly Parameter[] = [
      ['oauth_consumer_key', '9djdj82h48djs9d2'],
      ['oauth_token', 'kkk9d7dh3k39sjv7'],
      ['oauth_signature_method', 'HMAC-SHA1'],
      ['oauth_timestamp', '137131201'],
      ['oauth_nonce', '7d8f3e4a'],
      ['c2', ''],
      ['a3', '2 q'],
    ]
    expect(signatureBase('POST', url, parameters)).toBe(
      [
        'POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q',
        '%26a3%3Da%26b5%3D%253D%25253D%26c%2540%3D%26c2%3D%26oauth_consumer_',
        'key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_m',
        'ethod%3DHMAC-SHA1%26oauth_timestamp%3D137131201%26oauth_token%3Dkkk',
        '9d7dh3k39sjv7',
      ].join(''),
    )
  })

  const urls: readonly (readonly [url: string, base: string])[] = [
    ['HTTP://EXAMPLE.COM:80/r%20v/X?id=123', 'http://example.com/r%20v/X'],
    ['https://www.example.net:8080/?q=1', 'https://www.example.net:8080/'],
    ['https://h:443/api', 'https://h/api'],
    ['http://h:443/api', 'http://h:443/api'],
    ['https://h:80/api', 'https://h:80/api'],
    ['https://h', 'https://h/'],
    ['https://h/api/#part', 'https://h/api/'],
    ['https://user:password@h/api', 'https://h/api'],
    ['https://[2001:DB8::1]:443/api', 'https://[2001:db8::1]/api'],
  ]
  test.each(urls)('names %p as %p', (url, base) => {
    const [method, named] = signatureBase('get', url, []).split('&')
    expect([method, decodeURIComponent(named ?? '')]).toEqual(['GET', base])
  })

  const queries: readonly (readonly [query: string, normalized: string])[] = [
    ['?b=2&a=1', 'a=1&b=2'],
    ['?a=2&a=10&a=1', 'a=1&a=10&a=2'],
    ['?a=&a', 'a=&a='],
    ['?a=x+y&b=x%20y&c=x%2By', 'a=x%20y&b=x%20y&c=x%2By'],
    // By encoded bytes, not as a language sorts: capitals first, what is encoded before all letters.
    ['?b=1&B=2&%C3%A4=3&_=4&a=5', '%C3%A4=3&B=2&_=4&a=5&b=1'],
    ['?a-b=1&a=2&a.b=3', 'a=2&a-b=1&a.b=3'],
    ["?a=!*'()", 'a=%21%2A%27%28%29'],
    ['?', ''],
    ['', ''],
  ]
  test.each(queries)('has the parameters of %p in order', (query, normalized) => {
    const parts = signatureBase('GET', `https://h/api${query}`, []).split('&')
    expect([parts.length, decodeURIComponent(parts[2] ?? '')]).toEqual([3, normalized])
  })
})

describe('a signature', () => {
  type Case = readonly [
    what: string,
    method: string,
    url: string,
    more: readonly Parameter[],
    secrets: readonly [consumer: string, token: string],
    signature: string,
  ]
  const key: Parameter = ['oauth_consumer_key', 'dpf43f3p2l4k3l03']
  const sha1: Parameter = ['oauth_signature_method', 'HMAC-SHA1']
  const photo = 'http://photos.example.net/photos?file=vacation.jpg&size=original'
  // Requests of RFC 5849, section 1.2, and of OAuth Core 1.0a, appendix A.5.
  const cases: readonly Case[] = [
    [
      'that asks for a request token',
      'POST',
      'https://photos.example.net/initiate',
      [
        ['oauth_timestamp', '137131200'],
        ['oauth_nonce', 'wIjqoS'],
        ['oauth_callback', 'http://printer.example.com/ready'],
      ],
      ['kd94hf93k423kf44', ''],
      '74KNZJeDHnMBp0EMJ9ZHt/XKycU=',
    ],
    [
      'that asks for an access token',
      'POST',
      'https://photos.example.net/token',
      [
        ['oauth_token', 'hh5s93j4hdidpola'],
        ['oauth_timestamp', '137131201'],
        ['oauth_nonce', 'walatlh'],
        ['oauth_verifier', 'hfdp7dh39dks9884'],
      ],
      ['kd94hf93k423kf44', 'hdhd0244k9j7ao03'],
      'gKgrFCywp7rO0OXSjdot/IHF7IU=',
    ],
    [
      'that asks for a photo',
      'GET',
      photo,
      [
        ['oauth_token', 'nnch734d00sl2jdk'],
        ['oauth_timestamp', '137131202'],
        ['oauth_nonce', 'chapoH'],
      ],
      ['kd94hf93k423kf44', 'pfkkdhi9sl3r4s00'],
      'MdpQcU8iPSUjWoN/UDMsK2sui9I=',
    ],
    [
      'of the older standard',
      'GET',
      photo,
      [
        ['oauth_token', 'nnch734d00sl2jdk'],
        ['oauth_timestamp', '1191242096'],
        ['oauth_nonce', 'kllo9940pd9333jh'],
        ['oauth_version', '1.0'],
      ],
      ['kd94hf93k423kf44', 'pfkkdhi9sl3r4s00'],
      'tR3+Ty81lMeYAr/Fid0kMTYa/WM=',
    ],
  ]
  test.each(cases)('%s', (_, method, url, more, [consumer, token], signature) => {
    expect(hmacSha1(signatureBase(method, url, [key, sha1, ...more]), consumer, token)).toBe(signature)
  })

  test('is made with a key of two encoded secrets', () => {
    const twins = [
      ['a&b', 'c'],
      ['a', 'b&c'],
      ['a+/=', ''],
      ['a', ''],
    ] as const
    const signatures = twins.map(([consumer, token]) => hmacSha1('text', consumer, token))
    expect(new Set(signatures).size).toBe(4)
    // HMAC-SHA1 of "text" with the key "a%2B%2F%3D&".
    expect(signatures[2]).toBe(new Bun.CryptoHasher('sha1', 'a%2B%2F%3D&').update('text').digest('base64'))
  })
})
