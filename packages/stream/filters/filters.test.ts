import { expect, test } from 'bun:test'
import { type Filters, normalizeFilters, streamUrl } from './filters.ts'

const stream = 'https://abiquo.example.com/m/stream'
const atmosphere = 'X-Atmosphere-Transport=sse&X-Atmosphere-Framework=1.0'

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
  ['names in any case', { severity: ['warn', 'Error'], scope: ['platform'] }, '&severity=WARN,ERROR&scope=PLATFORM'],
  ['the system in any case, and no other user', { user: ['System', 'Ann', 'ann'] }, '&user=system,Ann,ann'],
  [
    'a name that is insisted on',
    { entity: ['=virtual_machin'], action: ['=DEPLOYS'] },
    '&entity=VIRTUAL_MACHIN&action=DEPLOYS',
  ],
  ['blanks around values', { entity: [' MACHINE '], user: [' ann b '] }, '&entity=MACHINE&user=ann%20b'],
  ['the same value twice', { severity: ['warn', 'WARN'], user: ['a', 'a'] }, '&severity=WARN&user=a'],
  [
    'values with characters of a query',
    { user: ['a,b', 'c&entity=X', 'd e+f', 'é', '%2C#'], enterprise: ['=a'] },
    '&user=a%2Cb,c%26entity%3DX,d%20e%2Bf,%C3%A9,%252C%23&enterprise=%3Da',
  ],
]

test.each(cases)('the URL of %s', (_, filters, query) => {
  expect(streamUrl(stream, filters)).toBe(`${stream}?${atmosphere}${query}`)
})

const queries: readonly (readonly [what: string, query: string, filters: Filters, expected: string])[] = [
  ['stays', '?x=1&y=%2C', {}, `?x=1&y=%2C&${atmosphere}`],
  ['stays where it is a filter that is not given', '?scope=PLATFORM', {}, `?scope=PLATFORM&${atmosphere}`],
  ['gives way to what the stream needs', '?X-Atmosphere-Transport=websocket&x=1', {}, `?x=1&${atmosphere}`],
  ['gives way to a filter', '?user=a&%75ser=b&x=1', { user: ['c'] }, `?x=1&${atmosphere}&user=c`],
  ['may be empty', '?', {}, `?${atmosphere}`],
]

test.each(queries)('the query of the URL %s', (_, query, filters, expected) => {
  expect(streamUrl(stream + query, filters)).toBe(stream + expected)
})

test('normal filters have only what is asked for', () => {
  const filters: Filters = {
    severity: ['warn'],
    entity: [],
    action: ['=x', 'X'],
    user: ['SYSTEM'],
    enterprise: [' A '],
  }
  expect(normalizeFilters(filters)).toEqual({ severity: ['WARN'], action: ['X'], user: ['system'], enterprise: ['A'] })
})
