import { expect, test } from 'bun:test'
import { readEvent } from './event.ts'
import { Hrefs } from './notation/href.ts'

const hrefs = new Hrefs('https://abiquo.example.com/api')
const machine = '/cloud/virtualdatacenters/2/virtualappliances/3/virtualmachines/4'
const nothing = {
  timestamp: null,
  severity: null,
  entity: null,
  entityPath: null,
  entityName: null,
  entityEnterprisePath: null,
  entityEnterpriseName: null,
  userPath: null,
  userName: null,
  enterprisePath: null,
  enterpriseName: null,
  datacenter: null,
  context: null,
  message: null,
  errorCode: null,
  errorMessage: null,
  exception: null,
  tags: [],
  details: {},
}

test('an event of 4.7 and later', () => {
  const event = {
    action: 'DEPLOY_FINISH',
    context: 'M',
    enterpriseName: 'Abiquo',
    enterpriseURI: '/api/admin/enterprises/1',
    entity: 'VIRTUAL_MACHINE',
    entityEnterpriseName: 'Tenant',
    entityEnterpriseURI: '/api/admin/enterprises/9',
    entityMediaType: 'application/vnd.abiquo.virtualmachine+json',
    entityName: 'ABQ_1',
    entityURI: `/api${machine}`,
    errorCode: 'VM-1',
    errorMessage: 'Not good',
    exception: 'java.lang.Exception',
    idDatacenter: 5,
    message: 'Virtual machine deployed',
    severity: 'INFO',
    tags: ['a', 7, 'b'],
    timestamp: 1_700_000_000_000,
    userName: 'admin',
    userURI: '/api/admin/enterprises/1/users/1',
  }
  expect(readEvent(event, hrefs)).toEqual({
    format: 'trace',
    timestamp: 1_700_000_000_000,
    severity: 'INFO',
    action: 'DEPLOY_FINISH',
    entity: 'VIRTUAL_MACHINE',
    entityPath: machine,
    entityName: 'ABQ_1',
    entityEnterprisePath: '/admin/enterprises/9',
    entityEnterpriseName: 'Tenant',
    userPath: '/admin/enterprises/1/users/1',
    userName: 'admin',
    enterprisePath: '/admin/enterprises/1',
    enterpriseName: 'Abiquo',
    datacenter: '5',
    context: 'M',
    message: 'Virtual machine deployed',
    errorCode: 'VM-1',
    errorMessage: 'Not good',
    exception: 'java.lang.Exception',
    tags: ['a', 'b'],
    details: {},
  })
})

test('an event up to 4.6', () => {
  const event = {
    timestamp: '1400000000000',
    user: '/admin/enterprises/1/users/1',
    severity: 'INFO',
    source: 'API',
    action: 'DEPLOY_FINISH',
    type: 'VIRTUAL_MACHINE',
    entityIdentifier: machine,
    enterprise: '/admin/enterprises/1',
    details: { VIRTUAL_MACHINE_NAME: 'ABQ_1', TASK_OWNER_ID: 7, EMPTY: '', NESTED: { x: 1 }, NONE: null },
  }
  expect(readEvent(event, hrefs)).toEqual({
    ...nothing,
    format: 'legacy',
    timestamp: 1_400_000_000_000,
    severity: 'INFO',
    action: 'DEPLOY_FINISH',
    entity: 'VIRTUAL_MACHINE',
    entityPath: machine,
    userPath: '/admin/enterprises/1/users/1',
    enterprisePath: '/admin/enterprises/1',
    context: 'API',
    details: { VIRTUAL_MACHINE_NAME: 'ABQ_1', TASK_OWNER_ID: '7' },
  })
})

test('an event of the system, all of whose fields may be null', () => {
  const fields = ['user', 'userURI', 'userName', 'enterpriseURI', 'enterpriseName', 'entity', 'entityURI', 'entityName']
  const more = ['entityEnterpriseURI', 'tags', 'timestamp', 'severity', 'message', 'details', 'context', 'errorCode']
  const event = Object.fromEntries([...fields, ...more].map((name) => [name, null]))
  expect(readEvent({ ...event, action: 'VSM_VM_MOVED' }, hrefs)).toEqual({
    ...nothing,
    format: 'trace',
    action: 'VSM_VM_MOVED',
  })
})

test('an event with an action only is one; an old one without its entity is still an old one', () => {
  expect(readEvent({ action: 'X' }, hrefs)).toEqual({ ...nothing, format: 'trace', action: 'X' })
  const old = { action: 'X', type: 'MACHINE', entityIdentifier: null }
  expect(readEvent(old, hrefs)).toEqual({ ...nothing, format: 'legacy', action: 'X', entity: 'MACHINE' })
  const untyped = { action: 'X', entityIdentifier: machine }
  expect(readEvent(untyped, hrefs)).toEqual({ ...nothing, format: 'legacy', action: 'X', entityPath: machine })
})

test('a URI that does not lead below the API is left out', () => {
  const event = readEvent(
    { action: 'X', entityURI: 'https://h/m/stream', userURI: '/api/../x', enterpriseURI: 4 },
    hrefs,
  )
  expect(event).toEqual({ ...nothing, format: 'trace', action: 'X' })
})

const times: readonly (readonly [timestamp: unknown, time: number | null])[] = [
  [0, 0],
  ['1700000000000', 1_700_000_000_000],
  ['2023-11-14T22:13:20.000Z', 1_700_000_000_000],
  ['2023-11-14T22:13:20+0000', 1_700_000_000_000],
  ['', null],
  ['yesterday', null],
  [Number.NaN, null],
  [Number.POSITIVE_INFINITY, null],
  [8.64e15, 8.64e15],
  [8.64e15 + 1, null],
  [-8.64e15 - 1, null],
  ['8640000000000001', null],
  [1e300, null],
  [{}, null],
  [true, null],
]

test.each(times)('the timestamp %p is %p', (timestamp, time) => {
  expect(readEvent({ action: 'X', timestamp }, hrefs)).toEqual({
    ...nothing,
    format: 'trace',
    action: 'X',
    timestamp: time,
  })
})

const rubbish: readonly unknown[] = [
  undefined,
  null,
  1,
  'x',
  true,
  {},
  [{ action: 'X' }],
  { action: '' },
  { action: null },
  { action: {} },
  { severity: 'INFO' },
]

test.each(rubbish.map((value) => [value]))('%p is no event', (value) => {
  expect(readEvent(value, hrefs)).toBeNull()
})
