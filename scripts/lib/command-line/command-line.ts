import { suggest } from '@novnc-tokens/stream'
import { Command, CommanderError, Option as CommanderOption } from 'commander'
import { exitCodes } from '../process/exit-codes.ts'
import { programVersion } from '../process/version.ts'
import { flagsOf, nameOf } from '../settings/option-spec.ts'
import { type Option, type OptionKey, options, optionsOf } from '../settings/options.ts'
import { type CommandName, commandNamed, commands } from './commands.ts'
import { commandHelp, programHelp } from './help.ts'

/** What was given as flags: a setting's values in their order; `true` for a switch. */
export type Flags = ReadonlyMap<OptionKey, readonly string[]>

/** What a command line asks for. */
export type CommandLine =
  | { kind: 'run'; command: CommandName; flags: Flags }
  | { kind: 'help'; text: string; exitCode: typeof exitCodes.done | typeof exitCodes.usage }
  | { kind: 'version'; text: string }
  | { kind: 'error'; message: string; exitCode: typeof exitCodes.usage }

/** How a command line is read. */
export interface CommandLineOptions {
  /** The command of a task that runs alone; without it the first argument names it. */
  command?: CommandName
  /** How the program is called in the help. @default novnc-tokens */
  program?: string
}

const helpFlags = ['-h', '--help'] as const
const versionFlags = ['-V', '--version'] as const

/**
 * Reads the arguments after the program's name. Never prints or exits.
 * @example parseCommandLine(process.argv.slice(2))
 */
export function parseCommandLine(args: readonly string[], given: CommandLineOptions = {}): CommandLine {
  const program = given.program ?? 'novnc-tokens'
  if (given.command !== undefined) return parseFlags(given.command, args, program)
  const [word, ...rest] = args
  if (word === undefined) return { kind: 'help', text: programHelp(program), exitCode: exitCodes.usage }
  if (includes(versionFlags, word)) return { kind: 'version', text: `${programVersion}\n` }
  if (includes(helpFlags, word) || word === 'help') {
    const named = commandNamed(rest[0] ?? '')
    const text = named === undefined ? programHelp(program) : commandHelp(named.name, `${program} ${named.name}`)
    return { kind: 'help', text, exitCode: exitCodes.done }
  }
  const command = commandNamed(word)
  return command === undefined
    ? notACommand(word, program)
    : parseFlags(command.name, rest, `${program} ${command.name}`)
}

function notACommand(word: string, program: string): CommandLine {
  const names = commands.map((command) => command.name)
  const known = `${program} --help lists the commands`
  if (word.startsWith('-')) {
    return error(`The command is missing: flags follow it, as in "${program} ${names.join(`" or "${program} `)}"`)
  }
  const meant = suggest(word, names)
  return error(`"${word}" is not a command; ${meant === null ? known : `did you mean ${meant}?`}`)
}

function parseFlags(command: CommandName, args: readonly string[], usage: string): CommandLine {
  const own = optionsOf(command)
  // commander parses and nothing else: as a program it would print and exit by itself, with 1 for bad usage.
  const parser = new Command()
    .exitOverride()
    .helpOption(false)
    .configureOutput({ writeErr: () => {} })
  const values = new Map<OptionKey, string[]>()
  for (const option of own) addOption(parser, option, values)
  parser.option(helpFlags.join(', ')).option(versionFlags.join(', '))

  let rest: ReturnType<Command['parseOptions']>
  try {
    rest = parser.parseOptions([...args])
  } catch (cause) {
    if (!(cause instanceof CommanderError) || cause.code !== 'commander.optionMissingArgument') throw cause
    return error(`${/--[a-z-]+/.exec(cause.message)?.[0] ?? 'The last flag'} needs a value`)
  }
  const swallowed = swallowedFlag(own, args, values)
  if (swallowed !== null) return error(swallowed)
  const doubted = own.find((option) => option.once === true && new Set(values.get(option.key)).size > 1)
  if (doubted !== undefined) {
    const shown = (values.get(doubted.key) ?? []).map((value) => `"${value}"`)
    return error(`${nameOf(doubted)} is given as ${listed([...new Set(shown)])}; keep one`)
  }
  const asked = parser.opts()
  if (asked['help'] === true) return { kind: 'help', text: commandHelp(command, usage), exitCode: exitCodes.done }
  if (asked['version'] === true) return { kind: 'version', text: `${programVersion}\n` }
  const [unknown] = rest.unknown
  if (unknown !== undefined) return error(unknownFlag(unknown, command, own, usage))
  const [operand] = rest.operands
  if (operand !== undefined) {
    // It may be the second half of an unquoted password.
    const shown = values.has('pass') ? 'an argument' : `"${operand}"`
    return error(`${command} takes flags only, but ${shown} stands alone; put values with blanks in quotes`)
  }
  return { kind: 'run', command, flags: values }
}

