import { programVersion } from '../process/version.ts'
import { fileVariableOf } from '../settings/option-spec.ts'
import { type Option, optionGroups, optionsOf } from '../settings/options.ts'
import { type CommandName, type CommandSpec, commandNamed, commands } from './commands.ts'

const columns = 80
const labelColumn = 27
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
    ...commands.map((command) => `  ${command.name.padEnd(11)}${command.sentence}`),
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
  const own = optionsOf(name)
  return join([
    `Usage: ${usage} [FLAGS]`,
    '',
    `${capital(command.sentence)}.`,
    ...command.about,
    '',
    'A flag wins over its variable, that over the env file. [ ] holds the default.',
    ...Object.entries(optionGroups).flatMap(([title, group]) => {
      const taken = own.filter(({ key }) => group.some((option) => option.key === key))
      return taken.length === 0 ? [] : ['', title, ...groupLines(taken)]
    }),
    '  -h, --help               this page',
    '',
    'Times are written 500ms 5s 5m 1h, switches 1 true yes on or 0 false no off.',
    '',
    'Examples',
    ...command.examples.map((example) => `  ${usage}${example.slice(name.length)}`),
    '',
    'Exit codes',
    ...Object.entries(command.exits).map(([code, meaning]) => `  ${code}  ${meaning}`),
  ])
}

/** The variables with `_FILE` are told of once, behind the last of their kind: at each they would be wider than the page. */
function groupLines(taken: readonly Option[]): string[] {
  const [first] = taken.filter((option) => option.alsoFile === true)
  const last = taken.findLast((option) => option.alsoFile === true)
  const example = fileVariableOf(first?.variable ?? '')
  return taken.flatMap((option) => {
    const lines = optionLines(option)
    return option === last ? [...lines, `${' '.repeat(labelColumn)}these also in files, as ${example}`] : lines
  })
}

/** One line, and more where something is too long for it. */
function optionLines(option: Option): string[] {
  const short = option.short === undefined ? '   ' : `${option.short},`
  const flags = option.flag === undefined ? '' : `  ${short} ${option.flag} ${option.argument ?? ''}`.trimEnd()
  const shown = option.argument === undefined ? option.otherwise : (option.default ?? option.otherwise)
  const fallback = shown === undefined ? '' : `[${shown}]`
  const whole = `${option.label} ${fallback}`.trimEnd()
  const { variable = '' } = option
  const flagsFit = flags.length < labelColumn
  const labelFits = whole.length < variableColumn - labelColumn
  const variableFits = variable.length <= columns - variableColumn
  const label = (labelFits ? whole : option.label).padEnd(variableColumn - labelColumn)
  const below = (text: string) => `${' '.repeat(labelColumn)}${text}`
  return [
    ...(flagsFit ? [] : [flags]),
    `${(flagsFit ? flags : '').padEnd(labelColumn)}${label}${variableFits ? variable : ''}`.trimEnd(),
    ...(option.values ?? []).map(below),
    ...(labelFits ? [] : [below(fallback)]),
    ...(variableFits ? [] : [below(variable)]),
  ]
}

function capital(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1)
}

function join(lines: readonly string[]): string {
  return `${lines.join('\n')}\n`
}
