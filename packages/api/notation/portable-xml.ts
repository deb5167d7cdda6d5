import { XMLParser } from 'fast-xml-parser'
import { refuseDoctype, type XmlNode, type XmlParser } from './xml-document.ts'

/** fast-xml-parser with validation, without which it takes a truncated document for a short one. */
export function portableXmlParser(): XmlParser {
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '@',
    textNodeName: '#text',
    // "007" is an id, not the number 7.
    parseTagValue: false,
    parseAttributeValue: false,
    trimValues: false,
    ignoreDeclaration: true,
    ignorePiTags: true,
    htmlEntities: true,
  })
  return (text) => {
    refuseDoctype(text)
    const document = withoutLayout(parser.parse(text, true))
    // Its validation lets more follow the root element.
    const [root, ...more] = Object.values(document)
    const ends = text.trimEnd().endsWith('>')
    if (root === undefined || more.length > 0 || Array.isArray(root) || !ends) {
      throw new SyntaxError('A document has one root element')
    }
    return document
  }
}

/** White space as XML has it: no-break spaces and the like are text. */
const layout = /^[ \t\r\n]*$/

/** Drops the white space between elements, which the native parser does not report. */
function withoutLayout<T extends XmlNode>(node: T): T {
  if (typeof node === 'string') return node
  const names = Object.keys(node)
  const mixed = names.some((name) => !name.startsWith('@') && name !== '#text')
  for (const name of names) {
    const child = node[name]
    if (name === '#text' && mixed && typeof child === 'string' && layout.test(child)) delete node[name]
    else if (Array.isArray(child)) for (const each of child) withoutLayout(each)
    else if (typeof child === 'object') withoutLayout(child)
  }
  return node
}
