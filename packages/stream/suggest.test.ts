import { expect, test } from 'bun:test'
import { suggest } from './suggest.ts'

const flags = ['--api', '--username', '--pass', '--pass-file', '--timeout', '--insecure', '--file']

test.each([
  ['--timeuot', '--timeout'],
  ['--time', '--timeout'],
  ['--password', '--pass'],
  ['--insecur', '--insecure'],
  ['--INSECURE', '--insecure'],
  ['--pass-fiel', '--pass-file'],
  ['-file', '--file'],
  ['--frobnicate', null],
  ['--x', null],
  ['-', null],
  ['', null],
])('for %s it suggests %p', (word, meant) => {
  expect(suggest(word, flags)).toBe(meant)
})
