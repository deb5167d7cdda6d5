import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { DelayedSet } from './delayed-set.ts'

test('a value comes out at its time, once, and not before it', () => {
  const set = new DelayedSet<string>()
  set.add('a', 500)
  expect([set.nextAt, set.take(499), set.take(500), set.take(501), set.nextAt]).toEqual([500, [], ['a'], [], Infinity])
})

test('times are rounded up to steps of 10 ms, never down', () => {
  const set = new DelayedSet<string>()
  set.add('a', 500.2)
  set.add('b', 509)
  expect([set.nextAt, set.take(509), set.take(510)]).toEqual([510, [], ['a', 'b']])
})

test('a value that is added again waits for its newer time', () => {
  const set = new DelayedSet<string>()
  set.add('a', 100)
  set.add('a', 300)
  expect([set.take(100), set.take(299), set.nextAt, set.take(300)]).toEqual([[], [], 300, ['a']])
})

test('a value that is deleted never comes out', () => {
  const set = new DelayedSet<string>()
  set.add('a', 100)
  expect([set.delete('a'), set.delete('a'), set.take(200), set.nextAt]).toEqual([true, false, [], Infinity])
})

test('nothing comes early, late or twice, and nextAt is never later than what is due', () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant('add' as const), value: fc.nat(9), at: fc.nat(1000) }),
    fc.record({ do: fc.constant('delete' as const), value: fc.nat(9), at: fc.constant(0) }),
    fc.record({ do: fc.constant('take' as const), value: fc.constant(0), at: fc.nat(1000) }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 50 }), (steps) => {
      const set = new DelayedSet<number>()
      const model = new Map<number, number>()
      for (const { do: what, value, at } of steps) {
        if (what === 'add') {
          set.add(value, at)
          model.set(value, Math.ceil(at / 10) * 10)
        } else if (what === 'delete') expect(set.delete(value)).toBe(model.delete(value))
        else {
          const due = [...model].filter(([, dueAt]) => dueAt <= at).map(([each]) => each)
          expect([...set.take(at)].sort()).toEqual(due.sort())
          for (const each of due) model.delete(each)
        }
        expect(set.nextAt).toBeLessThanOrEqual(Math.min(...model.values()))
      }
    }),
    { numRuns: 1000 },
  )
})
