import { expect, test } from 'bun:test'
import { networkReason } from './network-reason.ts'

/** An error with a code, as the runtimes make them. */
function coded(message: string, code: string): Error {
  return Object.assign(new Error(message), { code })
}

test('the reason of a failure is that of its cause, where it has one', () => {
  const cause = new Error('other side\nclosed')
  expect(
    [new TypeError('terminated', { cause }), cause, new Error('a', { cause: 'b' }), 'c'].map(networkReason),
  ).toEqual(['other side closed', 'other side closed', 'a', 'c'])
})

test.each([
  ['ECONNRESET', 'The socket connection was closed unexpectedly', 'the connection was reset (ECONNRESET)'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'x', 'its certificate is not trusted (SELF_SIGNED_CERT_IN_CHAIN)'],
  ['EWHATEVER', 'something else', 'something else (EWHATEVER)'],
  ['EWHATEVER', 'read EWHATEVER', 'read EWHATEVER'],
])('a failure with code %s and text "%s" is told as "%s"', (code, text, told) => {
  expect(networkReason(coded(text, code))).toBe(told)
})
