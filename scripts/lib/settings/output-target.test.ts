import { expect, test } from 'bun:test'
import { resolve } from 'node:path'
import { nameOfTarget, parseFileTarget, parseOutputTarget } from './output-target.ts'

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

test('another namespace or database is another Redis', () => {
  const urls = ['redis://h', 'redis://h/1', 'redis://h?namespace=a', 'REDIS+sentinel://h/m']
  expect(urls.map((url) => nameOfTarget(parseOutputTarget(url, resolvePath)))).toEqual([
    'redis://h:6379/0',
    'redis://h:6379/1',
    'redis://h:6379/0?namespace=a',
    'redis+sentinel://h:26379/m/0',
  ])
})

test.each([
  ['dir:/a/b', '/a/b'],
  ['dir:b/', '/srv/b'],
  ['DIR:x:y', '/srv/x:y'],
])('the output %s is the folder %s', (text, path) => {
  expect(parseOutputTarget(text, resolvePath)).toEqual({ kind: 'dir', path })
})

test.each([
  [
    'https://:hunter2@h/0',
    '"https:" is not a known kind of output: known are file:PATH, a plain path, dir:PATH, redis://... and redis+sentinel://... (./https:... for a file of that name)',
  ],
  ['dirs:/a', '"dirs:" is not a known kind of output; did you mean dir:PATH?'],
  ['redis-sentinel://h/m', '"redis-sentinel:" is not a known kind of output; did you mean redis+sentinel://...?'],
  ['dir:', 'the path is empty'],
  ['dir:/', '"/" is no folder for tokens: name one below it'],
  ['dir://', '"/" is no folder for tokens: name one below it'],
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
