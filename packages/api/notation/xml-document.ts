/**
 * An XML element: its text where it has neither attributes nor elements, else an object of `@attribute`, child elements
 * by name (an array where a name repeats) and, for an element with attributes and text only, `#text`. Text beside child
 * elements means nothing here: the API never mixes the two.
 */
export type XmlNode = string | { [name: string]: XmlNode | XmlNode[] }

/** Parses a whole document to an object with the root element as its one key; throws where it is not well-formed. */
export type XmlParser = (text: string) => { [root: string]: XmlNode }

/** What may stand before the root element, piece by piece: one expression for all of it could take years to fail. */
const prologPiece = /\ufeff|\s+|<\?.*?\?>|<!--.*?-->/sy
const doctype = /<!doctype/iy

/** Throws where a document begins with a document type declaration. */
export function refuseDoctype(text: string): void {
  prologPiece.lastIndex = 0
  let at = 0
  while (prologPiece.test(text)) at = prologPiece.lastIndex
  doctype.lastIndex = at
  // The API sends none; an HTML page and an entity bomb begin with one.
  if (doctype.test(text)) throw new SyntaxError('A document type declaration is not accepted')
}
