import type { CommandName } from '../command-line/commands.ts'

/** One setting: its flag, its variable, its default and what is said about it. */
export interface OptionSpec {
  /** The name in camel case of its flag, or of its variable where it has no flag. */
  key: string
  /** The long flag, with its dashes; a setting without one has a variable. */
  flag?: `--${string}`
  short?: `-${string}`
  /** A further long flag, taken but not listed; a command that has a flag of that name does without. */
  alias?: `--${string}`
  /** What stands for its value in the help; without one the flag is a switch. */
  argument?: string
  variable?: string
  /** A further variable, `VARIABLE_FILE`, may name a file that holds the value. */
  alsoFile?: true
  /** The value without flag and variable, written as a flag's value would be. */
  default?: string
  /** What holds without flag, variable and default. */
  otherwise?: string
  commands: readonly CommandName[]
  /** At most 25 columns, for the help. */
  label: string
  /** What a value may be, in lines of at most 53 columns, for the help. */
  values?: readonly string[]
  /** The label in the help of some commands, where it says something else there. */
  labelIn?: Readonly<Partial<Record<CommandName, string>>>
  /** Some sentences in Markdown, for the manual. */
  text: string
  /** The value itself is a secret: it is never repeated in a message. */
  secret?: true
  /** Whether a value that is no secret itself holds one. */
  holdsSecret?: (value: string) => boolean
  /** Refused where its flag is given several times with different values: none of them is more likely to be meant. */
  once?: true
  /** May be given several times; its variable is split at blanks. */
  repeat?: true
}

/** The long and short flags of a setting. */
export function flagsOf(option: OptionSpec): readonly string[] {
  return [option.flag, option.short, option.alias].filter((flag) => flag !== undefined)
}

/** The variables of a setting. */
export function variablesOf({ variable, alsoFile }: OptionSpec): readonly string[] {
  if (variable === undefined) return []
  return alsoFile === true ? [variable, fileVariableOf(variable)] : [variable]
}

/** The variable that names a file with what `variable` would hold. */
export function fileVariableOf(variable: string): string {
  return `${variable}_FILE`
}

/** What a message calls a setting. */
export function nameOf({ flag, variable, key }: OptionSpec): string {
  return flag ?? variable ?? key
}
