import type { Authorization } from './authorization.ts'

/** A token of Abiquo lives for 1800 s unless the platform sets another time: it is renewed with time to spare. */
const tokenLifeMs = 1_500_000

/**
 * HTTP Basic (RFC 7617), with user name and password in UTF-8. Where the platform takes Basic for `/login` only
 * (its property `abiquo.auth.basic.restricted`), the first 401 makes all other requests go over to
 * `Authorization: Token`, with the token that the log-in's answer carries in `X-Abiquo-Token`.
 *
 * @throws RangeError where the user name is empty or has a colon
 *
 * @example
 * ```ts
 * basic('admin', 'xabiquo').header({ method: 'GET', url: 'https://abiquo.example.com/api/admin/enterprises' })
 * // 'Basic YWRtaW46eGFiaXF1bw=='
 * ```
 */
export function basic(username: string, password: string): Authorization {
  if (username === '' || username.includes(':')) {
    throw new RangeError('A user name for Basic is not empty and has no colon')
  }
  const value = `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`
  let token: string | null = null
  let loginOnly = false
  return {
    user: username,
    header: () => (loginOnly && token !== null ? `Token ${token}` : value),
    login: () => value,
    loggedIn(headers) {
      const given = headers.get('x-abiquo-token') ?? ''
      token = /^[\x21-\x7e]+$/.test(given) ? given : null
    },
    refused() {
      loginOnly = true
    },
    get validMs() {
      return loginOnly && token !== null ? tokenLifeMs : null
    },
    advice: () => 'Check user name and password; three bad log-ins within a minute lock the user',
  }
}
