import { type FilterName, type Filters, filterNames } from './filters.ts'
import { knownActions, knownEntities, scopes, severities } from './names.ts'
import { editDistance, suggest } from './suggest.ts'

/** A filter, or a value of one, that the platform would not understand: its stream would stay silent. */
export class FilterError extends RangeError {
  override readonly name = 'FilterError'
  /** Name of the filter as it was given, such as `serverity`. */
  readonly filter: string
  /** The value that is refused; null where the filter itself is. */
  readonly value: string | null
  /** What was most likely meant: a name, or in words where it belongs to another filter; null where nothing is near. */
  readonly meant: string | null

  constructor(message: string, details: { filter: string; value?: string | null; meant?: string | null }) {
    super(message)
    this.filter = details.filter
    this.value = details.value ?? null
    this.meant = details.meant ?? null
  }
}

/**
 * Checks filters before they are sent, since the platform answers wrong ones with a stream that stays silent. An entity
 * or action that is not known passes, for a newer platform has more of them, unless it is a slip away from a known one;
 * a `=` before it insists on it, as in `=DEPLOYS`.
 *
 * @throws FilterError with what was most likely meant
 * @example
 * ```ts
 * checkFilters({ severity: ['wran'] })
 * // FilterError: "wran" is not a severity, which is INFO, WARN or ERROR; did you mean WARN?
 * ```
 */
export function checkFilters(filters: Filters): void {
  for (const [name, values] of Object.entries(filters)) {
    const filter = filterNames.find((each) => each === name)
    if (filter === undefined) throw unknownFilter(name)
    if (values === undefined) continue
    if (!Array.isArray(values)) throw new FilterError(`The filter ${filter} takes a list of values`, { filter })
    for (const value of values) checkValue(filter, value)
  }
}

function unknownFilter(name: string): FilterError {
  const meant = suggest(name, filterNames)
  const help = meant === null ? `there are ${listed(filterNames, 'and')}` : `did you mean ${meant}?`
  return new FilterError(`${quoted(name)} is not a filter; ${help}`, { filter: name, meant })
}

function checkValue(filter: FilterName, value: unknown): void {
  const problem = textProblem(filter, value)
  if (problem !== null) throw new FilterError(problem, { filter, value: String(value) })
  const text = String(value).trim()
  if (filter === 'severity') checkClosed(filter, text, severities)
  if (filter === 'scope') checkClosed(filter, text, scopes)
  if (filter === 'entity' || filter === 'action') checkOpen(filter, text)
}

function textProblem(filter: FilterName, value: unknown): string | null {
  if (typeof value !== 'string') return `The filter ${filter} takes texts`
  if (value.trim() === '') return `The filter ${filter} has an empty value`
  if (value.includes(',')) return `${quoted(value)} has a comma, which the platform takes for the end of a value`
  return /\p{Cc}/u.test(value) ? `${quoted(value)} has control characters, which no ${filter} has` : null
}

function checkClosed(filter: 'severity' | 'scope', value: string, all: readonly string[]): void {
  if (all.includes(value.toUpperCase())) return
  const meant = suggest(value, all)
  const what = `${quoted(value)} is not a ${filter}, which is ${listed(all, 'or')}${hint(meant)}`
  throw new FilterError(what, { filter, value, meant })
}

function checkOpen(filter: 'entity' | 'action', value: string): void {
  const name = value.replace(/^=/, '').toUpperCase()
  const own: readonly string[] = filter === 'entity' ? knownEntities : knownActions
  if (own.includes(name)) return
  const meant = slipOf(name, own)
  if (!/^[A-Z0-9_]+$/.test(name)) {
    const what = `${quoted(value)} is not an ${filter}: it has letters, digits and _ only${hint(meant)}`
    throw new FilterError(what, { filter, value, meant })
  }
  const guess = meant ?? elsewhere(filter, name)
  if (guess === null || value.startsWith('=')) return
  const what = `${quoted(value)} is not an ${filter} known here${hint(guess)} ${quoted(`=${name}`)} insists on it`
  throw new FilterError(what, { filter, value, meant: guess })
}

/** The known name that this is one slip away from, two where it is long: a new name that differs by less is unlikely. */
function slipOf(name: string, known: readonly string[]): string | null {
  const most = name.length < 10 ? 1 : 2
  let [meant, least]: [string | null, number] = [null, most + 1]
  for (const candidate of known) {
    if (Math.abs(candidate.length - name.length) >= least) continue
    const slips = editDistance(name, candidate)
    if (slips < least) [meant, least] = [candidate, slips]
  }
  return meant
}

/** Where a name that is no slip belongs: to the other filter, or to both as in `ALARM_CREATE`, as the platform lists events. */
function elsewhere(filter: 'entity' | 'action', name: string): string | null {
  const actions: readonly string[] = knownActions
  const entities: readonly string[] = knownEntities
  if (filter === 'entity' && actions.includes(name)) return `the action ${name}`
  if (filter === 'action' && entities.includes(name)) return `the entity ${name}`
  const entity = entities.find((each) => name.startsWith(`${each}_`) && actions.includes(name.slice(each.length + 1)))
  return entity === undefined ? null : `the entity ${entity} with the action ${name.slice(entity.length + 1)}`
}

function hint(meant: string | null): string {
  return meant === null ? '' : `; did you mean ${meant}?`
}

function quoted(text: string): string {
  return JSON.stringify(text)
}

function listed(names: readonly string[], word: 'and' | 'or'): string {
  return `${names.slice(0, -1).join(', ')} ${word} ${names.at(-1)}`
}
