import { expect, test } from 'bun:test'
import { parseFileMode } from './file-mode.ts'

test.each([
  ['0640', 0o640],
  ['640', 0o640],
  ['0600', 0o600],
  ['0664', 0o664],
])('the mode %s is taken as octal', (text, mode) => {
  expect(parseFileMode(text)).toBe(mode)
})

test.each(['', '0', '64', '0o640', '0680', '4640', '00640', 'rw-r-----'])('%p is no mode', (text) => {
  expect(() => parseFileMode(text)).toThrow('is not a mode of three octal digits such as 0640')
})

test('a mode that lets everyone write is refused', () => {
  expect(() => parseFileMode('0666')).toThrow('lets everyone write the tokens')
})
