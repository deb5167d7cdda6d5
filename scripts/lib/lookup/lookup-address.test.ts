import { expect, test } from 'bun:test'
import { formatLookupAddress, isOpenToOthers, type LookupAddress, parseLookupAddress } from './lookup-address.ts'

const resolvePath = (path: string) => (path.startsWith('/') ? path : `/base/${path}`)

test.each<[string, LookupAddress | null, boolean]>([
  ['127.0.0.1:41340', { kind: 'tcp', host: '127.0.0.1', port: 41_340 }, false],
  ['127.9.9.9:1', { kind: 'tcp', host: '127.9.9.9', port: 1 }, false],
  ['[::1]:41340', { kind: 'tcp', host: '::1', port: 41_340 }, false],
  ['localhost:0', { kind: 'tcp', host: 'localhost', port: 0 }, false],
  ['0.0.0.0:41340', { kind: 'tcp', host: '0.0.0.0', port: 41_340 }, true],
  ['[::]:41340', { kind: 'tcp', host: '::', port: 41_340 }, true],
  ['127.example.com:80', { kind: 'tcp', host: '127.example.com', port: 80 }, true],
  ['unix:/run/tokens.sock', { kind: 'unix', path: '/run/tokens.sock' }, false],
  ['unix:tokens:1', { kind: 'unix', path: '/base/tokens:1' }, false],
  ['off', null, false],
])('%s', (text, address, open) => {
  const parsed = parseLookupAddress(text, resolvePath)
  expect([parsed, parsed !== null && isOpenToOthers(parsed)]).toEqual([address, open])
})

test.each([
  ['41340', '"41340" is neither HOST:PORT such as 127.0.0.1:41340 or [::1]:41340 nor unix:PATH nor off'],
  ['::1:41340', '"::1:41340" is neither HOST:PORT such as 127.0.0.1:41340 or [::1]:41340 nor unix:PATH nor off'],
  ['unix:', 'the path is empty'],
  ['unix:/a\0b', 'the path holds a NUL character'],
  [`unix:/${'x'.repeat(107)}`, `"/${'x'.repeat(107)}" is longer than the 107 bytes that a socket's path may have`],
])('%j is refused', (text, message) => {
  expect(() => parseLookupAddress(text, resolvePath)).toThrow(new RangeError(message))
})

test.each(['127.0.0.1:41340', '[::1]:41340', 'unix:/run/tokens.sock'])('%s is formatted as it is given', (text) => {
  const address = parseLookupAddress(text, resolvePath)
  expect(address === null ? null : formatLookupAddress(address)).toBe(text)
})
