import { expect, test } from 'bun:test'
import { parseGuardShare } from './guard-share.ts'

test.each([
  ['30%', { share: 0.3 }],
  ['1%', { share: 0.01 }],
  ['100%', { share: 1 }],
  ['off', null],
])('the guard %s is %p', (text, guard) => {
  expect(parseGuardShare(text)).toEqual(guard)
})

test.each(['30', '0%', '101%', '-5%', '2.5%', '', 'on', '%'])('%p is no guard', (text) => {
  expect(() => parseGuardShare(text)).toThrow('neither a share from 1% to 100% nor off')
})
