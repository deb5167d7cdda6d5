import { expect, test } from 'bun:test'
import { array, assert, constantFrom, property, string, tuple } from 'fast-check'
import { Hrefs, lastSegment } from './href.ts'

const usual = new Hrefs('https://abiquo.example.com/api')

const paths: readonly (readonly [href: unknown, path: string | null])[] = [
  ['https://abiquo.example.com/api/admin/enterprises/1', '/admin/enterprises/1'],
  ['https://abiquo.example.com:443/api/admin/enterprises/1', '/admin/enterprises/1'],
  ['http://10.0.0.1:8009/api/admin/enterprises/1', '/admin/enterprises/1'],
  ['HTTPS://ABIQUO/api/admin/enterprises/1', '/admin/enterprises/1'],
  ['https://[fd00::1]:443/api/admin/enterprises/1', '/admin/enterprises/1'],
  ['https://h/api/admin/enterprises?limit=2&startwith=4', '/admin/enterprises?limit=2&startwith=4'],
  ['https://h/api/admin/enterprises/', '/admin/enterprises/'],
  ['/api/cloud/virtualdatacenters/3', '/cloud/virtualdatacenters/3'],
  ['/cloud/virtualdatacenters/3', '/cloud/virtualdatacenters/3'],
  ['/admin/enterprises/1/users/2', '/admin/enterprises/1/users/2'],
  ['/events', '/events'],
  ['/login?x=1', '/login?x=1'],
  ['https://h/api/cloud/a.b/..c/d', '/cloud/a.b/..c/d'],
  ['https://h/api', null],
  ['https://h/api/', null],
  ['https://h/apix/admin', null],
  ['https://h/other/admin', null],
  ['https://h', null],
  ['/clouds/1', null],
  ['/loginx', null],
  ['admin/enterprises/1', null],
  ['//evil.example.com/api/admin/enterprises/1', null],
  ['ftp://h/api/admin/enterprises/1', null],
  ['file:///api/admin/enterprises/1', null],
  ['', null],
  [null, null],
  [undefined, null],
  [17, null],
  ...[
    '/api/cloud/../admin/enterprises',
    '/api/cloud/./1',
    '/api/cloud/..',
    '/api/cloud/..?x',
    '/api/cloud/..;/admin',
    '/api/cloud//admin',
    '/api/cloud/%2e%2e/admin',
    '/api/cloud/%2E./admin',
    '/api/cloud/1%2Fadmin',
    '/api/cloud/1%5cadmin',
    '/api/cloud\\..\\admin',
    '/api/cloud/1#x',
    '/api/cloud/1 2',
    '/api/cloud/1\n2',
    '/api/../secret',
  ].flatMap((bad): [string, null][] => [
    [bad, null],
    [`https://h${bad}`, null],
  ]),
]

test.each(paths)('the path of %p is %p', (href, path) => {
  expect(usual.pathOf(href)).toBe(path)
})

const resources: readonly (readonly [href: unknown, path: string | null, id: string | null])[] = [
  ['https://h/api/admin/enterprises/1', '/admin/enterprises/1', '1'],
  ['https://h/api/admin/enterprises/1/', '/admin/enterprises/1', '1'],
  ['https://h/api/admin/enterprises/1?a=/b', '/admin/enterprises/1', '1'],
  ['https://h/api/admin/enterprises/1/?a=b', '/admin/enterprises/1', '1'],
  ['https://h/api/admin/a.b', '/admin/a.b', 'a.b'],
  ['/admin/enterprises/1', '/admin/enterprises/1', '1'],
  ['https://h/api/?x', null, null],
  ['https://h/other/1', null, null],
  [null, null, null],
]

test.each(resources)('the resource of %p is %p with the id %p', (href, path, id) => {
  expect(usual.resourceOf(href)).toBe(path)
  expect(usual.locate(href)).toEqual(path === null || id === null ? null : { path, id })
})

const contexts: readonly (readonly [location: string, href: string, path: string | null])[] = [
  ['https://h/abiquo/api/', 'https://x/abiquo/api/admin/enterprises/1', '/admin/enterprises/1'],
  ['https://h/abiquo/api', 'https://x/api/admin/enterprises/1', '/admin/enterprises/1'],
  ['https://h/abiquo/api', '/api/cloud/virtualdatacenters/1', '/cloud/virtualdatacenters/1'],
  ['https://h/abiquo/api', '/cloud/virtualdatacenters/1', '/cloud/virtualdatacenters/1'],
  ['https://h/abiquo/api', 'https://x/abiquo/admin/enterprises/1', null],
  ['https://h/a.i', 'https://x/abi/admin/1', null],
  ['https://h', 'https://x/admin/enterprises/1', '/admin/enterprises/1'],
  // What the platform tells of itself begins with /api, whatever a proxy made of that.
  ['https://h/', 'https://x/api/admin/enterprises/1', '/admin/enterprises/1'],
  ['https://h', '/api/cloud/virtualdatacenters/1', '/cloud/virtualdatacenters/1'],
]

test.each(contexts)('with the API at %p, %p leads to %p', (location, href, path) => {
  const hrefs = new Hrefs(location)
  expect([hrefs.pathOf(href), hrefs.resourceOf(href)]).toEqual([path, path])
})

test('the short way for plain hrefs finds what the long one does', () => {
  const segment = constantFrom('api', 'abiquo', 'admin', 'cloud', '1', 'a-b', '', '.', '..', '%2e', 'x?y=1', 'z#', ' ')
  const origin = constantFrom('https://h', 'http://h:443', 'HTTP://h', '', 'ftp://h', 'https://u@h', string())
  const location = constantFrom('https://h/api', 'https://h/abiquo/api', 'https://h')
  assert(
    property(location, tuple(origin, array(segment, { maxLength: 5 })), (api, [start, segments]) => {
      const hrefs = new Hrefs(api)
      const href = [start, ...segments].join('/')
      const path = hrefs.pathOf(href)?.replace(/\?.*$/s, '').replace(/\/+$/, '') ?? ''
      const id = lastSegment(path)
      expect(hrefs.locate(href)).toEqual(id === null ? null : { path, id })
    }),
    { numRuns: 2000 },
  )
})

test('what many links lead to is found once', () => {
  const hrefs = new Hrefs('https://h/api')
  const first = hrefs.locateShared('https://h/api/admin/machines/1')
  expect(first).toEqual({ path: '/admin/machines/1', id: '1' })
  expect(hrefs.locateShared('https://h/api/admin/machines/1')).toBe(first)
  expect([hrefs.locateShared('https://h/elsewhere'), hrefs.locateShared(null)]).toEqual([null, null])
})

test('shared hrefs are forgotten before they fill the memory', () => {
  const hrefs = new Hrefs('https://h/api')
  const first = hrefs.locateShared('https://h/api/admin/machines/0')
  for (let id = 1; id <= 20_000; id++) hrefs.locateShared(`https://h/api/admin/machines/${id}`)
  const again = hrefs.locateShared('https://h/api/admin/machines/0')
  expect(again).toEqual(first)
  expect(again).not.toBe(first)
})

test('the last segment of a path is its id', () => {
  expect(['/a/b', '/a/', '', null].map(lastSegment)).toEqual(['b', null, null, null])
})
