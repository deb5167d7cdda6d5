import { expect, test } from 'bun:test'
import { parseEnvFile } from './env-file.ts'

function read(text: string): { values: unknown; notes: readonly string[] } {
  const { values, notes } = parseEnvFile(text)
  return { values: Object.fromEntries([...values].map(([name, { value, line }]) => [name, [value, line]])), notes }
}

test.each<[string, string, Record<string, [string, number]>]>([
  ['a plain value', 'A=1', { A: ['1', 1] }],
  ['Windows line ends', 'A=1\r\nB=2\r\n', { A: ['1', 1], B: ['2', 2] }],
  ['a byte order mark', '\ufeffA=1', { A: ['1', 1] }],
  ['comments and empty lines', '# x\n\n  # y\nA=1 # z', { A: ['1', 4] }],
  ['export', 'export A=1', { A: ['1', 1] }],
  ['a dollar, which is literal', "A='pa$$word$1'\nB=pa$$word$1", { A: ['pa$$word$1', 1], B: ['pa$$word$1', 2] }],
  ['a hash in quotes', 'A="a # b" # c', { A: ['a # b', 1] }],
  ['a quote within a value', `A=it's`, { A: ["it's", 1] }],
  ['a quoted value of two lines', 'A="x\ny"\nB=2', { A: ['x\ny', 1], B: ['2', 3] }],
  ['empty values', 'A=\nB=""', { A: ['', 1], B: ['', 2] }],
  ['an equals sign in a value', 'A=b=c==', { A: ['b=c==', 1] }],
])('%s is read without a note', (_, text, values) => {
  expect(read(text)).toEqual({ values, notes: [] })
})

test.each<[string, string, readonly string[]]>([
  ['a line without =', 'A=1\nhunter2\nB=2', ['line 2 is left out: it is not of the form NAME=value']],
  ['a name with a blank', 'MY NAME=hunter2', ['line 1 is left out: it is not of the form NAME=value']],
  ['a name that is missing', '=hunter2', ['line 1 is left out: it is not of the form NAME=value']],
  ['a quote that stays open', 'A="hunter2\nB=2', ['line 1 begins with a quote that is never closed']],
  ['text after the closing quote', `A='it''s'`, ['line 1 goes on after its closing quote: that part is left out']],
  [
    'an unquoted #, which ends the value',
    'A=pa#ss',
    ['line 1: what follows the # is left out; put the value in quotes'],
  ],
  ['a name given twice', 'A=1\nA=hunter2', ['line 2 sets A again: the last one counts']],
])('%s is told with its line and without its text', (_, text, notes) => {
  expect(read(text).notes).toEqual(notes)
})
