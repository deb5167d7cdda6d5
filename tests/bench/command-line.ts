import { parseArgs } from 'node:util'
import type { Bench } from './bench.ts'

/** What the bench command was asked for. */
export interface Request {
  readonly help: boolean
  readonly quick: boolean
  /** Where to write the results as JSON; null: nowhere. */
  readonly json: string | null
  readonly benches: readonly Bench[]
}

/**
 * Reads the arguments of the bench command.
 *
 * @throws TypeError for an unknown flag, RangeError for an unknown bench
 */
export function readArguments(args: readonly string[], all: readonly Bench[]): Request {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      help: { type: 'boolean', short: 'h', default: false },
      quick: { type: 'boolean', default: false },
      json: { type: 'string' },
    },
  })
  const unknown = positionals.find((asked) => !all.some(({ name }) => isAsked(name, asked)))
  if (unknown !== undefined) throw new RangeError(`There is no bench "${unknown}"`)
  const benches =
    positionals.length === 0 ? all : all.filter(({ name }) => positionals.some((asked) => isAsked(name, asked)))
  return { help: values.help, quick: values.quick, json: values.json ?? null, benches }
}

/** Whether a name stands for a bench: its own name, or the beginning of it before a dash. */
function isAsked(name: string, asked: string): boolean {
  return name === asked || name.startsWith(`${asked}-`)
}

/** The help of the bench command. */
export function usage(all: readonly Bench[]): string {
  const width = Math.max(...all.map(({ name }) => name.length))
  const names = all.map(({ name, about }) => `  ${name.padEnd(width)}  ${about}`)
  return `Usage: bun run bench [NAME...] [--quick] [--json FILE]

Measures the built binary against a mock platform on the same machine, and prints a table: each figure with the least
and the most of its runs, the floor that the same machine set in the same minutes, and the limit. A NAME
also stands for all that begin with it and a dash, as "outputs" does.

${names.join('\n')}

  --quick      small sizes and few runs, to try the bench itself
  --json FILE  write all samples too
  -h, --help   show this

Exit codes: 0 all were measured, whatever they show; 1 one could not be; 2 unknown flag or bench.`
}
