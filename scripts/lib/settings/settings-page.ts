import { commands } from '../command-line/commands.ts'
import { markdownTable } from '../markdown-table.ts'
import { exitCodeMeanings } from '../process/exit-codes.ts'
import { flagsOf, type OptionSpec, variablesOf } from './option-spec.ts'

/** The manual of all settings in Markdown: a table under each heading, and the exit codes. */
export function renderSettingsPage(groups: Readonly<Record<string, readonly OptionSpec[]>>): string {
  const lines = [
    '# Settings',
    '',
    '<!-- Made from scripts/lib/settings/option-table.ts by `bun scripts/check/docs.ts --write`: change it there. -->',
    '',
    'Flags win over the environment, it wins over the env file, that over the defaults. A flag of the log-in puts all',
    'variables of the log-in aside, a log-in of the environment one of another kind in the env file. Two log-ins from one',
    'place are refused, as are a value and its `_FILE`. An empty variable counts as none.',
    '',
    '- Switches in variables: `1 true yes on`, or `0 false no off` and nothing.',
    '- Times: `500ms`, `5s`, `5m`, `1h`.',
    '- The env file has lines `NAME=value`; quotes, `export` and `#` comments are understood, `$` is literal.',
    '- Relative paths count from the working directory.',
    '- Files of secrets and certificates and the env file are read again when they change, and at HUP.',
    '',
    ...Object.entries(groups).flatMap(([title, group]) => [
      `## ${title}`,
      '',
      ...markdownTable([['flag', 'variable', 'default', 'commands', ''], ...group.map(row)]),
      '',
    ]),
    '## Exit codes',
    '',
    ...markdownTable([['code', 'meaning'], ...[...exitCodeMeanings].map(([code, meaning]) => [`${code}`, meaning])]),
  ]
  return `${lines.join('\n')}\n`
}

function row(option: OptionSpec): string[] {
  const [long, ...others] = flagsOf(option)
  const flags =
    long === undefined ? [] : [...others, option.argument === undefined ? long : `${long} ${option.argument}`]
  const shown = option.default === undefined ? (option.otherwise ?? '') : `\`${option.default}\``
  const taken = option.commands.length === commands.length ? 'all' : option.commands.join(', ')
  return [
    codes(flags) + (option.repeat === true ? ' (repeat)' : ''),
    codes(variablesOf(option)),
    shown,
    taken,
    option.text,
  ]
}

function codes(texts: readonly string[]): string {
  return texts.map((text) => `\`${text}\``).join(', ')
}
