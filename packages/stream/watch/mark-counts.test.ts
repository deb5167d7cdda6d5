import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { MarkCounts } from './mark-counts.ts'

// Few different ones, so that they come again; some share their low bits, and so the place where they are looked for.
const mark = fc.oneof(
  fc.integer({ min: 0, max: 40 }),
  fc.integer({ min: 0, max: 40 }).map((n) => n * 2 ** 32 + 7),
  fc.constantFrom(2 ** 53 - 2, 2 ** 52, 2 ** 31, 2 ** 32 - 1),
)
const writes = fc.array(fc.tuple(mark, fc.integer({ min: 0, max: 2 ** 48 })), { maxLength: 300 })

test('it has what a Map has', () => {
  fc.assert(
    fc.property(writes, fc.array(mark), (pairs, asked) => {
      const counts = new MarkCounts()
      const map = new Map<number, number>()
      for (const [key, count] of pairs) {
        counts.set(key, count)
        map.set(key, count)
      }
      expect(counts.size).toBe(map.size)
      expect(new Map(counts)).toEqual(map)
      for (const key of asked) expect(counts.get(key)).toBe(map.get(key) ?? 0)
    }),
  )
})

test('a busy second has room', () => {
  const counts = new MarkCounts()
  for (let n = 0; n < 100_000; n++) counts.set((n * 2_654_435_761) % (2 ** 53 - 1), n)
  expect(counts.size).toBe(100_000)
  expect([...counts].every(([key, count]) => key === (count * 2_654_435_761) % (2 ** 53 - 1))).toBe(true)
})
