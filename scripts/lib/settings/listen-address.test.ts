import { expect, test } from 'bun:test'
import { parseListenAddress } from './listen-address.ts'

test.each([
  ['0.0.0.0:41339', { host: '0.0.0.0', port: 41339 }],
  ['127.0.0.1:0', { host: '127.0.0.1', port: 0 }],
  ['localhost:80', { host: 'localhost', port: 80 }],
  ['[::]:41339', { host: '::', port: 41339 }],
  ['[::1]:65535', { host: '::1', port: 65535 }],
  ['off', null],
])('%s is listened at', (text, address) => {
  expect(parseListenAddress(text)).toEqual(address)
})

test.each([
  '',
  '41339',
  ':41339',
  'host',
  'host:',
  'host:65536',
  '::1:80',
  '[::1]',
  '[host]:80',
  '10.0.0:80',
  'a b:80',
  'http://h:80',
  'h:8x',
])('%p is no address to listen at', (text) => {
  expect(() => parseListenAddress(text)).toThrow('is neither HOST:PORT')
})
