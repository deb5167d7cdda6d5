import { expect, test } from 'bun:test'
import { Secret } from '../secret.ts'
import { type Login, secretsOf } from './login.ts'

test.each<[string, Login, readonly string[]]>([
  [
    'of a password itself, as a URL and as a Basic header have it',
    { kind: 'basic', username: 'a', password: new Secret('p/w!') },
    ['p/w!', 'p%2Fw!', 'p%2Fw%21', btoa('a:p/w!')],
  ],
  ['of a Bearer token itself', { kind: 'bearer', token: new Secret('abc.def'), reread: null }, ['abc.def']],
  [
    'of OAuth the three secrets, as such and encoded, and not the key of the application',
    {
      kind: 'oauth',
      appKey: 'key',
      appSecret: new Secret('one+/='),
      token: new Secret('two'),
      tokenSecret: new Secret("it's"),
    },
    ['one+/=', 'one%2B%2F%3D', 'two', "it's", 'it%27s'],
  ],
])('the secrets are %s', (_, login, secrets) => {
  expect(secretsOf(login)).toEqual([...secrets])
})
