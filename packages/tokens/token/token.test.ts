import { expect, test } from 'bun:test'
import { tokenOf } from './token.ts'

// Computed by md5sum.
test.each([
  ['10.60.1.79', 5901, '2e843805d056a266227cbb6b699a7ee0'],
  ['2001:db8::1', 5900, 'b295d5030a511ea746e3bd3569780926'],
  ['KVM1.example.com', 1, '4fc70895111abb6201cad26d2c9d753f'],
  ['kvm1.example.com', 1, '2fb36995bee035281ffc24b1948b3a69'],
])('the token of %s and port %d is %s', (host, port, token) => {
  expect(tokenOf({ host, port })).toBe(token)
})
