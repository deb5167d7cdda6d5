/** A source of numbers in [0, 1). */
export type Random = () => number

/** One of some values. */
export function pick<T>(values: readonly T[], random: Random): T {
  if (values.length === 0) throw new RangeError('There is nothing to pick from')
  return values[Math.floor(random() * values.length)] as T
}
