import { parseArgs } from 'node:util'
import type { Target } from './target.ts'

/** What the fuzz command was asked for. */
export interface Request {
  readonly help: boolean
  /** Minutes for all targets together. */
  readonly minutes: number
  /** Null: one at random. */
  readonly seed: number | null
  /** A file whose content is the one input; null: mutations of the corpus are. */
  readonly replay: string | null
  readonly targets: readonly Target[]
}

const usualMinutes = 5

/**
 * Reads the arguments of the fuzz command.
 *
 * @throws TypeError for an unknown flag, RangeError for an unknown target, or a number that is none
 */
export function readArguments(args: readonly string[], all: readonly Target[]): Request {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      help: { type: 'boolean', short: 'h', default: false },
      minutes: { type: 'string', default: String(usualMinutes) },
      seed: { type: 'string' },
      replay: { type: 'string' },
    },
  })
  const unknown = positionals.find((name) => !all.some((target) => target.name === name))
  if (unknown !== undefined) throw new RangeError(`There is no target "${unknown}"`)
  const minutes = Number(values.minutes)
  if (!(minutes > 0 && Number.isFinite(minutes))) throw new RangeError(`"${values.minutes}" is no number of minutes`)
  const seed = values.seed === undefined ? null : Number(values.seed)
  if (seed !== null && !Number.isSafeInteger(seed)) throw new RangeError(`"${values.seed}" is no seed`)
  const replay = values.replay ?? null
  if (replay !== null && positionals.length !== 1) throw new RangeError('To replay a file, name its target')
  const targets = positionals.length === 0 ? all : all.filter(({ name }) => positionals.includes(name))
  return { help: values.help, minutes, seed, replay, targets }
}

/** The help of the fuzz command. */
export function usage(all: readonly Target[]): string {
  const width = Math.max(...all.map(({ name }) => name.length))
  const names = all.map(({ name, about }) => `  ${name.padEnd(width)}  ${about}`)
  return `Usage: bun run fuzz [NAME...] [--minutes N] [--seed S] [--replay FILE]

Feeds mutations of a corpus (tests/fuzz/corpus) to parts of the program: no crash, no hang, no wrong line, no secret
told. An input that does one of these is left in a file, to be replayed, and kept in the corpus once that is mended.

${names.join('\n')}

  --minutes N    how long all of it takes (${usualMinutes})
  --seed S       the same seed makes the same inputs of the same corpus; without it one is chosen, and told
  --replay FILE  feeds the content of one file to the target that is named
  -h, --help     show this

Exit codes: 0 nothing was found; 1 something was; 2 unknown flag or target.`
}
