import { expect, test } from 'bun:test'
import { type Given, login, read, refusal } from './testing.ts'

const none = { datacenters: [], enterprises: [], excludedEnterprises: [] }

test.each<[string, Given, Partial<typeof none> | Record<string, readonly string[]>]>([
  ['nothing', {}, {}],
  ['a datacenter', { args: [...login, '--datacenter', '2'] }, { datacenters: ['2'] }],
  ['several flags', { args: [...login, '--enterprise', '7', '--enterprise', '2,3'] }, { enterprises: ['2', '3', '7'] }],
  ['one twice', { args: [...login, '--exclude-enterprise', '7 7'] }, { excludedEnterprises: ['7'] }],
  ['a variable', { environment: { NOVNC_TOKENS_DATACENTER: ' 1, 2  30' } }, { datacenters: ['1', '2', '30'] }],
  [
    'a flag and its variable',
    { args: [...login, '--enterprise', '7'], environment: { NOVNC_TOKENS_ENTERPRISE: '8' } },
    { enterprises: ['7'] },
  ],
  ['an empty variable', { environment: { NOVNC_TOKENS_EXCLUDE_ENTERPRISE: '' } }, {}],
])('%s chooses what it says, in run and regen', (_, given, chosen) => {
  for (const command of ['run', 'regen'] as const) {
    expect(read(command, given).selection).toEqual({ ...none, ...chosen })
  }
})

test.each<[string, Given, string]>([
  [
    'a name',
    { args: [...login, '--datacenter', '1,Madrid'] },
    '--datacenter: "Madrid" is not an ID: that is the number at the end of a link of the API, such as 7',
  ],
  [
    'a number that no link has',
    { args: [...login, '--exclude-enterprise', '07'] },
    '--exclude-enterprise: "07" is not an ID: that is the number at the end of a link of the API, such as 7',
  ],
  ['nothing at all', { args: [...login, '--enterprise', ','] }, '--enterprise: an ID is wanted, such as 7'],
  [
    'all that is chosen',
    { args: [...login, '--enterprise', '7', '--exclude-enterprise', '7'] },
    'All enterprises that are chosen are excluded too; keep --enterprise or --exclude-enterprise',
  ],
])('%s is refused', (_, given, line) => {
  expect(refusal('run', given)).toBe(line)
})
