import { expect, test } from 'bun:test'
import { tokenOf } from '../token/token.ts'
import type { Sighting } from './book.ts'
import { Tally } from './tally.ts'

function sighting(id: string, port: number | null): Sighting {
  const address = port === null ? null : { host: '10.0.0.1', port }
  return { id, path: `/vms/${id}`, enterprise: '1', machine: null, datacenter: null, address }
}

test('a tally has the tokens of all VMs that were found with an address and are not left out', () => {
  const tally = new Tally()
  const elsewhere = { ...sighting('e', 3), leftOut: 'other-datacenter' } as const
  const some = [sighting('a', 1), sighting('b', null), sighting('c', 2), sighting('d', 2), elsewhere]
  const changes = some.map((each) => tally.found(each))
  const [one, two, three] = [1, 2, 3].map((port) => tokenOf({ host: '10.0.0.1', port }))
  expect({
    changes: changes.flat(),
    tokens: tally.tokens,
    lines: Object.fromEntries(tally.lines()),
    holds: [one, two, three].map((token) => tally.holds(token ?? '')),
    others: [tally.gone(), tally.absent(), tally.enterprises()],
  }).toEqual({
    changes: [],
    tokens: 2,
    lines: { [one ?? '']: { host: '10.0.0.1', port: 1 }, [two ?? '']: { host: '10.0.0.1', port: 2 } },
    holds: [true, true, false],
    others: [[], [], []],
  })
})
