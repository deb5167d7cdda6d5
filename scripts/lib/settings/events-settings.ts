import { checkFilters, type FilterName, type Filters, filterNames } from '@novnc-tokens/stream'
import { parseBoolean } from './booleans.ts'
import { parsePastMoment } from './moments.ts'
import type { Reading } from './reading.ts'
import { badSetting, lastOf } from './sources.ts'
import { readWatch, type WatchSettings } from './watch-settings.ts'

/** Which events are printed, and how they are learned. */
export interface EventChoice extends WatchSettings<'auto' | 'stream' | 'poll'> {
  filters: Filters
  /** From when on what was missed is recovered, in milliseconds since 1970; null: nothing is. */
  since: number | null
  /** Whether new events are waited for once that is printed. */
  follow: boolean
}

/**
 * The settings of a print of events.
 * @param api the URL of the API
 * @throws Failure with the exit code of bad settings
 */
export function readEventChoice(reading: Reading, api: string): EventChoice {
  const { sources } = reading
  const since = sources.readOptional('since', (text) => parsePastMoment(text, reading.now))
  const follow = !sources.read('noFollow', parseBoolean)
  if (!follow && since === null) {
    throw badSetting('--no-follow alone would print nothing', 'give --since too, such as --since 1h')
  }
  const filters = readFilters(reading)
  const watched = readWatch(reading, api, ['auto', 'stream', 'poll'])
  if (filters.scope === undefined) return { ...watched, filters, since, follow }
  refuseWithScope(reading, watched.watch)
  // Whatever it would poll could not be filtered.
  return { ...watched, watch: 'stream', filters, since, follow }
}

function readFilters({ sources }: Reading): Filters {
  const filters: Partial<Record<FilterName, readonly string[]>> = {}
  for (const name of filterNames) {
    const given = sources.find(`${name}Filter`)
    if (given === null) continue
    const values = given.values.flatMap((value) => value.split(',')).map((value) => value.trim())
    try {
      checkFilters({ [name]: values })
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      throw badSetting(`${given.where}: ${error.message}`)
    }
    filters[name] = values
  }
  return filters
}

function refuseWithScope({ sources }: Reading, watch: string): void {
  const why = 'no event tells its scope, so only the event stream can filter by it'
  if (sources.find('since') !== null) throw badSetting(`--scope and --since exclude each other: ${why}`)
  const given = sources.find('watch')
  if (given !== null && watch === 'poll') {
    throw badSetting(`--scope and ${given.where} ${lastOf(given)} exclude each other: ${why}`)
  }
}
