import { expect, test } from 'bun:test'
import { Accounts } from './accounts.ts'
import { basic } from './test-client.ts'

const actor = { id: 1, nick: 'u', enterprise: { id: 1, name: 'E' } }

test.each([
  [[0, 1, 2], true],
  [[0, 30_000, 59_999], true],
  [[0, 30_000, 60_001], false],
  [[0, 1], false],
])('bad log-ins at %p ms lock the user: %p', (times, locked) => {
  let now = 0
  const accounts = new Accounts({ lockOut: true, now: () => now })
  accounts.set({ username: 'u', password: 'p:w', actor })
  for (now of times) accounts.check(basic('u', 'no'))
  expect(accounts.isLocked('u')).toBe(locked)
  expect(accounts.check(basic('u', 'p:w')).ok).toBe(!locked)
})

test('a token lives for half an hour', () => {
  let now = 0
  const accounts = new Accounts({ lockOut: true, now: () => now })
  accounts.set({ username: 'u', password: 'p', actor })
  const header = `Token ${accounts.issueToken('u')}`
  now = 1_799_999
  expect(accounts.check(header).ok).toBe(true)
  now = 1_800_001
  expect(accounts.check(header)).toEqual({ ok: false, username: 'u', scheme: 'token', why: 'expired' })
})

test('Basic can be switched off, and bearers be known', () => {
  const accounts = new Accounts({ lockOut: true })
  accounts.set({ username: 'u', password: 'p', actor })
  accounts.allowBasic(false)
  accounts.setBearer('b', 'u')
  expect([basic('u', 'p'), 'Bearer b', 'Bearer c', undefined].map((header) => accounts.check(header).ok)).toEqual([
    false,
    true,
    false,
    false,
  ])
})
