import { describe, expect, test } from 'bun:test'
import { basic } from './basic.ts'

const request = { method: 'GET', url: 'https://h/api/admin/enterprises' }
const login = { method: 'GET', url: 'https://h/api/login' }
const basicOfAdmin = 'Basic YWRtaW46eGFiaXF1bw=='

/** The headers of a log-in's answer. */
function answer(token?: string): Headers {
  return new Headers(token === undefined ? {} : { 'x-abiquo-token': token })
}

test('Basic joins user and password with a colon, in UTF-8', async () => {
  const header = await basic('Zoë', 'pa:ss wörd$1€').header(request)
  expect(Buffer.from(header.slice('Basic '.length), 'base64').toString('utf8')).toBe('Zoë:pa:ss wörd$1€')
  expect(await basic('admin', 'xabiquo').header(request)).toBe(basicOfAdmin)
})

test('the user is known for messages, password and token are nowhere to be seen', () => {
  const authorization = basic('admin', 'secret-of-admin')
  authorization.loggedIn?.(answer('secret-token'))
  authorization.refused?.()
  expect(authorization.user).toBe('admin')
  const seen = [JSON.stringify(authorization), Bun.inspect(authorization), authorization.advice?.(null)].join('\n')
  const secrets = ['secret-of-admin', Buffer.from('admin:secret-of-admin').toString('base64'), 'secret-token']
  expect(secrets.filter((secret) => seen.includes(secret))).toEqual([])
})

test.each([[''], ['ad:min']])('the user name %p is refused, and no message names the password', (user) => {
  expect(() => basic(user, 'secret-of-admin')).toThrow(
    new RangeError('A user name for Basic is not empty and has no colon'),
  )
})

describe('where Basic is for the log-in only', () => {
  /** What it sends for a request and for the log-in, and how long it holds. */
  async function sent(authorization: ReturnType<typeof basic>) {
    return [await authorization.header(request), await authorization.login?.(login), authorization.validMs]
  }

  test('requests go over to the token, for good, and the log-in does not', async () => {
    const authorization = basic('admin', 'xabiquo')
    expect(await sent(authorization)).toEqual([basicOfAdmin, basicOfAdmin, null])
    authorization.loggedIn?.(answer('T1'))
    expect(await sent(authorization)).toEqual([basicOfAdmin, basicOfAdmin, null])
    authorization.refused?.()
    expect(await sent(authorization)).toEqual(['Token T1', basicOfAdmin, 1_500_000])
    authorization.loggedIn?.(answer('T2'))
    expect(await sent(authorization)).toEqual(['Token T2', basicOfAdmin, 1_500_000])
  })

  test.each([
    ['none', answer()],
    ['an empty one', answer('')],
    ['one of several words', answer('T 1')],
    ['one beyond ASCII', answer('Té')],
  ])('a log-in whose token is %s leaves Basic', async (_, headers) => {
    const authorization = basic('admin', 'xabiquo')
    authorization.loggedIn?.(answer('T1'))
    authorization.refused?.()
    authorization.loggedIn?.(headers)
    expect(await sent(authorization)).toEqual([basicOfAdmin, basicOfAdmin, null])
    authorization.loggedIn?.(answer('T3'))
    expect(await sent(authorization)).toEqual(['Token T3', basicOfAdmin, 1_500_000])
  })
})
