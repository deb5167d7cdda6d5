import { describe, expect, test } from 'bun:test'
import { Hrefs, type PlatformEvent, readEvent } from '@novnc-tokens/api'
import { type Expectation, type Scope, triggerOf, watchedEntities } from './trigger.ts'

const hrefs = new Hrefs('https://abiquo.example.com/api')
const vm = '/cloud/virtualdatacenters/3/virtualappliances/7/virtualmachines/21'
const appliance = '/cloud/virtualdatacenters/3/virtualappliances/7'
const datacenter = '/cloud/virtualdatacenters/3'
const machine = '/admin/datacenters/1/racks/2/machines/5'
const enterprise = '/admin/enterprises/4'

/** An event as 4.7 and later send it. */
function trace(action: string, entity: string | null, path: string | null, owner: string | null = enterprise) {
  return read({
    action,
    entity,
    entityURI: path === null ? null : `/api${path}`,
    entityEnterpriseURI: owner === null ? null : `/api${owner}`,
    // Of who acted: it never tells whose the thing is.
    enterpriseURI: '/api/admin/enterprises/1',
    userURI: '/api/admin/enterprises/1/users/1',
    severity: 'INFO',
    timestamp: 1_700_000_000_000,
  })
}

/** An event as versions up to 4.6 send it. */
function legacy(action: string, type: string | null, path: string | null) {
  return read({
    action,
    type,
    entityIdentifier: path,
    enterprise: '/admin/enterprises/1',
    user: '/admin/enterprises/1/users/1',
    severity: 'INFO',
    timestamp: '1700000000000',
    details: { VIRTUAL_MACHINE_NAME: 'ABQ_1' },
  })
}

function read(fields: Record<string, unknown>): PlatformEvent {
  const event = readEvent(fields, hrefs)
  if (event === null) throw new Error('no event')
  return event
}

const ofVm: readonly [action: string, expects: Expectation | null, mayBeGone: boolean][] = [
  ['DEPLOY_FINISH', 'address', false],
  ['UNDEPLOY_FINISH', 'none', true],
  ['VSM_VM_MOVED', 'change', false],
  ['VSM_VM_DESTROYED', null, true],
  ['MOVE_BY_HA', 'change', false],
  ['DEPLOY_HA', 'change', false],
  ['UNDEPLOY_HA', null, false],
  ['RECONFIGURE', null, false],
  ['CAPTURE', null, false],
  ['IMPORT', null, false],
  ['RELEASE', null, true],
  ['SYNC_CREATE', null, false],
  ['DELETE', 'none', true],
  ['MOVE_TO_VAPP', null, false],
  ['REFRESH', null, false],
  ['REQUEST_ACCESS', null, false],
]

const others: readonly [
  action: string,
  entity: string,
  path: string,
  scope: Scope,
  expects: Expectation | null,
  mayBeGone: boolean,
][] = [
  ['DELETE', 'VIRTUAL_APPLIANCE', appliance, { kind: 'under', path: appliance }, null, false],
  ['DELETE', 'VIRTUAL_DATACENTER', datacenter, { kind: 'under', path: datacenter }, null, false],
  ['MODIFY', 'MACHINE', machine, { kind: 'machine', path: machine }, 'change', false],
  ['DELETE', 'MACHINE', machine, { kind: 'machine', path: machine }, null, false],
  ['DELETE', 'ENTERPRISE', enterprise, { kind: 'enterprise', id: '4', itself: true }, null, true],
]

const silent = [
  'DEPLOY',
  'UNDEPLOY',
  'ALLOCATE_START',
  'ALLOCATE_FINISH',
  'ALLOCATE_ERROR',
  'POWER_ON',
  'POWER_OFF',
  'PAUSE',
  'RESUME',
  'RESET',
  'STATE',
  'STATE_CHANGE',
  'VSM_CHANGE_STATE',
  'CREATE',
  'INSTANCE',
  'METADATA_MODIFIED',
  'deploy_finish',
  'DEPLOY_FINISH ',
  '',
]

describe('an event of a VM', () => {
  test.each(ofVm)('%s reads that VM, expecting %p', (action, expects, mayBeGone) => {
    const common = { expects, mayBeGone, datacenter: null, why: action }
    expect([triggerOf(trace(action, 'VIRTUAL_MACHINE', vm)), triggerOf(legacy(action, 'VIRTUAL_MACHINE', vm))]).toEqual(
      [
        { scope: { kind: 'vm', path: vm, enterprise: '4' }, ...common },
        { scope: { kind: 'vm', path: vm, enterprise: null }, ...common },
      ],
    )
  })

  test.each(ofVm)('%s without a URI reads its enterprise, and everything where it does not tell that', (action) => {
    expect([
      triggerOf(trace(action, 'VIRTUAL_MACHINE', null))?.scope,
      triggerOf(trace(action, 'VIRTUAL_MACHINE', null, null))?.scope,
      triggerOf(legacy(action, 'VIRTUAL_MACHINE', null))?.scope,
    ]).toEqual([{ kind: 'enterprise', id: '4', itself: false }, { kind: 'all' }, { kind: 'all' }])
  })

  test('that names something else than a VM reads its enterprise', () => {
    expect(
      [appliance, enterprise, `${vm}/tasks/1`, 'https://elsewhere.example.com/x'].map(
        (path) => triggerOf(trace('DEPLOY_FINISH', 'VIRTUAL_MACHINE', path))?.scope,
      ),
    ).toEqual(Array.from({ length: 4 }, () => ({ kind: 'enterprise', id: '4', itself: false })))
  })

  test('is known by its URI where it does not say what it is about', () => {
    expect([triggerOf(trace('DEPLOY_FINISH', null, vm)), triggerOf(trace('DEPLOY_FINISH', null, appliance))]).toEqual([
      {
        scope: { kind: 'vm', path: vm, enterprise: '4' },
        expects: 'address',
        mayBeGone: false,
        datacenter: null,
        why: 'DEPLOY_FINISH',
      },
      null,
    ])
  })

  test('says no less for being an error or a warning', () => {
    const failed = read({
      action: 'UNDEPLOY_FINISH',
      entity: 'VIRTUAL_MACHINE',
      entityURI: `/api${vm}`,
      severity: 'ERROR',
    })
    expect(triggerOf(failed)?.scope).toEqual({ kind: 'vm', path: vm, enterprise: null })
  })
})

