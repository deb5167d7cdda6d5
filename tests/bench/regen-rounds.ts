import type { Figure } from './figure.ts'
import type { Run } from './measure.ts'
import type { RegenSite } from './regen-site.ts'
import { median } from './samples.ts'
import { show } from './table.ts'

/** What the rounds of a site took; the same index is the same round. */
export interface Rounds {
  readonly regen: readonly Run[]
  /** Milliseconds of curl for the same lists. */
  readonly curl: readonly number[]
  /** Milliseconds of the parser alone for the same lists; empty where it was left out. */
  readonly parse: readonly number[]
}

/** How rounds are run. */
export interface RoundsOptions {
  readonly rounds: number
  readonly signal: AbortSignal
  /** Lists that curl fetches at once. @default one after the other */
  readonly atOnce?: number
  /** Whether the parser is measured too. @default true */
  readonly parse?: boolean
  /** Called before each regen. */
  readonly before?: () => Promise<void>
  /** Called after each regen. */
  readonly after?: () => Promise<void>
}

/** Runs curl, regen and the parser in turns, after one round that does not count. */
export async function runRounds(site: RegenSite, options: RoundsOptions): Promise<Rounds> {
  const { rounds, signal, atOnce, parse = true, before, after } = options
  const found = { regen: [] as Run[], curl: [] as number[], parse: [] as number[] }
  for (let round = 0; round <= rounds; round++) {
    const curl = await site.lists.curl(signal, atOnce)
    await before?.()
    const regen = await site.regen()
    await after?.()
    const parseMs = parse ? [await site.lists.parse(signal)] : []
    if (round === 0) continue
    found.curl.push(curl)
    found.regen.push(regen)
    found.parse.push(...parseMs)
  }
  return found
}

/** The time of regen against that of curl. */
export function timeAgainstCurl(what: string, rounds: Rounds, options: { times: number; parser: string }): Figure {
  return {
    what,
    unit: 'ms',
    samples: rounds.regen.map(({ wallMs }) => wallMs),
    floor: { what: 'curl', samples: rounds.curl, inTurns: true },
    limit: { of: 'ratio', most: options.times },
    besides: besidesOf(rounds, options.parser),
  }
}

/** What the table says beside the time of regen: its processor time, and that of the parser alone. */
export function besidesOf({ regen, parse }: Rounds, parser: string): string {
  const cpu = median(regen.map(({ cpuMs }) => cpuMs))
  return `CPU ${show(cpu, 'ms')}, ${parser} alone ${show(median(parse), 'ms')}`
}
