import { describe, expect, test } from 'bun:test'
import {
  baseString,
  formParameters,
  type Parameter,
  percentEncode,
  readAuthorization,
  sign,
} from './oauth-signature.ts'

// RFC 5849, section 3.4.1.1; the signature is that of its erratum 2550.
const example = {
  url: 'http://EXAMPLE.COM:80/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b',
  header:
    'OAuth realm="Example", oauth_consumer_key="9djdj82h48djs9d2", oauth_token="kkk9d7dh3k39sjv7", ' +
    'oauth_signature_method="HMAC-SHA1", oauth_timestamp="137131201", oauth_nonce="7d8f3e4a", ' +
    'oauth_signature="bYT5CMsGcbgUdFHObYMEfcx6bsw%3D"',
  body: 'c2&a3=2+q',
}
const exampleBase =
  'POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D%26c%2540%3D%26c2%3D' +
  '%26oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_method%3DHMAC-SHA1' +
  '%26oauth_timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7'

test('the example of RFC 5849 has its base string and its signature', () => {
  const parameters = [...(readAuthorization(example.header) ?? []), ...formParameters(example.body)]
  const base = baseString('post', example.url, parameters)
  expect([base, sign(base, 'j49sk3j29djd', 'dh893hdasih9')]).toEqual([exampleBase, 'r6/TJjbCOr97/+UU0NsvSne7s5g='])
})

test.each([
  ['abcXYZ019-._~', 'abcXYZ019-._~'],
  ["!*'()", '%21%2A%27%28%29'],
  ['+/= &%', '%2B%2F%3D%20%26%25'],
  ['Zoë 🦊', 'Zo%C3%AB%20%F0%9F%A6%8A'],
])('%p is encoded as %p', (text, encoded) => {
  expect(percentEncode(text)).toBe(encoded)
})

test.each([
  ['https://h.example:443/api/login', 'https%3A%2F%2Fh.example%2Fapi%2Flogin'],
  ['http://h.example:80/api', 'http%3A%2F%2Fh.example%2Fapi'],
  ['http://h.example:443/api', 'http%3A%2F%2Fh.example%3A443%2Fapi'],
  ['HTTPS://H.Example:8443/Api/x%20y', 'https%3A%2F%2Fh.example%3A8443%2FApi%2Fx%2520y'],
])('the address %s is signed as %s', (url, encoded) => {
  expect(baseString('GET', url, [])).toBe(`GET&${encoded}&`)
})

test('parameters are sorted by their encoded names, then by their encoded values', () => {
  const parameters: Parameter[] = [
    ['z', '1'],
    ['a', 'ß'],
    ['a', 'b'],
    ['A', 'x'],
    ['a~', ''],
    ['a!', ''],
  ]
  expect(baseString('GET', 'http://h', parameters)).toBe(
    'GET&http%3A%2F%2Fh%2F&A%3Dx%26a%3D%25C3%259F%26a%3Db%26a%2521%3D%26a~%3D%26z%3D1',
  )
})

describe('a header', () => {
  const table: [header: string, parameters: readonly Parameter[] | null][] = [
    ['OAuth a="b"', [['a', 'b']]],
    [
      'oauth  a="b" , c="%2B%3D" ,d=""',
      [
        ['a', 'b'],
        ['c', '+='],
        ['d', ''],
      ],
    ],
    ['OAuth realm="a, b",x="y"', [['x', 'y']]],
    ['OAuth a=b', null],
    ['OAuth a="b" c="d"', null],
    ['OAuth a="%ZZ"', null],
    ['Basic eA==', null],
  ]
  test.each(table)('%s has %j', (header, parameters) => {
    expect(readAuthorization(header)).toEqual(parameters === null ? null : [...parameters])
  })
})