describe('an event of something that has VMs', () => {
  test.each(others)('%s of a %s at %s reads what that has', (action, entity, path, scope, expects, mayBeGone) => {
    const where = entity === 'MACHINE' ? '1' : null
    const trigger = { scope, expects, mayBeGone, datacenter: where, why: `${entity} ${action}` }
    expect([triggerOf(trace(action, entity, path)), triggerOf(legacy(action, entity, path))]).toEqual([
      trigger,
      trigger,
    ])
  })

  test.each(others)('%s of a %s without a URI reads its enterprise, else everything', (action, entity) => {
    expect([
      triggerOf(trace(action, entity, null))?.scope,
      triggerOf(trace(action, entity, null, null))?.scope,
      triggerOf(legacy(action, entity, null))?.scope,
    ]).toEqual([{ kind: 'enterprise', id: '4', itself: false }, { kind: 'all' }, { kind: 'all' }])
  })
})

describe('a trigger tells the datacenter', () => {
  test.each<[string, Record<string, unknown>, string | null]>([
    ['that an event of a VM tells', { entity: 'VIRTUAL_MACHINE', entityURI: `/api${vm}`, idDatacenter: 2 }, '2'],
    ['of a VM without a URI', { entity: 'VIRTUAL_MACHINE', entityURI: null, idDatacenter: '2' }, '2'],
    ['that a machine has in its path', { entity: 'MACHINE', entityURI: `/api${machine}`, idDatacenter: 2 }, '1'],
    ['of a machine without a URI', { entity: 'MACHINE', entityURI: null, idDatacenter: 2 }, '2'],
    ['of what stands elsewhere', { entity: 'MACHINE', entityURI: '/api/admin/datacenters/3', idDatacenter: 2 }, '2'],
    ['as null where nothing tells it', { entity: 'VIRTUAL_APPLIANCE', entityURI: `/api${appliance}` }, null],
  ])('%s', (_, fields, datacenter) => {
    expect(triggerOf(read({ action: 'DELETE', ...fields }))?.datacenter).toBe(datacenter)
  })
})

describe('nothing is read again', () => {
  const paths: Readonly<Record<string, string>> = {
    VIRTUAL_MACHINE: vm,
    VIRTUAL_APPLIANCE: appliance,
    VIRTUAL_DATACENTER: datacenter,
    MACHINE: machine,
    ENTERPRISE: enterprise,
    DATACENTER: '/admin/datacenters/1',
    RACK: '/admin/datacenters/1/racks/2',
    USER: '/admin/enterprises/4/users/9',
    VIRTUAL_MACHINE_TEMPLATE: '/admin/enterprises/4/datacenterrepositories/1/virtualmachinetemplates/8',
    TASK: `${vm}/tasks/1`,
  }
  const heard = new Set([
    ...ofVm.map(([action]) => `${action} VIRTUAL_MACHINE`),
    ...others.map(([action, entity]) => `${action} ${entity}`),
  ])
  const actions = [...new Set([...silent, ...ofVm.map(([action]) => action), ...others.map(([action]) => action)])]
  const pairs = Object.entries(paths).flatMap(([entity, path]) =>
    actions
      .filter((action) => action !== '' && !heard.has(`${action} ${entity}`))
      .map((action) => [action, entity, path]),
  )

  test('for any other pair of action and entity, with and without a URI, in both formats', () => {
    const triggers = pairs.flatMap(([action = '', entity = '', path = '']) =>
      [
        trace(action, entity, path),
        trace(action, entity, null),
        legacy(action, entity, path),
        legacy(action, entity, null),
      ]
        .map(triggerOf)
        .filter((trigger) => trigger !== null)
        .map((trigger) => ({ action, entity, trigger })),
    )
    expect(triggers).toEqual([])
    expect(pairs.length).toBeGreaterThan(250)
  })

  test('for an event that says of nothing what it is about', () => {
    expect([triggerOf(trace('DEPLOY_FINISH', null, null)), triggerOf(trace('DELETE', null, enterprise))]).toEqual([
      null,
      null,
    ])
  })
})

test('every entity whose events matter is watched, and no other', () => {
  const mattering = new Set(['VIRTUAL_MACHINE', ...others.map(([, entity]) => entity)])
  expect([...watchedEntities].sort()).toEqual([...mattering].sort())
})
