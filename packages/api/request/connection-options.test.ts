import { expect, test } from 'bun:test'
import { basic } from '../log-in/basic.ts'
import { Connection } from './connection.ts'
import { checkTls } from './connection-options.ts'

const api = 'https://abiquo.example.com/api'
const authorization = basic('admin', 'secret')

/** What plain JavaScript may give. */
function connect(options: unknown): Connection {
  return new Connection(options as ConstructorParameters<typeof Connection>[0])
}

test.each([
  [{}, 'The option "api" is the URL of the API'],
  [{ api: 'abiquo.example.com/api', authorization }, 'The option "api" is the URL of the API'],
  [{ api: 'ftp://abiquo.example.com/api', authorization }, 'The option "api" is the URL of the API'],
  [{ api, apiLocation: '/api', authorization }, 'The option "apiLocation" is the URL of the API'],
  [{ api }, 'The option "authorization" is a log-in'],
  [{ api, authorization: 'admin:secret' }, 'The option "authorization" is a log-in'],
])('settings that can never work are refused in words: %j', (options, message) => {
  expect(() => connect(options)).toThrow(message)
})

test('a path that does not begin with a slash is not sent: it could lead to another host', async () => {
  using connection = connect({ api: 'https://abiquo.example.com', authorization })
  const error = await connection.get('.evil.example/x', { accept: 'user' }).catch((thrown: unknown) => thrown)
  expect(error).toEqual(new RangeError('The path ".evil.example/x" does not begin with "/"'))
})

test('settings of TLS are taken by Bun alone, or by whoever sends the requests', () => {
  const tls = { rejectUnauthorized: false }
  checkTls({ tls })
  checkTls({ tls, fetch }, false)
  checkTls({}, false)
  expect(() => checkTls({ tls }, false)).toThrow('Only Bun takes the option "tls"')
})
