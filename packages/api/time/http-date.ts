/**
 * The time that an HTTP date names (RFC 9110, section 5.6.7), in milliseconds since 1970; null when the header is
 * missing or no such date.
 *
 * @example
 * ```ts
 * httpDate('Sun, 06 Nov 1994 08:49:37 GMT') // 784111777000
 * ```
 */
export function httpDate(header: string | null): number | null {
  const text = header?.trim() ?? ''
  // Date.parse takes much that is no HTTP date, such as a bare year: one has the name of a day first, and a time.
  if (!/^(mon|tue|wed|thu|fri|sat|sun)[a-z]*,? .*\d\d:\d\d:\d\d/i.test(text)) return null
  // The oldest form, that of C's asctime, names no zone and means GMT too.
  const at = Date.parse(/:\d\d \d{4}$/.test(text) ? `${text} GMT` : text)
  return Number.isNaN(at) ? null : at
}
