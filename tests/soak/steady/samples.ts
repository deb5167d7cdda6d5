import { median, percentile } from '../../bench/samples.ts'

/** What was seen of a daemon at one moment. */
export interface Sample {
  /** Milliseconds since the soak began. */
  readonly atMs: number
  /** What was done then. */
  readonly step: string
  /** Which of the daemons: each start makes another one. */
  readonly pid: number
  readonly residentMb: number
  readonly descriptors: number
}

/** How long something took, and when. */
export interface Timed {
  readonly atMs: number
  readonly ms: number
}

/** A figure of one process in the first and the last third of its samples. */
export interface Growth {
  readonly first: number
  readonly last: number
  /** What it grows by in an hour, by the middles of the two thirds. */
  readonly perHour: number
}

/** How a figure of one process grew; null where there are too few samples to tell. */
export function growthOf(samples: readonly Sample[], of: 'residentMb' | 'descriptors'): Growth | null {
  const third = Math.floor(samples.length / 3)
  const [begin, end] = [samples[0], samples.at(-1)]
  if (third < 3 || begin === undefined || end === undefined) return null
  const first = median(samples.slice(0, third).map((sample) => sample[of]))
  const last = median(samples.slice(-third).map((sample) => sample[of]))
  const hours = ((end.atMs - begin.atMs) * (2 / 3)) / 3_600_000
  return { first, last, perHour: (last - first) / hours }
}

/** The rows of a table of what was seen over time: so many of equal length, without those in which nothing was. */
export function rowsOf(samples: readonly Sample[], latencies: readonly Timed[], rows: number): readonly string[][] {
  const ends = Math.max(0, ...samples.map(({ atMs }) => atMs)) + 1
  const found: string[][] = []
  for (let row = 0; row < rows; row++) {
    const inRow = ({ atMs }: { readonly atMs: number }) => Math.floor((atMs / ends) * rows) === row
    const seen = samples.filter(inRow)
    if (seen.length === 0) continue
    const resident = seen.map(({ residentMb }) => residentMb)
    const descriptors = seen.map((sample) => sample.descriptors)
    const took = latencies.filter(inRow).map(({ ms }) => ms)
    found.push([
      clockOf((row * ends) / rows),
      [...new Set(seen.map(({ step }) => step))].join(', '),
      `${median(resident).toFixed(0)} (${Math.max(...resident).toFixed(0)})`,
      `${median(descriptors)} (${Math.max(...descriptors)})`,
      took.length === 0 ? '-' : [0.5, 0.9, 0.99].map((share) => percentile(took, share).toFixed(0)).join(' / '),
      String(took.length),
    ])
  }
  return found
}

/** What the columns of {@link rowsOf} are. */
export const columns = [
  'from',
  'steps',
  'RSS MB (most)',
  'descriptors (most)',
  'event to file ms p50 / p90 / p99',
  'of',
]

/** Minutes and seconds. */
export function clockOf(ms: number): string {
  const seconds = Math.floor(ms / 1000)
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}
