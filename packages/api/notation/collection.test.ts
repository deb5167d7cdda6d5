import { expect, test } from 'bun:test'
import type { Body } from '../request/body.ts'
import { BodyError, readCollection, readEntity, readErrors } from './collection.ts'

const json = 'application/vnd.abiquo.enterprises+json'
const xml = 'application/vnd.abiquo.enterprises+xml'
const html = '<!DOCTYPE html><html><body>Log in, secret-of-the-page</body></html>'

const asJson = (value: unknown): Body => ({ json: value })
const asText = (text: string): Body => ({ text })

test('a collection in JSON, with all that it tells', () => {
  const next = 'https://h/api/admin/enterprises?startwith=2'
  const body = asJson({ links: [{ rel: 'next', href: next }], collection: [{ id: 1 }, { id: 2 }], totalSize: 3 })
  expect(readCollection(body, json, 'enterprise')).toEqual({
    items: [{ id: 1 }, { id: 2 }],
    totalSize: 3,
    next,
    linked: true,
  })
})

test('the same in XML', () => {
  const next = 'https://h/api/admin/enterprises?startwith=2&amp;limit=2'
  const text = `<enterprises><link rel="next" href="${next}"/><totalSize>3</totalSize>
    <enterprise><id>1</id></enterprise><enterprise><id>2</id></enterprise></enterprises>`
  expect(readCollection(asText(text), xml, 'enterprise')).toEqual({
    items: [{ id: '1' }, { id: '2' }],
    totalSize: 3,
    next: 'https://h/api/admin/enterprises?startwith=2&limit=2',
    linked: true,
  })
})

const bare = { totalSize: null, next: null, linked: false }
const collections: readonly (readonly [what: string, body: Body, type: string | null, read: unknown])[] = [
  [
    'without totalSize and links',
    asJson({ collection: [{ id: 1 }], links: [] }),
    json,
    { ...bare, items: [{ id: 1 }] },
  ],
  ['with nothing but itself', asJson({ collection: [] }), json, { ...bare, items: [] }],
  ['whose totalSize is digits', asJson({ collection: [], totalSize: '0' }), json, { ...bare, items: [], totalSize: 0 }],
  ['whose totalSize is rubbish', asJson({ collection: [], totalSize: 'many' }), json, { ...bare, items: [] }],
  ['in JSON of no known type', asText(' {"collection": []}'), 'text/plain', { ...bare, items: [] }],
  ['in XML that is empty', asText('<enterprises/>'), xml, { ...bare, items: [] }],
  [
    'in XML with links only',
    asText('<enterprises><link rel="self" href="/x"/></enterprises>'),
    xml,
    { ...bare, items: [] },
  ],
  [
    'in XML of one element',
    asText('<enterprises><enterprise><id>1</id></enterprise></enterprises>'),
    xml,
    { ...bare, items: [{ id: '1' }] },
  ],
  [
    'in XML in letters of another case',
    asText('<Enterprises><Enterprise><id>1</id></Enterprise></Enterprises>'),
    xml,
    { ...bare, items: [{ id: '1' }] },
  ],
  ['in XML of no known type', asText('<?xml version="1.0"?><enterprises/>'), null, { ...bare, items: [] }],
  [
    'on the last page',
    asJson({
      collection: [],
      links: [
        { rel: 'first', href: '/a' },
        { rel: 'last', href: '/a' },
      ],
    }),
    json,
    { ...bare, items: [], linked: true },
  ],
  [
    // Its one element has no id, which makes the list incomplete: never an empty platform.
    'that is an error told with status 200',
    asJson({ collection: [{ code: 'GEN-1', message: 'Oops' }], links: [] }),
    json,
    { ...bare, items: [{ code: 'GEN-1', message: 'Oops' }] },
  ],
]

test.each(collections)('a collection %s', (_, body, type, read) => {
  expect(readCollection(body, type, 'enterprise') as unknown).toEqual(read)
})

