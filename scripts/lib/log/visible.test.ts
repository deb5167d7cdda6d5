import { expect, test } from 'bun:test'
import { visible } from './visible.ts'

test.each([
  ['plain text, äöü, 日本', 'plain text, äöü, 日本'],
  ['two\nlines\r\n', 'two\\nlines\\r\\n'],
  ['tab\there', 'tab\\there'],
  ['\u001b[31mred', '\\u001b[31mred'],
  ['\u009b31m\u007f', '\\u009b31m\\u007f'],
  ['\u202eevil\u2028', '\\u202eevil\\u2028'],
])('%p is shown as %p', (text, shown) => {
  expect(visible(text)).toBe(shown)
})
