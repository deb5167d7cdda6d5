/** `count` of the values, at random (the beginning of a Fisher-Yates shuffle). */
export function sample<T>(values: readonly T[], count: number, random: () => number): readonly T[] {
  const pool = [...values]
  for (let index = 0; index < count; index++) {
    const other = index + Math.floor(random() * (pool.length - index))
    const [a, b] = [pool[index], pool[other]]
    if (a !== undefined && b !== undefined) [pool[index], pool[other]] = [b, a]
  }
  return pool.slice(0, count)
}
