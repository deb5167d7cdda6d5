const spans: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** ISO 8601: a date, or date and time (`T` or a blank between them) with or without a zone. */
const iso =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(Z|[+-]\d{2}(?::?\d{2})?)?)?$/i

/**
 * A moment in the past: ISO 8601 such as `2026-11-20T10:00:00Z`, of local time without a zone, a date, or a span before
 * now such as `90m`, `1h` or `7d`.
 * @param now milliseconds since 1970
 * @returns milliseconds since 1970
 * @throws RangeError for anything else, and for what is in the future
 */
export function parsePastMoment(text: string, now: number): number {
  const span = /^(\d{1,9})([smhd])$/.exec(text)
  const moment = span === null ? parseIso(text) : now - Number(span[1]) * (spans[span[2] ?? ''] ?? Number.NaN)
  if (Number.isNaN(moment)) {
    throw new RangeError(`"${text}" is neither a time such as 2026-11-20T10:00:00Z or 2026-11-20 nor a span such as 1h`)
  }
  if (moment > now) throw new RangeError(`"${text}" is in the future: now it is ${new Date(now).toISOString()}`)
  if (moment < 0) throw new RangeError(`"${text}" is before 1970`)
  return moment
}

function parseIso(text: string): number {
  const match = iso.exec(text)
  if (match === null) return Number.NaN
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7)
    .map((part) => Number(part ?? 0))
  const milliseconds = Math.trunc(Number(`0.${match[7] ?? 0}`) * 1000)
  // The parts as they stand must make a time of the calendar: Date would take 30 February for 2 March.
  const plain = new Date(Date.UTC(year, month - 1, day, hour, minute, second, milliseconds))
  const same =
    plain.getUTCMonth() === month - 1 &&
    plain.getUTCDate() === day &&
    plain.getUTCHours() === hour &&
    second < 60 &&
    minute < 60
  if (!same) return Number.NaN
  const zone = match[8]
  if (zone === undefined) return new Date(year, month - 1, day, hour, minute, second, milliseconds).getTime()
  return plain.getTime() - offsetMs(zone)
}

function offsetMs(zone: string): number {
  if (zone.toUpperCase() === 'Z') return 0
  const hours = Number(zone.slice(1, 3))
  const minutes = Number(zone.slice(3).replace(':', '') || 0)
  if (hours > 23 || minutes > 59) return Number.NaN
  return (zone.startsWith('-') ? -1 : 1) * (hours * 3_600_000 + minutes * 60_000)
}
