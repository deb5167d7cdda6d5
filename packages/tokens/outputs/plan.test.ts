import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { Address } from '../token/address.ts'
import { SortedLines } from '../token/lines.ts'
import { type Token, tokenOf } from '../token/token.ts'
import { Guard } from './guard.ts'
import { type Ground, plan, type Want } from './plan.ts'

const at = (port: number): Address => ({ host: '10.0.0.1', port })
const tokenAt = (port: number): Token => tokenOf(at(port))

function wantOf(ports: readonly number[]): Want {
  const lines = new Map(ports.map((port) => [tokenAt(port), at(port)]))
  return { holds: (token) => lines.has(token), lines: () => lines, tokens: lines.size }
}

function linesOf(ports: readonly number[]): SortedLines {
  const lines = new SortedLines()
  for (const port of ports) lines.set(tokenAt(port), at(port))
  return lines
}

function planned(have: SortedLines, want: Want, ground: Partial<Ground> = {}, guard = newGuard()) {
  const all = { unproven: new Set<Token>(), agreedSince: 0, now: 0, ...ground, want }
  const { put, drop } = plan(have, all, guard)
  return { put: [...put.values()].map(({ port }) => port).sort(), drop: [...drop].sort() }
}

function newGuard(): Guard {
  return new Guard({ share: 0.3, confirmAfterMs: 60_000 })
}

const ports = (count: number, from = 1) => Array.from({ length: count }, (_, index) => from + index)

describe('a plan', () => {
  test('adds what lacks and drops what is too much', () => {
    expect(planned(linesOf([1, 2]), wantOf([2, 3]))).toEqual({ put: [3], drop: [tokenAt(1)] })
  })

  test('changes nothing where nothing differs', () => {
    expect(planned(linesOf([1, 2]), wantOf([1, 2]))).toEqual({ put: [], drop: [] })
  })

  test('puts the right address in the place of a forged one', () => {
    const have = new SortedLines([`${tokenAt(1)}: 6.6.6.6:1`])
    expect(planned(have, wantOf([1]))).toEqual({ put: [1], drop: [] })
  })

  test('leaves what no VM has claimed until lists prove that none will', () => {
    const unproven = new Set([tokenAt(1)])
    expect([planned(linesOf([1, 2]), wantOf([3]), { unproven }), planned(linesOf([1, 2]), wantOf([3]))]).toEqual([
      { put: [3], drop: [tokenAt(2)] },
      { put: [3], drop: [tokenAt(1), tokenAt(2)].sort() },
    ])
  })

  test('holds many removals, and no addition', () => {
    const guard = newGuard()
    expect(planned(linesOf(ports(100)), wantOf(ports(60, 41).concat(ports(50, 200))), {}, guard)).toEqual({
      put: ports(50, 200),
      drop: [],
    })
    expect(guard.held.size).toBe(40)
  })

  test('judges only what would really go: the unclaimed that stay are no removals', () => {
    const guard = newGuard()
    const unproven = new Set(ports(90).map(tokenAt))
    const { drop } = planned(linesOf(ports(100)), wantOf([500]), { unproven }, guard)
    expect([drop.length, guard.held.size]).toEqual([10, 0])
  })

  test('drops nothing by lists without a single address', () => {
    const guard = newGuard()
    expect([planned(linesOf([1]), wantOf([]), {}, guard).drop, guard.held.size]).toEqual([[], 1])
  })

  test('of any two contents leads from the one to the other where nothing is held', () => {
    const some = fc.uniqueArray(fc.nat(60), { maxLength: 60 })
    fc.assert(
      fc.property(some, fc.uniqueArray(fc.nat(60), { minLength: 1, maxLength: 60 }), (had, wanted) => {
        const have = linesOf(had.map((port) => port + 1))
        const want = wantOf(wanted.map((port) => port + 1))
        const guard = new Guard({ share: null, confirmAfterMs: 0 })
        const { put, drop } = plan(have, { want, unproven: new Set(), agreedSince: 0, now: 0 }, guard)
        have.change(put, drop)
        expect(have.render()).toBe(linesOf(wanted.map((port) => port + 1)).render())
      }),
    )
  })
})
