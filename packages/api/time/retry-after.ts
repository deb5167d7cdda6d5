import { httpDate } from './http-date.ts'

/**
 * The delay that a `Retry-After` header asks for, in milliseconds from `wallNow`; null when it is missing or says
 * nothing usable. Both of its forms are read: seconds, and an HTTP date (RFC 9110, section 10.2.3).
 */
export function retryAfterMs(header: string | null, wallNow: number): number | null {
  const text = header?.trim() ?? ''
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000
  const at = httpDate(text)
  return at === null ? null : Math.max(0, at - wallNow)
}
