import { ApiError, messageOf } from '../errors.ts'
import type { Authorization, AuthorizedRequest } from './authorization.ts'

/**
 * A bearer token (RFC 6750), as of OpenID Connect. A function is asked for it for each request, so that a token which
 * something else renews, in a file for instance, is always the newest. White space around the token does not count; a
 * token that cannot be had, is empty or has blanks in it is told as a refused log-in.
 *
 * @param read the token, or what gives it
 * @param user whose token it is, for messages
 *
 * @example
 * ```ts
 * import { readFile } from 'node:fs/promises'
 *
 * const fromFile = bearer(() => readFile('/run/abiquo/token', 'utf8'))
 * const fixed = bearer('eyJhbGciOi\n')
 * await fixed.header({ method: 'GET', url: 'https://abiquo.example.com/api/login' }) // 'Bearer eyJhbGciOi'
 * ```
 */
export function bearer(
  read: string | (() => string | Promise<string>),
  user: string = 'the bearer token',
): Authorization {
  return {
    user,
    async header(request) {
      const token = await tokenFrom(read, user, request)
      if (token === '') throw unusable(user, 'it is empty', request)
      // fetch would refuse such a header with an error that quotes it.
      if (!/^[\x21-\x7e]+$/.test(token)) {
        throw unusable(user, 'it is not one word of printable ASCII, without "Bearer" before it', request)
      }
      return `Bearer ${token}`
    },
    advice: () => 'Check that the token is that of a user of this platform, and has not expired',
  }
}

async function tokenFrom(
  read: string | (() => string | Promise<string>),
  user: string,
  request: AuthorizedRequest,
): Promise<string> {
  if (typeof read === 'string') return read.trim()
  try {
    return (await read()).trim()
  } catch (error) {
    throw unusable(user, messageOf(error), request, error)
  }
}

function unusable(user: string, why: string, { url }: AuthorizedRequest, cause?: unknown): ApiError {
  return new ApiError('login-refused', `Cannot log in with ${user}: ${why}`, { url, cause })
}
