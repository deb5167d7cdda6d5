import { httpDate, retryAfterMs } from '@novnc-tokens/api'
import { must, type Target } from '../target.ts'

/** Times in the headers of answers. */
export const headers: Target = {
  name: 'headers',
  about: 'Date and Retry-After, one a line: a time, or none',
  words: [
    'Sun, 06 Nov 1994 08:49:37 GMT',
    'Sunday, 06-Nov-94 08:49:37 GMT',
    'Sun Nov  6 08:49:37 1994',
    '120',
    ' GMT',
    '+0200',
    '-',
    '9999999999',
    '275760',
    '00:00:00',
  ],
  async run(input) {
    const now = Date.UTC(2026, 10, 22)
    for (const line of Buffer.from(input).toString('latin1').split('\n')) {
      const at = httpDate(line)
      must(
        at === null || (Number.isInteger(at) && Math.abs(at) <= 8.64e15),
        `${JSON.stringify(line)} is the time ${at}`,
      )
      const ms = retryAfterMs(line, now)
      must(ms === null || (Number.isFinite(ms) && ms >= 0), `${JSON.stringify(line)} asks for ${ms} ms`)
      must(at === null || ms !== null, `${JSON.stringify(line)} is a date, but not to come back`)
    }
  },
}