const noCollections: readonly (readonly [
  what: string,
  body: Body,
  type: string | null,
  kind: string,
  message: string,
])[] = [
  ['an HTML page', asText(html), 'text/html; charset=utf-8', 'foreign', 'is text/html'],
  ['an HTML page that is called XML', asText('<html><body/></html>'), xml, 'foreign', 'is an HTML page'],
  ['an HTML page that is called XML, with a doctype', asText(html), xml, 'malformed', 'is not well-formed XML'],
  ['an HTML page of no type', asText(html), null, 'foreign', 'is of no known type'],
  ['plain text', asText('secret-of-the-page'), 'text/plain', 'foreign', 'is text/plain'],
  ['a page of a long type', asText('x'), `text/${'x'.repeat(200)}`, 'foreign', `is text/${'x'.repeat(75)}`],
  ['nothing at all', asText(''), null, 'foreign', 'is of no known type'],
  ['JSON that was cut', asText('{"collection": ["secret-of-the-page"'), 'text/plain', 'malformed', 'is not valid JSON'],
  [
    'JSON of no type that was cut',
    asText('{"collection": [{"a": "secret-of-the-page"'),
    null,
    'malformed',
    'is not valid JSON',
  ],
  [
    'XML that was cut',
    asText('<enterprises><enterprise><id>secret-of-the-page</id>'),
    xml,
    'malformed',
    'is not well-formed XML',
  ],
  ['an entity in JSON', asJson({ id: 1, links: [] }), json, 'malformed', 'has no "collection"'],
  ['a collection that is no list', asJson({ collection: { id: 1 } }), json, 'malformed', 'has no "collection"'],
  ['a list', asJson([{ id: 1 }]), json, 'malformed', 'is not a JSON object'],
  ['null', asJson(null), json, 'malformed', 'is not a JSON object'],
  ['a text', asJson('secret-of-the-page'), json, 'malformed', 'is not a JSON object'],
  [
    'a list of texts',
    asJson({ collection: ['secret-of-the-page'] }),
    json,
    'malformed',
    'has an element that is no object',
  ],
  [
    'a list with null',
    asJson({ collection: [{ id: 1 }, null] }),
    json,
    'malformed',
    'has an element that is no object',
  ],
  [
    'XML with an element without parts',
    asText('<enterprises><enterprise/></enterprises>'),
    xml,
    'malformed',
    'has an element that is no object',
  ],
  [
    'another collection in XML',
    asText('<datacenters/>'),
    xml,
    'malformed',
    'is <datacenters> instead of a collection of enterprise',
  ],
  [
    'an error in XML told with status 200',
    asText('<errors><error><code>GEN-1</code></error></errors>'),
    xml,
    'malformed',
    'is <errors> instead of a collection of enterprise',
  ],
]

test.each(noCollections)('%s is no collection', (_, body, type, kind, message) => {
  const thrown = thrownBy(() => readCollection(body, type, 'enterprise'))
  expect(thrown).toBeInstanceOf(BodyError)
  expect(thrown).toMatchObject({ kind, message })
  expect(String(thrown)).not.toContain('secret-of-the-page')
})

test('an entity is read in both notations', () => {
  expect(readEntity(asJson({ id: 1 }), json, 'user')).toEqual({ id: 1 })
  expect(readEntity(asText('<user><id>1</id></user>'), xml, 'user')).toEqual({ id: '1' })
  expect(readEntity(asText('<virtualmachine><id>1</id></virtualmachine>'), xml, 'virtualMachine')).toEqual({ id: '1' })
  expect(readEntity(asText('<user/>'), xml, 'user')).toEqual({})
})

test('another entity in XML is none, and its name is told in part only', () => {
  const thrown = thrownBy(() => readEntity(asText(`<${'x'.repeat(100)}/>`), xml, 'user'))
  expect(thrown).toMatchObject({ kind: 'malformed', message: `is <${'x'.repeat(40)}> instead of <user>` })
})

const errors: readonly (readonly [what: string, body: Body, type: string | null, read: unknown])[] = [
  [
    'in JSON',
    asJson({ collection: [{ code: 'GEN-5', message: 'Invalid credentials' }] }),
    json,
    { code: 'GEN-5', message: 'Invalid credentials' },
  ],
  [
    'of several, the first',
    asJson({ collection: [{ code: 'A-1' }, { code: 'B-2' }] }),
    json,
    { code: 'A-1', message: '' },
  ],
  [
    'in XML',
    asText('<errors><error><code>GEN-5</code><message>No</message></error></errors>'),
    xml,
    { code: 'GEN-5', message: 'No' },
  ],
  [
    'of several in XML',
    asText('<errors><error><code>A-1</code></error><error><code>B-2</code></error></errors>'),
    xml,
    { code: 'A-1', message: '' },
  ],
  [
    'alone in XML',
    asText('<error><code>GEN-5</code><message>No</message></error>'),
    xml,
    { code: 'GEN-5', message: 'No' },
  ],
  [
    'without a type',
    asText('{"collection":[{"code":"GEN-5","message":"No"}]}'),
    null,
    { code: 'GEN-5', message: 'No' },
  ],
  ['of a proxy, in HTML', asText('<html><body>404</body></html>'), 'text/html', null],
  ['of a proxy, in text', asText('404 page not found'), 'text/plain', null],
  ['of another API', asJson({ error: 'not found', code: 404 }), json, null],
  ['of Spring', asJson({ timestamp: 1, status: 404, error: 'Not Found', path: '/api/x' }), json, null],
  ['that is empty', asJson({ collection: [] }), json, null],
  ['with an empty code', asJson({ collection: [{ code: '', message: 'x' }] }), json, null],
  ['with a number for a code', asJson({ collection: [{ code: 404, message: 'x' }] }), json, null],
  ['in other XML', asText('<Error><Code>NoSuchKey</Code></Error>'), xml, null],
  ['in XML that is no error', asText('<a><collection><code>A-1</code></collection></a>'), xml, null],
  ['in XML of no parts', asText('<errors/>'), xml, null],
  ['that was cut', asText('<errors><error><code>GEN-5</code>'), xml, null],
  ['that is no object', asJson(null), json, null],
  ['of nothing', asText(''), null, null],
]

test.each(errors)("an error %s is told from Abiquo's own", (_, body, type, read) => {
  expect(readErrors(body, type) as unknown).toEqual(read)
})

function thrownBy(act: () => unknown): unknown {
  try {
    act()
  } catch (error) {
    return error
  }
  return null
}
