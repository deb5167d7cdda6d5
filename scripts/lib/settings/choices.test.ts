import { expect, test } from 'bun:test'
import { parseChoice } from './choices.ts'

test('a word of the list is taken, any other one told with the list', () => {
  expect(parseChoice('xml', ['json', 'xml'])).toBe('xml')
  expect(() => parseChoice('XML', ['json', 'xml'])).toThrow('"XML" is not one of json, xml')
})
