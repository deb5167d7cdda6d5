import { expect, test } from 'bun:test'
import {
  type Arbitrary,
  array,
  assert,
  constant,
  constantFrom,
  letrec,
  oneof,
  property,
  record,
  string,
  tuple,
  uniqueArray,
} from 'fast-check'
import { portableXmlParser } from './portable-xml.ts'
import { nativeXmlParser, parseXml } from './xml.ts'
import type { XmlParser } from './xml-document.ts'

const native = nativeXmlParser()
const portable = portableXmlParser()
const parsers: readonly (readonly [name: string, parse: XmlParser])[] = [
  ['native', native ?? portable],
  ['portable', portable],
]

test('this runtime has a parser of its own, and takes it', () => {
  expect(native).not.toBeNull()
  expect(parseXml('<a/>')).toEqual({ a: '' })
})

const documents: readonly (readonly [text: string, tree: unknown])[] = [
  ['<a/>', { a: '' }],
  ['<a></a>', { a: '' }],
  ['<a> x </a>', { a: ' x ' }],
  ['<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<a>é</a>\n', { a: 'é' }],
  ['\ufeff<a/>', { a: '' }],
  ['<id>007</id>', { id: '007' }],
  ['<a id="007"/>', { a: { '@id': '007' } }],
  ['<port>5901</port>', { port: '5901' }],
  ['<a>true</a>', { a: 'true' }],
  ['<a>1e3</a>', { a: '1e3' }],
  ['<a k="v"/>', { a: { '@k': 'v' } }],
  ['<a k="v">t</a>', { a: { '@k': 'v', '#text': 't' } }],
  ["<a  k = 'v\"' ></a >", { a: { '@k': 'v"' } }],
  ['<a><b/><c>1</c></a>', { a: { b: '', c: '1' } }],
  ['<a><b>1</b><b k="v"/><c/><b>3</b></a>', { a: { b: ['1', { '@k': 'v' }, '3'], c: '' } }],
  ['<a>\n  <b>1</b>\r\n\t<b>2</b>\n</a>', { a: { b: ['1', '2'] } }],
  ['<a><b> </b></a>', { a: { b: ' ' } }],
  ['<a>&lt;b&gt; &amp;amp; &quot;&apos; &#65;&#x42; &#128512;</a>', { a: '<b> &amp; "\' AB 😀' }],
  ['<a k="&lt;&amp;&quot;&#65;"/>', { a: { '@k': '<&"A' } }],
  ['<a>1<![CDATA[<b>&amp;]]>2</a>', { a: '1<b>&amp;2' }],
  ['<a><![CDATA[]]></a>', { a: '' }],
  ['<a>1<!-- <b>c</b> & -->2</a>', { a: '12' }],
  ['<!-- 1 --><a><!-- 2 --></a><!-- 3 -->', { a: '' }],
  ['<a>1\r\n2\r3</a>', { a: '1\n2\n3' }],
  ['<n:a xmlns:n="urn:n"><n:b/></n:a>', { 'n:a': { '@xmlns:n': 'urn:n', 'n:b': '' } }],
  ['<a><b/>\u00a0<b/></a>', { a: { b: ['', ''], '#text': '\u00a0' } }],
]

test.each(documents)('%p is read alike by both parsers', (text, tree) => {
  expect(parsers.map(([, parse]) => parse(text) as unknown)).toEqual([tree, tree])
})

const faulty = [
  '',
  ' ',
  'x',
  '{"a":1}',
  '<a>',
  '<a></b>',
  '<a><b></a></b>',
  '<a/><b/>',
  '<a/><a/>',
  '<a/>x',
  'x<a/>',
  '<a k=v/>',
  '<a k="1" k="2"/>',
  '<a><![CDATA[x</a>',
  '<a><!-- x</a>',
  '</a>',
]

test.each(faulty)('%p is refused by both parsers', (text) => {
  for (const [, parse] of parsers) expect(() => parse(text)).toThrow()
})

const withDoctype = [
  '<!DOCTYPE html><html></html>',
  '<!doctype a><a/>',
  '\ufeff \n<?xml version="1.0"?>\n<!-- x --><!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>',
  `<!--${' '.repeat(10_000)}--><!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>`,
]

test.each(withDoctype)('a document type declaration is refused by both parsers: %p', (text) => {
  for (const [, parse] of parsers) expect(() => parse(text)).toThrow('document type declaration')
})

test('text that only speaks of a document type is a text', () => {
  for (const [, parse] of parsers) expect(parse('<a><![CDATA[<!DOCTYPE a>]]></a>')).toEqual({ a: '<!DOCTYPE a>' })
})

test('a prolog of many pieces is searched in a time that grows with its length only', () => {
  const prolog = '<??>'.repeat(1000)
  for (const [, parse] of parsers) expect(() => parse(`${prolog}<!-- x`)).toThrow()
  for (const [, parse] of parsers)
    expect(() => parse(`${'<!---->'.repeat(1000)}<!DOCTYPE a><a/>`)).toThrow('document type')
})

