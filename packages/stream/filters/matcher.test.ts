import { expect, test } from 'bun:test'
import { Hrefs, type PlatformEvent, readEvent } from '@novnc-tokens/api'
import type { Filters } from './filters.ts'
import { matcher, matches } from './matcher.ts'

const hrefs = new Hrefs('https://abiquo.example.com/api')

function event(value: object): PlatformEvent {
  const read = readEvent(value, hrefs)
  if (read === null) throw new Error('This is no event')
  return read
}

const deploy = event({
  severity: 'INFO',
  entity: 'VIRTUAL_MACHINE',
  action: 'DEPLOY_FINISH',
  userName: 'ann',
  userURI: '/api/admin/enterprises/3/users/12',
  enterpriseName: 'Acme',
  enterpriseURI: '/api/admin/enterprises/3',
})
const moved = event({
  severity: 'WARN',
  entity: 'VIRTUAL_MACHINE',
  action: 'VSM_VM_MOVED',
  userName: null,
  userURI: null,
})
const bare = event({ action: 'DEPLOY', entity: null })
const legacy = event({
  severity: 'ERROR',
  type: 'VIRTUAL_MACHINE',
  action: 'DEPLOY',
  user: '/admin/enterprises/3/users/12',
  enterprise: '/admin/enterprises/3',
})
const legacySystem = event({ severity: 'INFO', type: 'MACHINE', action: 'MODIFY', user: 'SYSTEM' })
const namedSystem = event({ action: 'MODIFY', entity: 'MACHINE', userName: 'SYSTEM', userURI: null })

const all = { deploy, moved, bare, legacy, legacySystem, namedSystem }

const cases: readonly (readonly [filters: Filters, passing: readonly (keyof typeof all)[]])[] = [
  [{}, ['deploy', 'moved', 'bare', 'legacy', 'legacySystem', 'namedSystem']],
  [{ severity: [], user: [] }, ['deploy', 'moved', 'bare', 'legacy', 'legacySystem', 'namedSystem']],
  [{ severity: ['WARN', 'ERROR'] }, ['moved', 'legacy']],
  [{ severity: ['warn'] }, ['moved']],
  [{ entity: ['virtual_machine'] }, ['deploy', 'moved', 'legacy']],
  [{ action: ['DEPLOY'] }, ['bare', 'legacy']],
  [{ action: ['=deploy', 'MODIFY'], entity: ['MACHINE'] }, ['legacySystem', 'namedSystem']],
  [{ severity: ['INFO'], entity: ['VIRTUAL_MACHINE'] }, ['deploy']],
  [{ user: ['system'] }, ['moved', 'bare', 'legacySystem', 'namedSystem']],
  [{ user: ['System', 'ann'] }, ['deploy', 'moved', 'bare', 'legacySystem', 'namedSystem']],
  [{ user: ['ann'] }, ['deploy']],
  [{ user: ['Ann'] }, []],
  [{ user: ['12'] }, ['deploy', 'legacy']],
  [{ user: ['2'] }, []],
  [{ user: ['/admin/enterprises/3/users/12'] }, ['deploy', 'legacy']],
  [{ user: ['/api/admin/enterprises/3/users/12/'] }, ['deploy', 'legacy']],
  [{ user: ['https://h:443/api/admin/enterprises/3/users/12?x=/y'] }, ['deploy', 'legacy']],
  [{ user: ['/api/admin/enterprises/3/users/1'] }, []],
  [{ enterprise: ['Acme'] }, ['deploy']],
  [{ enterprise: ['3'] }, ['deploy', 'legacy']],
  [{ enterprise: ['https://h/api/admin/enterprises/3'] }, ['deploy', 'legacy']],
  [{ enterprise: ['system'] }, []],
  [{ enterprise: ['3'], user: ['system'] }, []],
  // No field tells it.
  [{ scope: ['PLATFORM'], severity: ['WARN'] }, ['moved']],
]

test.each(cases)('%j lets %j pass', (filters, passing) => {
  const wanted = matcher(filters)
  const names = Object.entries(all)
  expect(names.flatMap(([name, each]) => (wanted(each) ? [name] : []))).toEqual([...passing])
  expect(names.flatMap(([name, each]) => (matches(each, filters) ? [name] : []))).toEqual([...passing])
})
