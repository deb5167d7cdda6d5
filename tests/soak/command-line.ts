import { parseArgs } from 'node:util'
import type { Soak } from './soak.ts'

/** What the soak command was asked for. */
export interface Request {
  readonly help: boolean
  /** Minutes of load; null: what each soak needs. */
  readonly minutes: number | null
  readonly soaks: readonly Soak[]
}

/**
 * Reads the arguments of the soak command.
 *
 * @throws TypeError for an unknown flag, RangeError for an unknown soak or minutes that are no number above 0
 */
export function readArguments(args: readonly string[], all: readonly Soak[]): Request {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { help: { type: 'boolean', short: 'h', default: false }, minutes: { type: 'string' } },
  })
  const unknown = positionals.find((name) => !all.some((soak) => soak.name === name))
  if (unknown !== undefined) throw new RangeError(`There is no soak "${unknown}"`)
  const minutes = values.minutes === undefined ? null : Number(values.minutes)
  if (minutes !== null && !(minutes > 0 && Number.isFinite(minutes))) {
    throw new RangeError(`"${values.minutes}" is no number of minutes`)
  }
  const soaks = positionals.length === 0 ? all : all.filter(({ name }) => positionals.includes(name))
  return { help: values.help, minutes, soaks }
}

/** The help of the soak command. */
export function usage(all: readonly Soak[]): string {
  const width = Math.max(...all.map(({ name }) => name.length))
  const names = all.map(({ name, about, minutes }) => `  ${name.padEnd(width)}  ${about} (${minutes} min)`)
  return `Usage: bun run soak [NAME...] [--minutes N]

Puts parts of the program under load for minutes of real time, and says what was seen and what it has to be.

${names.join('\n')}

  --minutes N  how long the load lasts
  -h, --help   show this

Exit codes: 0 all was as it has to be; 1 something was not; 2 unknown flag or soak.`
}
