import { expect, test } from 'bun:test'
import { type Filters, streamUrl } from './filters.ts'

const stream = 'https://abiquo.example.com/m/stream'
const start = `${stream}?X-Atmosphere-Transport=sse&X-Atmosphere-Framework=1.0`

const cases: readonly (readonly [what: string, filters: Filters, query: string])[] = [
  ['no filter', {}, ''],
  ['one value', { entity: ['MACHINE'] }, '&entity=MACHINE'],
  ['several values of one filter', { entity: ['MACHINE', 'ENTERPRISE'] }, '&entity=MACHINE,ENTERPRISE'],
  [
    'all filters, whatever their order',
    { scope: ['PLATFORM'], enterprise: ['1'], user: ['system'], action: ['DEPLOY'], entity: ['E'], severity: ['INFO'] },
    '&severity=INFO&entity=E&action=DEPLOY&user=system&enterprise=1&scope=PLATFORM',
  ],
  ['a filter without values', { entity: [], user: ['a'] }, '&user=a'],
  [
    'values with characters of a query',
    { user: ['a,b', 'c&entity=X', 'd e+f', 'é', '%2C#'] },
    '&user=a%2Cb,c%26entity%3DX,d%20e%2Bf,%C3%A9,%252C%23',
  ],
]

test.each(cases)('the URL of %s', (_, filters, query) => {
  expect(streamUrl(stream, filters)).toBe(start + query)
})

test('whatever the query of the URL was, it is what the stream needs', () => {
  expect(streamUrl(`${stream}?x=1#y`, {})).toBe(`${start}#y`)
})