function addOption(parser: Command, option: Option, values: Map<OptionKey, string[]>): void {
  const take = (value: string) => {
    const before = option.repeat === true || option.once === true ? (values.get(option.key) ?? []) : []
    values.set(option.key, [...before, value])
  }
  if (option.flag === undefined) return
  const value = option.argument === undefined ? '' : ` <${option.argument}>`
  const names = option.short === undefined ? option.flag : `${option.short}, ${option.flag}`
  for (const flags of option.alias === undefined ? [names] : [names, option.alias]) {
    const made = new CommanderOption(flags + value)
    parser.addOption(made)
    parser.on(`option:${made.name()}`, (text: string | null | undefined) => take(text ?? 'true'))
  }
}

/** `-p -f tokens`, as a cron line with an empty variable gives it, would make `-f` the password and three log-ins a lock-out. */
function swallowedFlag(own: readonly Option[], args: readonly string[], values: Flags): string | null {
  const known = new Set([...own.flatMap(flagsOf), ...helpFlags, ...versionFlags])
  for (const option of own) {
    if (option.argument === undefined) continue
    for (const value of values.get(option.key) ?? []) {
      const apart = args.some((arg, index) => arg === value && flagsOf(option).includes(args[index - 1] ?? ''))
      if (apart && known.has(value))
        return `${nameOf(option)} needs a value, but the flag ${value} follows; ${nameOf(option)}=${value} if it is the value`
    }
  }
  return null
}

function unknownFlag(argument: string, command: CommandName, own: readonly Option[], usage: string): string {
  const long = argument.startsWith('--')
  const name = argument.replace(/=.*$/s, '')
  const switched = own.find((option) => option.argument === undefined && option.flag === name)
  if (switched !== undefined) return `${name} is a switch and takes no value`
  const elsewhere = options.filter((option) => flagsOf(option).includes(long ? name : argument.slice(0, 2)))
  const [other] = elsewhere
  if (other !== undefined) {
    const others = commands.map((each) => each.name).filter((each) => elsewhere.some((one) => takes(one, each)))
    return `${nameOf(other)} is a flag of ${listed(others)}, not of ${command}`
  }
  const meant = suggest(
    name,
    own.flatMap((option) => flagsOf(option).filter((flag) => flag.startsWith('--'))),
  )
  // Of what begins with a single dash only the letter is repeated: it may be the end of an unquoted password.
  const shown = long || meant !== null ? name : argument.slice(0, 2)
  return `${shown} is not a flag of ${command}; ${meant === null ? `${usage} --help lists them` : `did you mean ${meant}?`}`
}

function takes({ commands }: Option, name: CommandName): boolean {
  return commands.includes(name)
}

function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
}

function includes(words: readonly string[], word: string): boolean {
  return words.includes(word)
}

function error(message: string): CommandLine {
  return { kind: 'error', message, exitCode: exitCodes.usage }
}
