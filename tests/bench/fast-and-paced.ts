import type { BenchContext } from './bench.ts'
import type { Figure } from './figure.ts'
import { peakOf } from './measure.ts'
import { pace } from './pace.ts'
import { runRounds, timeAgainstCurl } from './regen-rounds.ts'
import { type RegenSiteOptions, startRegenSite } from './regen-site.ts'
import { runtimePeak } from './runtime-floor.ts'

/** What is measured on a site, and its limits. */
export interface FastAndPacedOptions extends RegenSiteOptions {
  /** Name of the figures. */
  readonly what: string
  /** Name of the parser whose time stands beside. */
  readonly parser: string
  readonly rounds: number
  /** The most times that regen may take as long as curl. */
  readonly times: number
  readonly peakMb: number
}

/**
 * Measures `regen` against a mock that answers as fast as it goes, and against one as slow as a real platform: there
 * the program has time to parse while it waits. Both are told, with the peak RSS of all runs.
 */
export async function measureFastAndPaced(context: BenchContext, options: FastAndPacedOptions): Promise<Figure[]> {
  const { binary, say, signal } = context
  const { what, rounds, peakMb } = options
  await using site = await startRegenSite(context, options)
  say(`${rounds} rounds, the mock as fast as it goes`)
  await site.platform.control('requests/clear')
  const fast = await runRounds(site, { rounds, signal })
  say(`${rounds} rounds, the mock paced`)
  await pace(site.platform)
  const paced = await runRounds(site, { rounds, signal })
  return [
    timeAgainstCurl(`${what}, mock at full speed`, fast, options),
    timeAgainstCurl(`${what}, mock paced`, paced, options),
    {
      what: `${what}: peak RSS, most of all runs`,
      unit: 'MB',
      samples: [...fast.regen, ...paced.regen].map(peakOf),
      statistic: 'most',
      floor: await runtimePeak(binary, signal),
      limit: { of: 'figure', most: peakMb },
    },
  ]
}
