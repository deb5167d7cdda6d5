const factors = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const
type Unit = keyof typeof factors

/** Bounds of a duration in milliseconds, both included. */
export interface DurationBounds {
  leastMs: number
  /** Node's timers overflow at 24.8 days. */
  mostMs: number
}

/**
 * Milliseconds of a duration such as `500ms`, `5s`, `5m` or `1h`.
 * @throws RangeError for anything else and for what is out of bounds
 */
export function parseDuration(text: string, bounds: DurationBounds): number {
  const match = /^(\d{1,12})(ms|s|m|h)$/.exec(text)
  if (match === null) throw new RangeError(`"${text}" is not a duration such as 500ms, 5s, 5m or 1h`)
  const milliseconds = Number(match[1]) * (isUnit(match[2]) ? factors[match[2]] : Number.NaN)
  if (milliseconds >= bounds.leastMs && milliseconds <= bounds.mostMs) return milliseconds
  throw new RangeError(
    `"${text}" is out of bounds: from ${formatDuration(bounds.leastMs)} to ${formatDuration(bounds.mostMs)}`,
  )
}

/** A number of milliseconds in the largest unit that gives a whole number: 90000 is `90s`. */
export function formatDuration(milliseconds: number): string {
  const unit = (['h', 'm', 's'] as const).find((each) => milliseconds !== 0 && milliseconds % factors[each] === 0)
  return unit === undefined ? `${milliseconds}ms` : `${milliseconds / factors[unit]}${unit}`
}

function isUnit(text: string | undefined): text is Unit {
  return text !== undefined && Object.hasOwn(factors, text)
}
