import { expect, test } from 'bun:test'
import { authorizationOf, tokenReader } from './authorization.ts'
import { Secrets } from './log/secrets.ts'
import type { BearerLogin, Login } from './settings/login/login.ts'
import { Secret } from './settings/secret.ts'

const request = { method: 'GET', url: 'https://h/api/login' }

function confidants() {
  const warnings: string[] = []
  const secrets = new Secrets()
  return { secrets, warnings, logger: { warn: (message: string) => void warnings.push(message) } }
}

function bearerLogin(reread: (() => Secret) | null): BearerLogin {
  return { kind: 'bearer', token: new Secret('first'), reread }
}

test.each<[Login, RegExp]>([
  [{ kind: 'basic', username: 'a', password: new Secret('b') }, /^Basic YTpi$/],
  [bearerLogin(null), /^Bearer first$/],
  [bearerLogin(() => new Secret('second')), /^Bearer second$/],
  [
    {
      kind: 'oauth',
      appKey: 'key',
      appSecret: new Secret('s'),
      token: new Secret('token'),
      tokenSecret: new Secret('t'),
    },
    /^OAuth oauth_consumer_key="key", oauth_token="token",.* oauth_signature="[^"]+"$/,
  ],
])('log-in %# makes its header', async (login, header) => {
  const { logger, secrets } = confidants()
  expect(await authorizationOf(login, { logger: Object(logger), secrets }).header(request)).toMatch(header)
})

test('a token that the answer to a log-in has is a secret from then on', async () => {
  const { logger, secrets } = confidants()
  const login = { kind: 'basic', username: 'a', password: new Secret('b') } as const
  const authorization = authorizationOf(login, { logger: Object(logger), secrets })
  authorization.loggedIn?.(new Headers())
  authorization.loggedIn?.(new Headers({ 'x-abiquo-token': 'T0k3n' }))
  authorization.refused?.()
  expect({ header: await authorization.header(request), secrets: secrets.all() }).toEqual({
    header: 'Token T0k3n',
    secrets: ['T0k3n'],
  })
})

test('a Bearer file that cannot be read keeps the last token, with one warning each time it begins', () => {
  const answers = ['second', null, null, 'third', null]
  const reread = () => {
    const answer = answers.shift() ?? null
    if (answer === null) throw new Error('--bearer-file: cannot read "/b"')
    return new Secret(answer)
  }
  const { logger, secrets, warnings } = confidants()
  const read = tokenReader(bearerLogin(reread), { logger: Object(logger), secrets })
  const tokens = Array.from({ length: 5 }, read)
  const warning = '--bearer-file: cannot read "/b"; the token that was read before is used on'
  expect({ tokens, warnings, secrets: secrets.all() }).toEqual({
    tokens: ['second', 'second', 'second', 'third', 'third'],
    warnings: [warning, warning],
    secrets: ['second', 'third'],
  })
})
