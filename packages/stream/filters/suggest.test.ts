import { expect, test } from 'bun:test'
import { editDistance, suggest } from './suggest.ts'

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

test.each([
  ['warn', 'warn', 0],
  ['wran', 'warn', 1],
  ['wrn', 'warn', 1],
  ['', 'warn', 4],
  ['deploy', 'undeploy', 2],
])('from %j to %j it is %p slips, either way', (a, b, slips) => {
  expect([editDistance(a, b), editDistance(b, a)]).toEqual([slips, slips])
})
