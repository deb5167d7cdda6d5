import { expect, test } from 'bun:test'
import { parseWholeNumber } from './whole-numbers.ts'

test.each([
  ['1', 1],
  ['64', 64],
  ['008', 8],
])('%p is the number %i', (text, value) => {
  expect(parseWholeNumber(text, 1, 64)).toBe(value)
})

test.each(['0', '65', '-1', '1.0', '1e1', '0x10', '', ' 8', 'many'])('%p is no number from 1 to 64', (text) => {
  expect(() => parseWholeNumber(text, 1, 64)).toThrow(`"${text}" is not a whole number from 1 to 64`)
})
