import { expect, test } from 'bun:test'
import { basic } from './authorization.ts'

const request = { method: 'GET', url: 'https://h/api/login' }

test('Basic joins user and password with a colon, in UTF-8', async () => {
  const header = await basic('Zoë', 'pa:ss wörd$1€').header(request)
  expect(Buffer.from(header.slice('Basic '.length), 'base64').toString('utf8')).toBe('Zoë:pa:ss wörd$1€')
  expect(await basic('admin', 'xabiquo').header(request)).toBe('Basic YWRtaW46eGFiaXF1bw==')
})

test('the user is known for messages, the password is nowhere to be seen', () => {
  const authorization = basic('admin', 'secret-of-admin')
  expect(authorization.user).toBe('admin')
  const seen = [JSON.stringify(authorization), Bun.inspect(authorization)].join('\n')
  expect(seen).not.toContain('secret-of-admin')
  expect(seen).not.toContain(Buffer.from('admin:secret-of-admin').toString('base64'))
})

test.each([[''], ['ad:min']])('the user name %p is refused, and no message names the password', (user) => {
  expect(() => basic(user, 'secret-of-admin')).toThrow(
    new RangeError('A user name for Basic is not empty and has no colon'),
  )
})
