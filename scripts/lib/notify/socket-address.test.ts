import { expect, test } from 'bun:test'
import { socketAddress } from './socket-address.ts'

test.each([
  ['/a', [1, 0, 0x2f, 0x61, 0]],
  ['@ab', [1, 0, 0, 0x61, 0x62]],
  ['/é', [1, 0, 0x2f, 0xc3, 0xa9, 0]],
])('the address of %s', (address, bytes) => {
  expect([...socketAddress(address)]).toEqual(bytes)
})

test('107 bytes are the most', () => {
  const path = `/${'x'.repeat(106)}`
  expect(socketAddress(path)).toHaveLength(2 + 108)
  expect(() => socketAddress(`${path}x`)).toThrow(RangeError)
})

test.each(['run/notify', 'vsock:2:1234', '/a\0b'])('%p is refused', (address) => {
  expect(() => socketAddress(address)).toThrow(RangeError)
})
