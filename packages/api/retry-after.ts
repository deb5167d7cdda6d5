/**
 * The delay that a `Retry-After` header asks for, in milliseconds from `wallNow`; null when it is missing or says
 * nothing usable. Both of its forms are read: seconds, and an HTTP date (RFC 9110, section 10.2.3).
 */
export function retryAfterMs(header: string | null, wallNow: number): number | null {
  const text = header?.trim() ?? ''
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000
  // Date.parse takes much that is no HTTP date, such as a bare year: one has the name of a day first, and a time.
  if (!/^(mon|tue|wed|thu|fri|sat|sun)[a-z]*,? .*\d\d:\d\d:\d\d/i.test(text)) return null
  // The oldest form, that of C's asctime, names no zone and means GMT too.
  const at = Date.parse(/:\d\d \d{4}$/.test(text) ? `${text} GMT` : text)
  return Number.isNaN(at) ? null : Math.max(0, at - wallNow)
}
