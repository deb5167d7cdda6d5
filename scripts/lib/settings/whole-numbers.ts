/**
 * A whole number between two bounds, both included.
 * @throws RangeError for anything else
 */
export function parseWholeNumber(text: string, least: number, most: number): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
  if (value >= least && value <= most) return value
  throw new RangeError(`"${text}" is not a whole number from ${least} to ${most}`)
}
