import { expect, test } from 'bun:test'
import { parseEnv } from 'node:util'
import { envLine } from './env-block.ts'

test.each([
  ['a+b/c==', "A='a+b/c=='"],
  ['', "A=''"],
  ['$HOME #x', "A='$HOME #x'"],
  ["it's", "A=`it's`"],
  ["'`'", 'A="\'`\'"'],
  ['a"b', "A='a\"b'"],
  ['a\\nb', "A='a\\nb'"],
])('%j is the line %s, which gives it back', (value, line) => {
  expect(envLine('A', value)).toBe(line)
  expect(parseEnv(`${line}\nB=1`)).toEqual({ A: value, B: '1' })
})

test('a value with all kinds of quotes is refused', () => {
  expect(() => envLine('A', '\'`"')).toThrow('The value of A cannot be written as a line of an env file')
})
