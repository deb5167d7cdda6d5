import { exitCodeMeanings } from '../process/exit-codes.ts'
import { programVersion } from '../process/version.ts'
import { type Option, optionGroups } from '../settings/options.ts'
import { type CommandName, type CommandSpec, commandNamed, commands } from './commands.ts'

const labelColumn = 26
const variableColumn = 53

/** The help of the whole program: its commands. At most 80 columns wide. */
export function programHelp(program: string): string {
  const examples = commands.flatMap((command) => command.examples.slice(0, 1))
  return join([
    `novnc-tokens ${programVersion}: keeps websockify's tokens true to an Abiquo platform`,
    '',
    `Usage: ${program} COMMAND [FLAGS]`,
    '',
    'Commands',
    ...commands.map((command) => `  ${command.name.padEnd(9)}${command.sentence}`),
    '',
    'Flags',
    '  -h, --help     this page; after a command its flags, variables, defaults',
    '  -V, --version  the version',
    '',
    'Examples',
    ...examples.map((example) => `  ${program} ${example}`),
  ])
}

/** The help of one command: its flags, each with its default and variable. At most 80 columns wide. */
export function commandHelp(name: CommandName, usage: string): string {
  const command: CommandSpec | undefined = commandNamed(name)
  if (command === undefined) throw new RangeError(`No command is called "${name}"`)
  return join([
    `Usage: ${usage} [FLAGS]`,
    '',
    `${capital(command.sentence)}.`,
    ...command.about,
    '',
    'A flag wins over its variable, that over the env file. [ ] holds the default.',
    ...Object.entries(optionGroups).flatMap(([title, group]) => {
      const taken = group.filter((option) => option.commands.includes(name))
      return taken.length === 0 ? [] : ['', title, ...taken.flatMap(optionLines)]
    }),
    '  -h, --help              this page',
    '',
    'Times are written 500ms 5s 5m 1h, switches 1 true yes on or 0 false no off.',
    '',
    'Examples',
    ...command.examples.map((example) => `  ${usage}${example.slice(name.length)}`),
    '',
    'Exit codes',
    ...[...exitCodeMeanings].map(([code, meaning]) => `  ${code}  ${meaning}`),
  ])
}

/** One line, and a second one where label and default are too long for one. */
function optionLines(option: Option): string[] {
  const flags = `  ${option.short === undefined ? '   ' : `${option.short},`} ${option.flag} ${option.argument ?? ''}`
  const shown = option.argument === undefined ? option.otherwise : (option.default ?? option.otherwise)
  const fallback = shown === undefined ? '' : `[${shown}]`
  const whole = `${option.label} ${fallback}`.trimEnd()
  const fits = whole.length < variableColumn - labelColumn
  const label = fits ? whole : option.label
  const first =
    `${flags.padEnd(labelColumn)}${label.padEnd(variableColumn - labelColumn)}${option.variable ?? ''}`.trimEnd()
  return fits ? [first] : [first, `${' '.repeat(labelColumn)}${fallback}`]
}

function capital(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1)
}

function join(lines: readonly string[]): string {
  return `${lines.join('\n')}\n`
}
