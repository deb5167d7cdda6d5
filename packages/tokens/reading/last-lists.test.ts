import { expect, test } from 'bun:test'
import { LastLists } from './last-lists.ts'

test('what the last list of each enterprise showed is summed up', () => {
  const lists = new LastLists()
  const none = { 'other-datacenter': 0, 'no-datacenter': 0, 'other-enterprise': 0, 'no-enterprise': 0 }
  const seen: unknown[] = []
  const look = () => seen.push([lists.size, lists.sizeOf('1'), lists.sizeOf('2'), lists.leftOut()])
  look()
  lists.ended('1', 10, ['other-datacenter', 'no-datacenter', 'other-datacenter'])
  lists.ended('2', 5, ['other-datacenter', 'other-enterprise'])
  look()
  lists.ended('1', 8, ['no-enterprise'])
  look()
  lists.gone('1')
  lists.ended('2', 0, [])
  lists.gone('3')
  look()
  expect(seen).toEqual([
    [0, 0, 0, none],
    [15, 10, 5, { ...none, 'other-datacenter': 3, 'no-datacenter': 1, 'other-enterprise': 1 }],
    [13, 8, 5, { ...none, 'other-datacenter': 1, 'other-enterprise': 1, 'no-enterprise': 1 }],
    [0, 0, 0, none],
  ])
})
