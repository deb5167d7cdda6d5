import { expect, test } from 'bun:test'
import { knownActions, knownEntities, scopes, severities } from './names.ts'

const lists = { severities, scopes, knownEntities, knownActions }

test.each(Object.entries(lists))('%s are names as the platform writes them, each once', (_, names) => {
  expect(names.filter((name) => !/^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/.test(name))).toEqual([])
  expect([...new Set<string>(names)]).toEqual([...names])
})

test('entities and actions are sorted, so that a new one has its place', () => {
  expect([...knownEntities].sort()).toEqual([...knownEntities])
  expect([...knownActions].sort()).toEqual([...knownActions])
})

test('what changes the address of a virtual machine is known', () => {
  const actions = `DEPLOY_FINISH UNDEPLOY_FINISH VSM_VM_MOVED VSM_VM_DESTROYED MOVE_BY_HA DEPLOY_HA UNDEPLOY_HA
    RECONFIGURE CAPTURE IMPORT RELEASE SYNC_CREATE DELETE MOVE_TO_VAPP REFRESH REQUEST_ACCESS MODIFY`
  const entities = 'VIRTUAL_MACHINE VIRTUAL_APPLIANCE VIRTUAL_DATACENTER DATACENTER MACHINE ENTERPRISE'
  expect([...knownActions]).toEqual(expect.arrayContaining(actions.split(/\s+/)))
  expect([...knownEntities]).toEqual(expect.arrayContaining(entities.split(' ')))
})
