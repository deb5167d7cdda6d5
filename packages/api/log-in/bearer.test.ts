import { expect, test } from 'bun:test'
import { inspect } from 'node:util'
import { ApiError } from '../errors.ts'
import { bearer } from './bearer.ts'

const request = { method: 'GET', url: 'https://h/api/login' }

/** The error that a header ends with. */
async function refusal(authorization: ReturnType<typeof bearer>): Promise<unknown> {
  try {
    return await authorization.header(request)
  } catch (error) {
    return error
  }
}

test('a token is read anew for each header, and trimmed', async () => {
  const tokens = ['first.Token-1~+/==', ' second\r\n', '\ufeffthird\t']
  const authorization = bearer(async () => tokens.shift() ?? '')
  const headers = [1, 2, 3].map(() => authorization.header(request))
  expect(await Promise.all(headers)).toEqual(['Bearer first.Token-1~+/==', 'Bearer second', 'Bearer third'])
  expect(await bearer('one\n').header(request)).toBe('Bearer one')
  expect(await bearer(() => 'two').header(request)).toBe('Bearer two')
})

test.each([
  ['', 'it is empty'],
  [' \n', 'it is empty'],
  ['a b', 'it is not one word of printable ASCII, without "Bearer" before it'],
  ['Bearer secret', 'it is not one word of printable ASCII, without "Bearer" before it'],
  ['secret\nsecret', 'it is not one word of printable ASCII, without "Bearer" before it'],
  ['secret\u0000', 'it is not one word of printable ASCII, without "Bearer" before it'],
  ['secr\u00e9t', 'it is not one word of printable ASCII, without "Bearer" before it'],
])('the token %p is refused, and no error tells it', async (token, why) => {
  for (const read of [token, () => token]) {
    const error = await refusal(bearer(read, 'the token of robot'))
    expect(error).toBeInstanceOf(ApiError)
    expect(error).toMatchObject({
      code: 'login-refused',
      status: null,
      url: request.url,
      message: `Cannot log in with the token of robot: ${why}`,
    })
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('secr')
  }
})

test('a token that cannot be read is a refused log-in, which says why', async () => {
  const cause = new Error('ENOENT: no such file or directory,\n open "/run/token"')
  const failing = [
    () => Promise.reject(cause),
    () => {
      throw cause
    },
  ]
  for (const read of failing) {
    expect(await refusal(bearer(read))).toMatchObject({
      code: 'login-refused',
      message: 'Cannot log in with the bearer token: ENOENT: no such file or directory, open "/run/token"',
      cause,
    })
  }
})

test('whose token it is, is known for messages, the token is nowhere to be seen', () => {
  const authorization = bearer('secret-token')
  expect([authorization.user, bearer('t', 'robot').user]).toEqual(['the bearer token', 'robot'])
  const seen = [JSON.stringify(authorization), Bun.inspect(authorization), authorization.advice?.(null)].join('\n')
  expect(seen).not.toContain('secret-token')
})
