import { expect, test } from 'bun:test'
import { parseBoolean } from './booleans.ts'

test.each([
  ['1', true],
  ['true', true],
  ['YES', true],
  ['On', true],
  ['0', false],
  ['False', false],
  ['no', false],
  ['off', false],
  ['', false],
])('the switch %p is %p', (text, value) => {
  expect(parseBoolean(text)).toBe(value)
})

test.each(['2', 'y', 'enabled', ' '])('%p is no switch', (text) => {
  expect(() => parseBoolean(text)).toThrow(RangeError)
})
