import type { PlatformEvent } from '@novnc-tokens/api'
import { visible } from '../log/visible.ts'

/** How lines for people look. */
export interface LineStyle {
  /** Whether the severity is coloured, by codes of the terminal (ECMA-48, SGR). */
  readonly colours: boolean
}

const colours: Readonly<Record<string, number>> = { INFO: 32, WARN: 33, ERROR: 31 }

/** As wide as the widest severity. */
const severityColumns = 5

/**
 * An event as one line for people, without a line end: local time, severity, entity and action, what it was done to, by
 * whom, and the whole message. Control characters are made visible.
 */
export function eventLine(event: PlatformEvent, style: LineStyle): string {
  const { timestamp, action, entity, userName, userPath } = event
  const done = entity === null ? action : `${entity} ${action}`
  const who = userName ?? userPath ?? 'system'
  const parts = [done, whatOf(event), `by ${who}`, messageOf(event)].filter((part) => part !== null)
  return `${localTime(timestamp)}  ${severityOf(event, style)}  ${parts.map(visible).join('  ')}`
}

/** Events up to Abiquo 4.6 have the name among their details, under the kind of the thing. */
function whatOf({ entity, entityName, entityPath, details }: PlatformEvent): string | null {
  return entityName ?? details[`${entity}_NAME`] ?? entityPath
}

function messageOf({ message, errorCode, errorMessage }: PlatformEvent): string | null {
  const error = [errorCode, errorMessage].filter((part) => part !== null && part !== message).join(': ')
  if (error === '') return message
  return message === null ? error : `${message} (${error})`
}

function severityOf({ severity }: PlatformEvent, style: LineStyle): string {
  const text = visible(severity ?? '-').padEnd(severityColumns)
  const colour = colours[severity?.toUpperCase() ?? '']
  return style.colours && colour !== undefined ? `\u001b[${colour}m${text}\u001b[0m` : text
}

function localTime(timestamp: number | null): string {
  const time = new Date(timestamp ?? Number.NaN)
  if (Number.isNaN(time.getTime())) return '-'.padEnd('2026-11-20 10:00:00'.length)
  const date = [time.getFullYear(), time.getMonth() + 1, time.getDate()].map(twoDigits).join('-')
  return `${date} ${[time.getHours(), time.getMinutes(), time.getSeconds()].map(twoDigits).join(':')}`
}

function twoDigits(number: number): string {
  return String(number).padStart(2, '0')
}
