import { expect, test } from 'bun:test'
import { resolve } from 'node:path'
import { parseFileTarget, parseOutputTarget } from './output-target.ts'

const resolvePath = (path: string) => resolve('/srv', path)

test.each([
  ['/a/tokens', '/a/tokens'],
  ['rel/x', '/srv/rel/x'],
  ['file:rel/x', '/srv/rel/x'],
  ['file:/a/x', '/a/x'],
  ['file:///a/x', '/a/x'],
  ['FILE:x%20y', '/srv/x%20y'],
  ['./redis:x', '/srv/redis:x'],
])('the output %s is the file %s', (text, path) => {
  expect(parseOutputTarget(text, resolvePath)).toEqual({ kind: 'file', path })
})

test.each([
  [
    'redis://:hunter2@h/0',
    '"redis:" is not a known kind of output: known are file:PATH and a plain path (./redis:... for a file of that name)',
  ],
  [
    'dir:/x',
    '"dir:" is not a known kind of output: known are file:PATH and a plain path (./dir:... for a file of that name)',
  ],
  ['file:', 'the path is empty'],
  ['', 'the path is empty'],
  ['a\0b', 'the path holds a NUL character'],
  ['-', '"-" is no output; --file - of regen writes to stdout'],
])('the output %p is refused', (text, message) => {
  expect(() => parseOutputTarget(text, resolvePath)).toThrow(new RangeError(message))
})

test('the value of --file is a path as it stands, and no URL', () => {
  expect(parseFileTarget('file:x', resolvePath)).toEqual({ kind: 'file', path: '/srv/file:x' })
  expect(() => parseFileTarget('redis://h', resolvePath)).toThrow('a path is wanted, "redis://" begins a URL')
})
