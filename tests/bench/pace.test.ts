import { expect, test } from 'bun:test'
import { delaysFor } from './pace.ts'

const list = '/api/admin/enterprises/1/action/virtualmachines'
const request = (path: string, bytes: number) => ({ kind: 'rest' as const, path, bytes })

test('answers are late in proportion to their mean size, and small ones are not', () => {
  expect(
    delaysFor([
      request(`${list}?limit=0`, 5e6),
      request(`${list.replace('1', '2')}?limit=0`, 7e6),
      request(`${list}?limit=250`, 1.5e6),
      request(`${list}?limit=250&startwith=1000`, 40),
      request('/api/admin/enterprises?limit=250', 9e6),
      request('/api/login', 9e6),
    ]),
  ).toEqual([
    { query: 'limit=0', ms: 12 },
    { query: 'limit=250', ms: 3 },
  ])
})
