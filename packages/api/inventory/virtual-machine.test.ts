import { expect, test } from 'bun:test'
import { Hrefs } from '../notation/href.ts'
import { parseXml } from '../notation/xml.ts'
import { isVirtualMachinePath, readAddress, readVirtualMachine } from './virtual-machine.ts'

const hrefs = new Hrefs('https://abiquo.example.com/api')
const origin = 'https://10.0.0.1:443/api'
const appliance = '/cloud/virtualdatacenters/2/virtualappliances/3'
const links = [
  { rel: 'edit', href: `${origin}${appliance}/virtualmachines/4`, type: 'application/vnd.abiquo.virtualmachine+json' },
  { rel: 'virtualappliance', href: `${origin}${appliance}` },
  { rel: 'enterprise', href: `${origin}/admin/enterprises/1` },
  { rel: 'machine', href: `${origin}/admin/datacenters/5/racks/6/machines/7` },
  { rel: 'location', href: `${origin}/cloud/locations/5` },
]
const entity = {
  id: 4,
  uuid: '0b5c',
  name: 'ABQ_1',
  label: 'web',
  state: 'ON',
  vdrpEnabled: true,
  vdrpIP: '10.60.1.79',
  vdrpPort: 5901,
  password: 'vnc-secret',
  links,
}
const whole = {
  id: '4',
  path: `${appliance}/virtualmachines/4`,
  name: 'ABQ_1',
  uuid: '0b5c',
  enterprise: '1',
  machine: '/admin/datacenters/5/racks/6/machines/7',
  datacenter: '5',
  vdrpIp: '10.60.1.79',
  vdrpPort: 5901,
}

test('a virtual machine in JSON, without its VNC password', () => {
  expect(readVirtualMachine(entity, hrefs)).toEqual(whole)
})

test('a virtual machine whose address alone is wanted has no enterprise, machine and datacenter', () => {
  expect(readAddress(entity, hrefs)).toEqual({ ...whole, enterprise: null, machine: null, datacenter: null })
})

test('the same in XML', () => {
  const fields = Object.entries(entity).filter(([name]) => name !== 'links')
  const text = `<virtualMachine>${fields.map(([name, value]) => `<${name}>${value}</${name}>`).join('')}${links
    .map(({ rel, href }) => `<link rel="${rel}" href="${href}"/>`)
    .join('')}</virtualMachine>`
  const parsed = parseXml(text)['virtualMachine']
  if (typeof parsed !== 'object') throw new Error('The test document is no element with parts')
  expect(readVirtualMachine(parsed, hrefs)).toEqual(whole)
})

const changes: readonly (readonly [what: string, changes: object, read: object | null])[] = [
  ['undeployed', { vdrpIP: undefined, vdrpPort: 0 }, { vdrpIp: null, vdrpPort: 0 }],
  [
    'undeployed, with null and a machine no more',
    { vdrpIP: null, vdrpPort: null, links: links.slice(0, 1) },
    { vdrpIp: null, vdrpPort: null, enterprise: null, machine: null, datacenter: null },
  ],
  ['with an empty address', { vdrpIP: '' }, { vdrpIp: null }],
  ['with an address that is no text', { vdrpIP: 17 }, { vdrpIp: null }],
  [
    'with an address that others have to judge',
    { vdrpIP: '10.0.0.1\nfff: 6.6.6.6' },
    { vdrpIp: '10.0.0.1\nfff: 6.6.6.6' },
  ],
  ['with its port as text', { vdrpPort: '5901' }, {}],
  ['with remote access switched off', { vdrpPort: 65545 }, { vdrpPort: 65545 }],
  ['with a port that is no number', { vdrpPort: '5901a' }, { vdrpPort: Number.NaN }],
  ['without name and uuid', { name: null, uuid: '' }, { name: null, uuid: null }],
  ['with an id that differs from its URI', { id: 99 }, {}],
  ['without an id beside its URI', { id: undefined }, {}],
  [
    'with "self" instead of "edit"',
    { links: links.map((link) => (link.rel === 'edit' ? { ...link, rel: 'self' } : link)) },
    {},
  ],
  ['without "edit", known by its appliance and id', { links: links.slice(1) }, {}],
  [
    'whose "edit" leads elsewhere',
    { links: [{ rel: 'edit', href: `${origin}/admin/users/4` }, ...links.slice(1)] },
    {},
  ],
  [
    'whose "edit" leaves the API',
    { links: [{ rel: 'edit', href: 'https://h/x/virtualmachines/4' }, ...links.slice(1)] },
    {},
  ],
  ['without "edit" and id', { id: undefined, links: links.slice(1) }, null],
  ['without "edit" and appliance', { links: links.slice(2) }, null],
  ['without "edit", with an id that is a path', { id: '../../4', links: links.slice(1) }, null],
  ['without links', { links: [] }, null],
  ['without anything', { id: undefined, links: undefined }, null],
]

test.each(changes)('a virtual machine %s', (_, changed, read) => {
  expect(readVirtualMachine({ ...entity, ...changed }, hrefs)).toEqual(read === null ? null : { ...whole, ...read })
})

test('a path is that of a virtual machine where it ends in one', () => {
  const paths = [
    whole.path,
    appliance,
    `${whole.path}/tasks`,
    `${appliance}/virtualmachines`,
    `${appliance}/virtualmachines/`,
  ]
  expect(paths.map(isVirtualMachinePath)).toEqual([true, false, false, false, false])
})
