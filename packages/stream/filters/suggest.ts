// A beginning is a worse guess than one or two slips: `--pass-fiel` means `--pass-file`, not `--pass`.
const begunDistance = 2.5

/**
 * The candidate that a mistyped word most likely meant, or null when none is near: at most a third of its letters wrong,
 * a swap of neighbours counting as one, or one the beginning of the other (`--time` for `--timeout`). Case and leading
 * dashes do not count.
 *
 * @example
 * ```ts
 * suggest('wran', ['INFO', 'WARN', 'ERROR']) // 'WARN'
 * ```
 */
export function suggest(word: string, candidates: Iterable<string>): string | null {
  const wanted = bare(word)
  if (wanted.length < 2) return null
  let best: string | null = null
  let bestDistance = Number.POSITIVE_INFINITY
  for (const candidate of candidates) {
    const name = bare(candidate)
    const begins = Math.min(wanted.length, name.length) >= 3 && (name.startsWith(wanted) || wanted.startsWith(name))
    const edits = editDistance(wanted, name)
    const near = edits <= Math.max(wanted.length, name.length) / 3
    const distance = near ? edits : begins ? begunDistance : Number.POSITIVE_INFINITY
    if (distance >= bestDistance) continue
    best = candidate
    bestDistance = distance
  }
  return best
}

function bare(word: string): string {
  return word.replace(/^-+/, '').toLowerCase()
}

/**
 * How many slips lead from one word to the other: letters that are wrong, left out or too many, and neighbours that are
 * swapped (optimal string alignment, https://en.wikipedia.org/wiki/Damerau-Levenshtein_distance).
 */
export function editDistance(a: string, b: string): number {
  let before: number[] = []
  let above = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1]
      let least = Math.min(at(above, column) + 1, at(current, column - 1) + 1, at(above, column - 1) + (same ? 0 : 1))
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        least = Math.min(least, at(before, column - 2) + 1)
      }
      current.push(least)
    }
    before = above
    above = current
  }
  return at(above, b.length)
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? 0
}
