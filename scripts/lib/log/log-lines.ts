import { visible } from './visible.ts'

/** A line of the log before it gets its form. */
export interface LogRecord {
  level: string
  /** RFC 3339. */
  time: string
  message: string
  fields: Readonly<Record<string, unknown>>
}

/** With time and level, or as journald wants it: with the priority of sd-daemon(3), the time being its own. */
export type TextStyle = 'plain' | 'journal'

const priorities: Readonly<Record<string, number>> = { fatal: 2, error: 3, warn: 4, info: 6, debug: 7, trace: 7 }

/** The record of a line that pino wrote. */
export function readRecord(line: string): LogRecord {
  const parsed: unknown = JSON.parse(line)
  const { level, time, msg, ...fields } = Object(parsed)
  return { level: String(level), time: String(time), message: msg === undefined ? '' : String(msg), fields }
}

/** The record as one JSON object without a line end. */
export function renderJson(record: LogRecord): string {
  const { level, time, message, fields } = record
  // JSON leaves DEL, C1 controls and bidirectional marks as they are; inside its strings an escape says the same.
  return visible(JSON.stringify({ level, time, msg: message, ...fields }))
}

/** The record as one line for people, `2026-11-20T10:00:00.000Z info  message key=value`, without a line end. */
export function renderText(record: LogRecord, style: TextStyle): string {
  const start = style === 'journal' ? `<${priorities[record.level] ?? 6}>` : `${record.time} ${record.level.padEnd(5)} `
  const fields = Object.entries(record.fields).flatMap(([key, value]) => renderField(key, value))
  return [start + visible(record.message), ...fields].join(' ')
}

function renderField(key: string, value: unknown): string[] {
  if (key === 'err' && typeof value === 'object' && value !== null && 'message' in value) {
    const stack = 'stack' in value ? renderField('stack', value.stack) : []
    return [...renderField('err', value.message), ...stack]
  }
  return [`${visible(key).replaceAll(/[\s="]/g, '_')}=${renderValue(value)}`]
}

function renderValue(value: unknown): string {
  if (typeof value !== 'string') return visible(JSON.stringify(value) ?? 'undefined')
  const shown = visible(value)
  // Quotes wherever the bare value could be read as more than one field.
  return shown === value && /^[^\s="\\]+$/.test(value) ? value : visible(JSON.stringify(value))
}
