import { expect, test } from 'bun:test'
import { Gaps } from './gaps.ts'

const at = (now: number) => ({ now, wall: 1_000_000 + now })
const closing = { why: 'cut', closing: true }
const lost = { why: 'no history', closing: false }

test('there is no gap at first, and nothing to make up for', () => {
  const gaps = new Gaps()
  gaps.caughtUp(at(1))
  expect([gaps.listed(2, at(3)), gaps.status()]).toEqual([false, { healed: { history: 0, list: 0 }, last: null }])
})

test('what the history tells makes up for a gap that is closing', () => {
  const gaps = new Gaps()
  gaps.told(closing, at(10))
  const open = gaps.status().last
  gaps.caughtUp(at(12))
  expect([open, gaps.status()]).toEqual([
    { at: 1_000_010, why: 'cut', healed: null, healedAt: null },
    { healed: { history: 1, list: 0 }, last: { at: 1_000_010, why: 'cut', healed: 'history', healedAt: 1_000_012 } },
  ])
})

test('only a complete list that began after it makes up for a gap that stays open', () => {
  const gaps = new Gaps()
  gaps.told(lost, at(10))
  gaps.caughtUp(at(11))
  expect([gaps.listed(9, at(12)), gaps.status().last?.healed]).toEqual([false, null])
  expect([gaps.listed(10, at(20)), gaps.status()]).toEqual([
    true,
    {
      healed: { history: 0, list: 1 },
      last: { at: 1_000_010, why: 'no history', healed: 'list', healedAt: 1_000_020 },
    },
  ])
})

test('gaps that are open at once are one, since the first of them and until the hardest is made up for', () => {
  const gaps = new Gaps()
  gaps.told(lost, at(10))
  gaps.told(closing, at(20))
  gaps.caughtUp(at(21))
  expect([gaps.listed(15, at(22)), gaps.status().last]).toEqual([
    false,
    { at: 1_000_010, why: 'cut', healed: null, healedAt: null },
  ])
  expect([gaps.listed(20, at(30)), gaps.status().healed]).toEqual([true, { history: 0, list: 2 }])
})

test('a list makes up for a gap that the history is still asked about, and the next gap is a new one', () => {
  const gaps = new Gaps()
  gaps.told(closing, at(10))
  expect(gaps.listed(11, at(12))).toBe(true)
  gaps.caughtUp(at(13))
  gaps.told(closing, at(50))
  expect(gaps.status()).toEqual({
    healed: { history: 0, list: 1 },
    last: { at: 1_000_050, why: 'cut', healed: null, healedAt: null },
  })
})