test('nesting without end is refused, and ends no process', () => {
  const text = `${'<a>'.repeat(100_000)}${'</a>'.repeat(100_000)}`
  for (const [, parse] of parsers) expect(() => parse(text)).toThrow()
})

const list = `<?xml version="1.0" encoding="UTF-8"?>
<virtualMachines><link rel="next" href="https://h/api/x?startwith=2&amp;limit=2"/><totalSize>3</totalSize>
  <virtualMachine><id>007</id><name><![CDATA[a & b]]></name><link rel="edit" href="https://h/api/v/7"/></virtualMachine>
  <!-- one more --><virtualMachine k='v'><id>8</id><name>Zoë &lt;1&gt;</name></virtualMachine>
</virtualMachines>`

test('both parsers read a list alike', () => {
  const tree = {
    virtualMachines: {
      link: { '@rel': 'next', '@href': 'https://h/api/x?startwith=2&limit=2' },
      totalSize: '3',
      virtualMachine: [
        { id: '007', name: 'a & b', link: { '@rel': 'edit', '@href': 'https://h/api/v/7' } },
        { '@k': 'v', id: '8', name: 'Zoë <1>' },
      ],
    },
  }
  expect(parsers.map(([, parse]) => parse(list) as unknown)).toEqual([tree, tree])
})

test.each(parsers)('a list that was cut at any byte is refused by the %s parser', (_, parse) => {
  const bytes = Buffer.from(list)
  const accepted = Array.from({ length: bytes.length }, (_, end) => bytes.subarray(0, end).toString()).filter((cut) => {
    try {
      parse(cut)
      return true
    } catch {
      return false
    }
  })
  expect(accepted).toEqual([])
})

/** Well-formed documents as the API could write them: text is alone in its element, or there is none. */
function wellFormed(): Arbitrary<string> {
  const name = constantFrom('a', 'b', 'virtualMachine', 'link', 'x-y', 'n.1', '_z', 'n:c', 'Ä')
  const character = oneof(
    string({ unit: 'grapheme', minLength: 1, maxLength: 3 }).map(escaped),
    constantFrom(
      '&amp;',
      '&lt;',
      '&gt;',
      '&quot;',
      '&apos;',
      '&#48;',
      '&#x2603;',
      '&#13;',
      '&#10;',
      ' ',
      '007',
      '\u00a0',
    ),
  )
  const cdata = string({ unit: 'grapheme-ascii', maxLength: 5 }).map(
    (text) => `<![CDATA[${text.replaceAll(']', '')}]]>`,
  )
  const comment = constantFrom('<!---->', '<!-- c -->', '<!-- <a> & -->', '<!-- - -->')
  const text = array(oneof({ weight: 3, arbitrary: character }, cdata, comment), { maxLength: 5 }).map((parts) =>
    parts.join(''),
  )
  const value = array(character, { maxLength: 4 }).map((parts) => parts.join(''))
  const attributes = uniqueArray(tuple(name, value, constantFrom('"', "'")), {
    selector: ([key]) => key,
    maxLength: 3,
  }).map((all) => all.map(([key, content, quote]) => ` ${key}=${quote}${content}${quote}`).join(''))
  const gap = oneof(constantFrom('', ' ', '\n  ', '\r\n', '\t'), comment)
  const { element } = letrec<{ element: string; children: string }>((tie) => ({
    children: oneof(
      { maxDepth: 4, withCrossShrink: true },
      text,
      array(tuple(gap, tie('element'), gap), { minLength: 1, maxLength: 4 }).map((all) => all.flat().join('')),
    ),
    element: record({ name, attributes, children: tie('children') }).map(({ name, attributes, children }) =>
      children === '' ? `<${name}${attributes}/>` : `<${name}${attributes}>${children}</${name}>`,
    ),
  }))
  const declaration = oneof(constant(''), constant('<?xml version="1.0" encoding="UTF-8"?>'))
  return tuple(
    declaration,
    constantFrom('', '\n', '<!-- head -->'),
    element,
    constantFrom('', '\n', '<!-- foot -->'),
  ).map((parts) => parts.join(''))
}

/** Text without what XML reserves and what it forbids. */
function escaped(text: string): string {
  return text
    .replace(/[^\t\n\r -\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '?')
    .replace(/[&<>"'\t\n\r]/g, (character) => `&#${character.codePointAt(0)};`)
}

test('both parsers give one tree for every well-formed document', () => {
  assert(
    property(wellFormed(), (text) => {
      expect(portable(text)).toEqual((native ?? portable)(text))
    }),
    { numRuns: 1500 },
  )
})

test('both parsers refuse every well-formed document that was cut before its last tag', () => {
  assert(
    property(wellFormed(), (text) => {
      // A whole document with some white space and comments less is whole.
      const whole = text.replace(/(\n|<!-- foot -->)$/, '')
      for (const [, parse] of parsers) {
        for (let end = 0; end < whole.length; end += 1 + Math.floor(whole.length / 20)) {
          expect(() => parse(whole.slice(0, end))).toThrow()
        }
      }
    }),
    { numRuns: 200 },
  )
})
