import { expect, test } from 'bun:test'
import { checkFilters, FilterError } from './check-filters.ts'
import type { Filters } from './filters.ts'
import { knownActions, knownEntities, scopes, severities } from './names.ts'

const right: readonly (readonly [what: string, filters: object])[] = [
  ['no filter', {}],
  ['a filter without values', { user: [], action: undefined }],
  ['every name that is known', { severity: severities, scope: scopes, entity: knownEntities, action: knownActions }],
  ['names in any case', { severity: ['warn', 'error'], scope: ['Platform'], entity: ['machine'], action: ['Deploy'] }],
  ['the system as a user', { user: ['system'] }],
  ['users by name, id and URI', { user: ['Ann Smith', 'ann@example.com', '12', '/api/admin/enterprises/1/users/2'] }],
  ['enterprises by name, id and URI', { enterprise: ['Acme & Sons', '3', 'https://h/api/admin/enterprises/3'] }],
  ['an action of a newer platform', { action: ['HIBERNATE', 'ROTATE_CREDENTIALS_FINISH'] }],
  ['an entity of a newer platform', { entity: ['KUBERNETES_CLUSTER', 'K8S'] }],
  ['a slip that is insisted on', { entity: ['=VIRTUAL_MACHIN'], action: ['=deploy_finsh', '=ALARM_CREATE'] }],
]

test.each(right)('%s passes', (_, filters) => {
  expect(() => checkFilters(filters)).not.toThrow()
})

type Wrong = readonly [
  filters: object,
  refused: { filter: string; value: string | null; meant: string | null },
  message: string,
]

const wrong: readonly Wrong[] = [
  [
    { serverity: ['WARN'] },
    { filter: 'serverity', value: null, meant: 'severity' },
    '"serverity" is not a filter; did you mean severity?',
  ],
  [
    { zone: ['A'] },
    { filter: 'zone', value: null, meant: null },
    '"zone" is not a filter; there are severity, entity, action, user, enterprise and scope',
  ],
  [
    { severity: 'warn' },
    { filter: 'severity', value: null, meant: null },
    'The filter severity takes a list of values',
  ],
  [{ enterprise: [1] }, { filter: 'enterprise', value: '1', meant: null }, 'The filter enterprise takes texts'],
  [
    { severity: ['WARN', 'wran'] },
    { filter: 'severity', value: 'wran', meant: 'WARN' },
    '"wran" is not a severity, which is INFO, WARN or ERROR; did you mean WARN?',
  ],
  [
    { severity: ['CRITICAL'] },
    { filter: 'severity', value: 'CRITICAL', meant: null },
    '"CRITICAL" is not a severity, which is INFO, WARN or ERROR',
  ],
  [
    { severity: ['=WARN'] },
    { filter: 'severity', value: '=WARN', meant: 'WARN' },
    '"=WARN" is not a severity, which is INFO, WARN or ERROR; did you mean WARN?',
  ],
  [
    { scope: ['VIRTUAL_DATACENTER'] },
    { filter: 'scope', value: 'VIRTUAL_DATACENTER', meant: 'VIRTUALDATACENTER' },
    '"VIRTUAL_DATACENTER" is not a scope, which is VIRTUALDATACENTER, ENTERPRISE, DATACENTER or PLATFORM; did you mean VIRTUALDATACENTER?',
  ],
  [
    { entity: ['VIRTUALMACHINE'] },
    { filter: 'entity', value: 'VIRTUALMACHINE', meant: 'VIRTUAL_MACHINE' },
    '"VIRTUALMACHINE" is not an entity known here; did you mean VIRTUAL_MACHINE? "=VIRTUALMACHINE" insists on it',
  ],
  [
    { action: ['deploy_finsih'] },
    { filter: 'action', value: 'deploy_finsih', meant: 'DEPLOY_FINISH' },
    '"deploy_finsih" is not an action known here; did you mean DEPLOY_FINISH? "=DEPLOY_FINSIH" insists on it',
  ],
  [
    { action: ['DEPLOY-FINISH'] },
    { filter: 'action', value: 'DEPLOY-FINISH', meant: 'DEPLOY_FINISH' },
    '"DEPLOY-FINISH" is not an action: it has letters, digits and _ only; did you mean DEPLOY_FINISH?',
  ],
  [
    { action: ['=a b'] },
    { filter: 'action', value: '=a b', meant: null },
    '"=a b" is not an action: it has letters, digits and _ only',
  ],
  [
    { entity: ['DEPLOY_FINISH'] },
    { filter: 'entity', value: 'DEPLOY_FINISH', meant: 'the action DEPLOY_FINISH' },
    '"DEPLOY_FINISH" is not an entity known here; did you mean the action DEPLOY_FINISH? "=DEPLOY_FINISH" insists on it',
  ],
  [
    { action: ['ENTERPRISE'] },
    { filter: 'action', value: 'ENTERPRISE', meant: 'the entity ENTERPRISE' },
    '"ENTERPRISE" is not an action known here; did you mean the entity ENTERPRISE? "=ENTERPRISE" insists on it',
  ],
  [
    { action: ['VIRTUAL_MACHINE_DEPLOY_FINISH'] },
    {
      filter: 'action',
      value: 'VIRTUAL_MACHINE_DEPLOY_FINISH',
      meant: 'the entity VIRTUAL_MACHINE with the action DEPLOY_FINISH',
    },
    '"VIRTUAL_MACHINE_DEPLOY_FINISH" is not an action known here; did you mean the entity VIRTUAL_MACHINE with the action DEPLOY_FINISH? "=VIRTUAL_MACHINE_DEPLOY_FINISH" insists on it',
  ],
  [{ user: [''] }, { filter: 'user', value: '', meant: null }, 'The filter user has an empty value'],
  [{ action: [' '] }, { filter: 'action', value: ' ', meant: null }, 'The filter action has an empty value'],
  [
    { user: ['a,b'] },
    { filter: 'user', value: 'a,b', meant: null },
    '"a,b" has a comma, which the platform takes for the end of a value',
  ],
  [
    { enterprise: ['a\r\nb'] },
    { filter: 'enterprise', value: 'a\r\nb', meant: null },
    '"a\\r\\nb" has control characters, which no enterprise has',
  ],
]

test.each(wrong)('%j is refused', (filters, refused, message) => {
  let error: unknown
  try {
    checkFilters(filters)
  } catch (caught) {
    error = caught
  }
  expect(error).toBeInstanceOf(FilterError)
  expect(error).toBeInstanceOf(RangeError)
  const { filter, value, meant, message: said, name } = error as FilterError
  expect({ filter, value, meant, said, name }).toEqual({ ...refused, said: message, name: 'FilterError' })
})

test('types offer known names and take others', () => {
  const filters: Filters = { entity: ['VIRTUAL_MACHINE', 'KUBERNETES_CLUSTER'], severity: ['warn'] }
  expect(() => checkFilters(filters)).not.toThrow()
})
