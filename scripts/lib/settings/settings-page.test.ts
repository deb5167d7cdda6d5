import { expect, test } from 'bun:test'
import { flagsOf, variablesOf } from './option-spec.ts'
import { options, settingsPage } from './options.ts'
import { renderSettingsPage } from './settings-page.ts'

test('the page names each flag, variable and default', () => {
  const page = settingsPage()
  for (const option of options) {
    const { default: value = '' } = option
    for (const text of [...flagsOf(option), ...variablesOf(option), value]) expect(page).toContain(text)
  }
})

test('a setting is a row, its bars escaped and its columns padded', () => {
  const page = renderSettingsPage({
    Kinds: [
      {
        key: 'kind',
        flag: '--kind',
        short: '-k',
        argument: 'a|b',
        variable: 'KIND',
        default: 'a',
        commands: ['run'],
        label: '',
        text: 'Some.',
        repeat: true,
      },
      {
        key: 'key',
        argument: 'X',
        variable: 'KEY',
        alsoFile: true,
        commands: ['run', 'regen', 'events', 'authorize'],
        label: '',
        text: 'More.',
      },
    ],
  })
  const rows = page.slice(page.indexOf('## Kinds')).split('\n').slice(2, 6)
  expect(rows).toEqual([
    '| flag                         | variable          | default | commands |       |',
    '| ---------------------------- | ----------------- | ------- | -------- | ----- |',
    '| `-k`, `--kind a\\|b` (repeat) | `KIND`            | `a`     | run      | Some. |',
    '|                              | `KEY`, `KEY_FILE` |         | all      | More. |',
  ])
})
