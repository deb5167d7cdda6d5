import { type Logger as PinoLogger, pino } from 'pino'
import { writeStderr } from '../process/standard-streams.ts'
import { journalOnStderr } from './journal.ts'
import { type LogRecord, readRecord, renderJson, renderText, type TextStyle } from './log-lines.ts'
import { redactor } from './redact.ts'

/** The logger of the program: `log.info({ added: 3 }, 'file written')`. An error goes under the key `err`. */
export type Logger = PinoLogger

/** How the program logs. */
export interface LoggerOptions {
  /** Lines for people, or one JSON object a line. */
  format: 'text' | 'json'
  /** Least level that is logged. It can be changed later by the logger's `level`. */
  level: 'debug' | 'info' | 'warn' | 'error'
  /** What must never be shown, asked for each line, so that a reload changes it. */
  secrets: () => readonly string[]
  /** @default to stderr */
  write?: (line: string) => void
  /** @default the system's clock */
  now?: () => Date
  /** Without time and with `<N>` priorities. @default whether stderr is journald's */
  journal?: boolean
}

/**
 * A pino logger that writes at once, without worker threads. Control characters in what is logged are made visible, and
 * secrets replaced.
 */
export function createLogger(options: LoggerOptions): Logger {
  const write = options.write ?? writeStderr
  const now = options.now ?? (() => new Date())
  const style: TextStyle = (options.journal ?? journalOnStderr(process.env)) ? 'journal' : 'plain'
  const render = options.format === 'json' ? renderJson : (record: LogRecord) => renderText(record, style)
  const logger = pino(
    {
      // No pid and host name: journald and container logs add them.
      base: null,
      level: options.level,
      timestamp: () => `,"time":"${now().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }), log: freeOfReserved },
      serializers: { err: (error: unknown) => describeError(error, logger.isLevelEnabled('debug')) },
    },
    { write: (line) => write(`${render(redactRecord(readRecord(line), redactor(options.secrets())))}\n`) },
  )
  return logger
}

function redactRecord(record: LogRecord, redact: (value: unknown) => unknown): LogRecord {
  return { ...record, message: String(redact(record.message)), fields: Object(redact(record.fields)) }
}

/** pino writes fields beside its own keys, where `{ level: 'x' }` would shadow the line's level. */
function freeOfReserved(fields: Record<string, unknown>): Record<string, unknown> {
  const reserved = ['level', 'time', 'msg'].filter((key) => key in fields)
  if (reserved.length === 0) return fields
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [reserved.includes(key) ? `${key}_` : key, value]),
  )
}

/** Of an error its name, message and causes only: other properties may carry bodies of answers. */
function describeError(error: unknown, withStack: boolean): unknown {
  if (!(error instanceof Error)) return error
  const messages = [error.message]
  for (let cause = error.cause; cause instanceof Error && messages.length < 5; cause = cause.cause) {
    messages.push(cause.message)
  }
  const described = { type: error.name, message: messages.join(': ') }
  return withStack ? { ...described, stack: error.stack } : described
}
