import { expect, test } from 'bun:test'
import { hasPagingLinks, integerOf, isResource, linkOf, textOf } from './resource.ts'

test('an object is a resource; an array, null and scalars are none', () => {
  expect([{}, [], null, 'x', 1, undefined].map(isResource)).toEqual([true, false, false, false, false, false])
})

test('a scalar is a text; what is empty, missing or has parts is none', () => {
  const resource = { a: 'x', b: 0, c: false, d: '', e: null, f: ['x'], g: { x: 1 } }
  expect(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((name) => textOf(resource, name))).toEqual([
    'x',
    '0',
    'false',
    null,
    null,
    null,
    null,
    null,
  ])
})

const integers: readonly (readonly [value: unknown, integer: number | null])[] = [
  [5901, 5901],
  [0, 0],
  [-1, -1],
  ['5901', 5901],
  ['-1', -1],
  ['007', 7],
  ['', null],
  [' 1\n', 1],
  ['1.0', null],
  ['1e3', null],
  ['0x10', null],
  ['1234567890123456', null],
  [1.5, null],
  [Number.NaN, null],
  [Number.POSITIVE_INFINITY, null],
  [2 ** 60, null],
  [true, null],
  [null, null],
  [['1'], null],
]

test.each(integers)('%p is the whole number %p', (value, integer) => {
  expect(integerOf({ value }, 'value')).toBe(integer)
})

const links: readonly (readonly [what: string, resource: { [name: string]: unknown }, href: string | null])[] = [
  ['of JSON', { links: [{ rel: 'next', href: '/2' }] }, '/2'],
  [
    'that is not the first of all',
    {
      links: [
        { rel: 'edit', href: '/1' },
        { rel: 'next', href: '/2' },
      ],
    },
    '/2',
  ],
  [
    'that comes twice',
    {
      links: [
        { rel: 'next', href: '/2' },
        { rel: 'next', href: '/3' },
      ],
    },
    '/2',
  ],
  [
    'behind one without href',
    { links: [{ rel: 'next' }, { rel: 'next', href: '' }, { rel: 'next', href: '/2' }] },
    '/2',
  ],
  ['among rubbish', { links: [null, 'next', 7, ['next'], { rel: 'next', href: '/2' }] }, '/2'],
  ['whose href is no text', { links: [{ rel: 'next', href: 2 }] }, null],
  ['of XML, alone', { link: { '@rel': 'next', '@href': '/2' } }, '/2'],
  [
    'of XML, among others',
    {
      link: [
        { '@rel': 'edit', '@href': '/1' },
        { '@rel': 'next', '@href': '/2' },
      ],
    },
    '/2',
  ],
  ['of XML among rubbish', { link: ['', { '@rel': 'next' }, { '@rel': 'next', '@href': '/2' }] }, '/2'],
  ['of no notation', { links: {}, link: undefined }, null],
  ['that is not there', { links: [] }, null],
]

test.each(links)('a link %s is found', (_, resource, href) => {
  expect(linkOf(resource, 'next')).toBe(href)
})

test('a page with any link of paging tells where it ends', () => {
  const withLink = (rel: string) => ({ links: [{ rel, href: '/x' }] })
  const found = ['first', 'last', 'next', 'previous', 'prev', 'edit'].map((rel) => hasPagingLinks(withLink(rel)))
  expect(found).toEqual([true, true, true, true, true, false])
  expect(hasPagingLinks({ links: [] })).toBe(false)
})
