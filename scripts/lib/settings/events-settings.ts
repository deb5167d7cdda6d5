import {
  checkFilters,
  type FilterName,
  type Filters,
  filterNames,
  knownActions,
  knownEntities,
} from '@novnc-tokens/stream'
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
  const watched = readHow(reading, api)
  if (filters.scope === undefined) return { ...watched, filters, since, follow }
  refuseWithScope(reading, watched.watch)
  // Whatever it would poll could not be filtered.
  return { ...watched, watch: 'stream', filters, since, follow }
}

/** A variable that tells the daemon to watch nothing is not meant for whoever asks for events. */
function readHow(reading: Reading, api: string): WatchSettings<'auto' | 'stream' | 'poll'> {
  const { watch, ...others } = readWatch(reading, api, ['auto', 'stream', 'poll', 'none'])
  if (watch !== 'none') return { ...others, watch }
  const flags = reading.sources.all.find(({ kind }) => kind === 'flags')
  if ((flags?.get('watch') ?? null) === null) return { ...others, watch: 'auto' }
  throw badSetting('--watch none would print nothing', 'give auto, stream or poll')
}

function readFilters({ sources, notes }: Reading): Filters {
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
    notes.push(...unknownNames(name, values).map((text) => `${given.where}: ${text}`))
  }
  return filters
}

/** A newer platform may have more names, so that one which is not known here is taken; but it may be a mistake, too. */
function unknownNames(filter: FilterName, values: readonly string[]): readonly string[] {
  if (filter !== 'entity' && filter !== 'action') return []
  const known: ReadonlySet<string> = new Set(filter === 'entity' ? knownEntities : knownActions)
  const example = filter === 'entity' ? 'VIRTUAL_MACHINE' : 'DEPLOY_FINISH'
  // A "=" before a name says that it is meant as it stands.
  const unknown = values.filter((value) => !value.startsWith('=') && !known.has(value.toUpperCase()))
  return [...new Set(unknown)].map(
    (value) => `"${value}" is no known ${filter} such as ${example}; nothing is shown unless the platform has it`,
  )
}

function refuseWithScope({ sources }: Reading, watch: string): void {
  const why = 'no event tells its scope, so only the event stream can filter by it'
  if (sources.find('since') !== null) throw badSetting(`--scope and --since exclude each other: ${why}`)
  const given = sources.find('watch')
  if (given !== null && watch === 'poll') {
    throw badSetting(`--scope and ${given.where} ${lastOf(given)} exclude each other: ${why}`)
  }
}
