import { describe, expect, test } from 'bun:test'
import type { VirtualMachine } from '@novnc-tokens/api'
import type { Sighting } from '../book/book.ts'
import { type LeftOut, Selection } from '../book/selection.ts'
import type { Note } from '../keeper/note.ts'
import { Sightings } from './sightings.ts'

function vm(id: string, vdrpIp: string | null, vdrpPort: number | null): VirtualMachine {
  const path = `/vapp/1/virtualmachines/${id}`
  return { id, path, name: 'web', uuid: 'u', enterprise: '4', machine: '/m/1', datacenter: '2', vdrpIp, vdrpPort }
}

function leftOut(reason: LeftOut, enterprise: string | null, datacenter: string | null): Sighting {
  const address = { host: '10.0.0.1', port: 5900 }
  return {
    id: '1',
    path: '/vapp/1/virtualmachines/1',
    enterprise,
    machine: '/m/1',
    datacenter,
    address,
    leftOut: reason,
  }
}

const forged = '10.0.0.1\nfff: 6.6.6.6'

test.each([
  ['10.0.0.1', 5900, { host: '10.0.0.1', port: 5900 }],
  ['10.0.0.1', 65_545, null],
  ['10.0.0.1', 0, null],
  [null, 5900, null],
  [forged, 5900, null],
])('a VM at %p port %p is seen at %p', (ip, port, address) => {
  expect(new Sightings(() => {}).of(vm('1', ip, port))).toEqual({
    id: '1',
    path: '/vapp/1/virtualmachines/1',
    enterprise: '4',
    machine: '/m/1',
    datacenter: '2',
    address,
    leftOut: null,
  })
})

test('an address that is none is told once for its VM, until it is another one', () => {
  const notes: Note[] = []
  const sightings = new Sightings((note) => notes.push(note))
  for (const ip of [forged, forged, 'a b', '10.0.0.1', forged]) sightings.of(vm('1', ip, 5900))
  sightings.of(vm('2', forged, 5900))
  const told = (id: string, what: string) => ({
    kind: 'address-refused',
    vm: `/vapp/1/virtualmachines/${id}`,
    why: `${JSON.stringify(what)} is no host`,
  })
  expect(notes).toEqual([told('1', forged), told('1', 'a b'), told('1', forged), told('2', forged)] as Note[])
})

test('a port that is no number is told too, and gives no address', () => {
  const notes: Note[] = []
  const sightings = new Sightings((note) => notes.push(note))
  const seen = [1, 2].map(() => sightings.of(vm('1', '10.0.0.1', Number.NaN)).address)
  expect([seen, sightings.refused, notes]).toEqual([
    [null, null],
    1,
    [{ kind: 'address-refused', vm: '/vapp/1/virtualmachines/1', why: 'its port is no number' }],
  ])
})

test('VMs with such an address are counted for as long as they have it', () => {
  const sightings = new Sightings(() => {})
  const counts = [
    vm('1', forged, 5900),
    vm('2', forged, 5900),
    vm('1', forged, 5901),
    vm('1', '10.0.0.1', 5900),
    vm('2', null, 0),
    vm('3', forged, 1),
    vm('4', '10.0.0.1', Number.NaN),
    vm('4', '10.0.0.1', 5900),
  ].map((each) => {
    sightings.of(each)
    return sightings.refused
  })
  sightings.forget('3')
  expect([...counts, sightings.refused]).toEqual([1, 2, 2, 1, 0, 1, 2, 1, 0])
})

describe('of a selection', () => {
  const selection = new Selection({ datacenters: ['2'], enterprises: ['4'] })

  test('a VM is of its own enterprise, and of the one that told of it where it tells none', () => {
    const sightings = new Sightings(() => {}, selection)
    const own = vm('1', '10.0.0.1', 5900)
    const untold = { ...own, enterprise: null }
    const seen = [sightings.of(own, '5'), sightings.of({ ...own, enterprise: '5' }, '4'), sightings.of(untold, '4')]
    expect([...seen, sightings.of(untold)]).toEqual([
      { ...leftOut('no-enterprise', '4', '2'), leftOut: null },
      leftOut('other-enterprise', '5', '2'),
      { ...leftOut('no-enterprise', '4', '2'), leftOut: null },
      leftOut('no-enterprise', null, '2'),
    ])
  })

  test('a VM without a datacenter, or in another one, is left out', () => {
    const sightings = new Sightings(() => {}, selection)
    const own = vm('1', '10.0.0.1', 5900)
    expect([sightings.of({ ...own, datacenter: null }), sightings.of({ ...own, datacenter: '3' })]).toEqual([
      leftOut('no-datacenter', '4', null),
      leftOut('other-datacenter', '4', '3'),
    ])
  })

  test('an address that is none is no matter of a VM that is left out', () => {
    const notes: Note[] = []
    const sightings = new Sightings((note) => notes.push(note), selection)
    const ours = vm('1', forged, 5900)
    sightings.of({ ...ours, id: '2', datacenter: '3' })
    const before = [notes.length, sightings.refused]
    sightings.of(ours)
    sightings.of({ ...ours, datacenter: '3' })
    expect([before, notes.length, sightings.refused]).toEqual([[0, 0], 1, 0])
  })
})
