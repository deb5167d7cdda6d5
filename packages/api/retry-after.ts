/**
 * The delay that a `Retry-After` header asks for, in milliseconds from `wallNow`; null when it is missing or says
 * nothing usable. Both of its forms are read: seconds, and an HTTP date (RFC 9110, section 10.2.3).
 */
export function retryAfterMs(header: string | null, wallNow: number): number | null {
  const text = header?.trim() ?? ''
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000
  // Date.parse takes much that is no HTTP date, such as a bare year: an HTTP date begins with the name of a day.
  if (!/^(mon|tue|wed|thu|fri|sat|sun)[a-z]*,? /i.test(text)) return null
  const at = Date.parse(text)
  return Number.isNaN(at) ? null : Math.max(0, at - wallNow)
}
