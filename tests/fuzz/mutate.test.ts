import { expect, test } from 'bun:test'
import { randomOf } from '../mock-abiquo/random.ts'
import { mutate } from './mutate.ts'

const json = Buffer.from('data:{"action":"DEPLOY","links":[{"rel":"edit","href":"/api/x"}]}\n\n')
const xml = Buffer.from('<a><link rel="edit" href="/api/x"/><vdrpIP>10.0.0.1</vdrpIP></a>')

function mutations(input: Uint8Array, count: number): readonly string[] {
  const pieces = { words: ['word'], others: [json, xml] }
  return Array.from({ length: count }, (_, seed) =>
    Buffer.from(mutate(input, pieces, randomOf(seed))).toString('latin1'),
  )
}

test('the same seed makes the same input, and others make others', () => {
  expect(mutations(json, 200)).toEqual(mutations(json, 200))
  expect(new Set(mutations(json, 200)).size).toBeGreaterThan(150)
})

test('many mutations of JSON are still JSON, and of XML still XML', () => {
  const parses = (parse: (text: string) => unknown, text: string) => {
    try {
      parse(text)
      return true
    } catch {
      return false
    }
  }
  const ofJson = mutations(json, 500).filter((text) => parses(JSON.parse, text.trim().replace(/^data: ?/, '')))
  const ofXml = mutations(xml, 500).filter((text) => parses((each) => Bun.XML.parse(each), text))
  expect([ofJson.length > 100, ofXml.length > 50]).toEqual([true, true])
})
