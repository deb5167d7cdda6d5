import { median, percentile } from './samples.ts'

/** What samples count. */
export type Unit = 'ms' | 'MB' | '%' | 'requests' | 'files' | 'keys'

/** What the same machine needs, in the same minutes, for the part of the work that cannot be left out. */
export interface Floor {
  readonly what: string
  /** In the unit of the figure. */
  readonly samples: readonly number[]
  /** Whether each sample belongs to that of the figure with the same index, as they were measured in turns. @default false */
  readonly inTurns?: boolean
}

/** One line of the table: what was measured, and what it may be at most. */
export interface Figure {
  readonly what: string
  readonly unit: Unit
  readonly samples: readonly number[]
  /** Which of the samples is held against the limit. @default 'median' */
  readonly statistic?: 'median' | 'p99' | 'most'
  readonly floor?: Floor
  /** The most that the figure itself, or its ratio to the floor, may be. */
  readonly limit: { readonly of: 'figure' | 'ratio'; readonly most: number }
  /** What else was seen. */
  readonly besides?: string
}

/** A number with the least and the most that was seen. */
export interface Spread {
  readonly value: number
  readonly least: number
  readonly most: number
}

/** A figure's numbers, and whether it keeps its limit. */
export interface Judged {
  readonly figure: Spread
  readonly floor: Spread | null
  readonly ratio: Spread | null
  readonly met: boolean
}

/**
 * Holds a figure against its limit. Where figure and floor were measured in turns, the ratio is the median of those of
 * the pairs, so that what else the machine does meets both.
 */
export function judge({ samples, statistic = 'median', floor: under, limit }: Figure): Judged {
  const figure = spreadOf(samples, statistic)
  const floor = under === undefined ? null : spreadOf(under.samples, statistic)
  const ratio = under === undefined ? null : ratioOf(samples, under, statistic)
  const held = limit.of === 'figure' ? figure.value : ratio?.value
  if (held === undefined) throw new RangeError('A ratio needs a floor')
  return { figure, floor, ratio, met: held <= limit.most }
}

function ratioOf(samples: readonly number[], floor: Floor, statistic: Figure['statistic']): Spread {
  const { samples: floors, inTurns = false } = floor
  if (inTurns) return spreadOf(samples.map((sample, index) => sample / (floors[index] ?? Number.NaN)))
  const value = spreadOf(samples, statistic).value / spreadOf(floors, statistic).value
  return { value, least: value, most: value }
}

function spreadOf(samples: readonly number[], statistic: Figure['statistic'] = 'median'): Spread {
  const [least, most] = [Math.min(...samples), Math.max(...samples)]
  const value = statistic === 'most' ? most : statistic === 'p99' ? percentile(samples, 0.99) : median(samples)
  return { value, least, most }
}
