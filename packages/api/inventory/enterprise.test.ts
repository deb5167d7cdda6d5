import { expect, test } from 'bun:test'
import { Hrefs } from '../notation/href.ts'
import { enterprisePath, readEnterprise } from './enterprise.ts'

const hrefs = new Hrefs('https://abiquo.example.com/api')
const edit = { rel: 'edit', href: 'https://h:443/api/admin/enterprises/1' }
const list = { rel: 'virtualmachines', href: 'https://h:443/api/admin/enterprises/1/action/virtualmachines' }
const whole = { id: '1', name: 'Abiquo', virtualMachines: '/admin/enterprises/1/action/virtualmachines' }

const cases: readonly (readonly [what: string, entity: { [name: string]: unknown }, read: unknown])[] = [
  ['in JSON', { id: 1, name: 'Abiquo', links: [edit, list] }, whole],
  ['in XML', { id: '1', name: 'Abiquo', link: [{ '@rel': 'edit', '@href': edit.href }] }, whole],
  ['without its links', { id: 1, name: 'Abiquo', links: [] }, whole],
  ['without an id', { name: 'Abiquo', links: [edit] }, whole],
  ['without a name', { id: 1 }, { ...whole, name: null }],
  [
    'whose list has another path',
    { id: 1, links: [{ rel: 'virtualmachines', href: 'https://h/api/cloud/vms?limit=5' }] },
    { id: '1', name: null, virtualMachines: '/cloud/vms' },
  ],
  [
    'whose list is not below the API',
    { id: 1, links: [{ rel: 'virtualmachines', href: 'https://h/other/vms' }] },
    { ...whole, name: null },
  ],
  ['without id and links', { name: 'Abiquo' }, null],
  ['with an id that is a path', { id: '../users' }, null],
  ['with an empty id', { id: '' }, null],
]

test.each(cases)('an enterprise %s', (_, entity, read) => {
  expect(readEnterprise(entity, hrefs) as unknown).toEqual(read)
})

test('the path of an enterprise', () => {
  expect(enterprisePath('1')).toBe('/admin/enterprises/1')
})
