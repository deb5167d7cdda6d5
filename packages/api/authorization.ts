/** A way to log in: makes the `Authorization` header of each request anew. */
export interface Authorization {
  /** Who logs in, for messages; never a secret. */
  readonly user: string
  /** Value of the `Authorization` header of one request. */
  header(request: { method: string; url: string }): string | Promise<string>
}

/**
 * HTTP Basic (RFC 7617), with user name and password in UTF-8.
 *
 * @example
 * ```ts
 * basic('admin', 'xabiquo').header({ method: 'GET', url: 'https://abiquo.example.com/api/login' })
 * // 'Basic YWRtaW46eGFiaXF1bw=='
 * ```
 */
export function basic(username: string, password: string): Authorization {
  if (username === '' || username.includes(':')) {
    throw new RangeError('A user name for Basic is not empty and has no colon')
  }
  const value = `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`
  return { user: username, header: () => value }
}
