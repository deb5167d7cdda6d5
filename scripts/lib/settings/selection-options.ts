import type { OptionSpec } from './option-spec.ts'
import { writing } from './takers.ts'

/** The settings of the selection: whose virtual machines get tokens, and where they are. */
export const selectionOptions = [
  {
    key: 'datacenter',
    flag: '--datacenter',
    argument: 'ID',
    variable: 'NOVNC_TOKENS_DATACENTER',
    otherwise: 'all',
    commands: writing,
    label: 'only this one (repeat)',
    text: 'Only virtual machines of this datacenter get tokens: its number in the links of the API, as `GET /admin/datacenters` lists them. Several by giving it again, and by blanks or commas. One that tells none is left out and counted.',
    repeat: true,
  },
  {
    key: 'enterprise',
    flag: '--enterprise',
    argument: 'ID',
    variable: 'NOVNC_TOKENS_ENTERPRISE',
    otherwise: 'all',
    commands: writing,
    label: 'only this one (repeat)',
    text: 'Only virtual machines that this enterprise owns get tokens, and only it is listed: its number, as `GET /admin/enterprises` lists them. Several as above.',
    repeat: true,
  },
  {
    key: 'excludeEnterprise',
    flag: '--exclude-enterprise',
    argument: 'ID',
    variable: 'NOVNC_TOKENS_EXCLUDE_ENTERPRISE',
    otherwise: 'none',
    commands: writing,
    label: 'not this one (repeat)',
    text: 'Virtual machines of this enterprise get no tokens, and it is not listed. Several as above.',
    repeat: true,
  },
] as const satisfies readonly OptionSpec[]
