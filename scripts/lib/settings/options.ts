import type { CommandName } from '../command-line/commands.ts'
import type { OptionSpec } from './option-spec.ts'
import { optionTable } from './option-table.ts'
import { renderSettingsPage } from './settings-page.ts'

/** The key of a setting. */
export type OptionKey = (typeof optionTable)[keyof typeof optionTable][number]['key']

/** A setting of the table with its key typed. */
export type Option = OptionSpec & { key: OptionKey }

/** The settings under the headings of the help and the manual, in their order. */
export const optionGroups: Readonly<Record<string, readonly Option[]>> = optionTable

/** All settings, in the order of the table. */
export const options: readonly Option[] = Object.values(optionGroups).flat()

/** The settings that a command takes, in the order of the table. */
export function optionsOf(command: CommandName): readonly Option[] {
  const taken = options.filter((option) => option.commands.includes(command))
  const flags = new Set(taken.map(({ flag }) => flag))
  return taken.map((option) => {
    const { alias, labelIn, ...others } = option
    const label = labelIn?.[command] ?? option.label
    return alias === undefined || flags.has(alias) ? { ...others, label } : { ...others, label, alias }
  })
}

/** The setting of a key. */
export function optionOf(key: OptionKey): Option {
  const option = options.find((each) => each.key === key)
  if (option === undefined) throw new RangeError(`No setting is called "${key}"`)
  return option
}

/** The text of docs/settings.md. */
export function settingsPage(): string {
  return renderSettingsPage(optionGroups)
}
