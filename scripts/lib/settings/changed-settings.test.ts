import { expect, test } from 'bun:test'
import { changedForRestart } from './changed-settings.ts'
import { login, read } from './testing.ts'

const before = read('run', {})

test('another password of an output takes a restart, the same one does not', () => {
  const withPassword = (password: string) =>
    read('run', { environment: { NOVNC_TOKENS_OUTPUT: `redis://:${password}@h` } })
  expect(changedForRestart(withPassword('one'), withPassword('two'))).toEqual(['--file or --output'])
  expect(changedForRestart(withPassword('one'), withPassword('one'))).toEqual([])
})

test.each<[string, Parameters<typeof read>[1], readonly string[]]>([
  ['nothing', {}, []],
  ['what a reload applies', { files: { '/pass': 'another' }, args: [...login, '--log-level', 'debug'] }, []],
  ['the resync', { args: [...login, '--resync', '1m'] }, ['--resync']],
  [
    'where tokens are answered',
    { args: [...login, '--lookup', 'unix:s'] },
    // Without a default file, too.
    ['--file or --output', '--lookup'],
  ],
  [
    'whose tokens there are',
    { args: [...login, '--datacenter', '1'] },
    ['--datacenter, --enterprise or --exclude-enterprise'],
  ],
  ['what runs after a change', { args: [...login, '--on-change', 'true'] }, ['--on-change']],
])('%s changed takes a restart for %j', (_, given, flags) => {
  expect(changedForRestart(before, read('run', given))).toEqual([...flags])
})
