import type { CommandName } from '../command-line/commands.ts'

/** One setting: its flag, its variable, its default and what is said about it. */
export interface OptionSpec {
  /** The name in camel case of its flag. */
  key: string
  /** The long flag, with its dashes. */
  flag: `--${string}`
  short?: `-${string}`
  /** A further long flag, taken but not listed. */
  alias?: `--${string}`
  /** What stands for its value in the help; without one the flag is a switch. */
  argument?: string
  variable?: string
  /** The value without flag and variable, written as a flag's value would be. */
  default?: string
  /** What holds without flag, variable and default. */
  otherwise?: string
  commands: readonly CommandName[]
  /** At most 26 columns, for the help. */
  label: string
  /** Some sentences in Markdown, for the manual. */
  text: string
  /** The value itself is a secret: it is never repeated in a message. */
  secret?: true
  /** May be given several times; its variable is split at blanks. */
  repeat?: true
}

/** The long and short flags of a setting. */
export function flagsOf(option: OptionSpec): readonly string[] {
  return [option.flag, option.short, option.alias].filter((flag) => flag !== undefined)
}
