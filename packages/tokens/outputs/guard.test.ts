import { describe, expect, test } from 'bun:test'
import { Guard, type Judgement } from './guard.ts'

const confirmAfterMs = 300_000
const tokens = (count: number, from = 0) => Array.from({ length: count }, (_, index) => `t${from + index}`)

function judgement(candidates: readonly string[], fields: Partial<Judgement> = {}): Judgement {
  return { candidates, size: 100, empty: false, agreedSince: 0, now: 0, ...fields }
}

function guardOf(share: number | null = 0.3): Guard {
  return new Guard({ share, confirmAfterMs })
}

describe('removals are held', () => {
  test.each([
    // At most 20 are never held.
    [20, 20, false],
    [20, 21, false],
    [20, 1, false],
    [21, 21, true],
    [21, 69, true],
    // 21 of 70 are 30 %, not more.
    [21, 70, false],
    [30, 100, false],
    [31, 100, true],
    [5000, 10_000, true],
    [3000, 10_000, false],
    [3001, 10_000, true],
  ])('%d of %d: held is %p', (count, size, held) => {
    const guard = guardOf()
    const candidates = tokens(count)
    expect(guard.judge(judgement(candidates, { size }))).toEqual(held ? [] : candidates)
    expect([guard.held.size, guard.why]).toEqual(
      held ? [count, `${count} of ${size} tokens would go by lists alone`] : [0, null],
    )
  })

  test('however few they are where the lists show no address at all', () => {
    const guard = guardOf()
    expect(guard.judge(judgement(['t0'], { empty: true }))).toEqual([])
    expect(guard.why).toBe('the lists show no address at all, and 1 tokens would go')
  })

  test('but not where nothing would go', () => {
    const guard = guardOf()
    expect([guard.judge(judgement([], { empty: true })), guard.judge(judgement([])), guard.held.size]).toEqual([
      [],
      [],
      0,
    ])
  })

  test('by share only where that is not switched off', () => {
    expect(guardOf(null).judge(judgement(tokens(100)))).toEqual(tokens(100))
    expect(guardOf(null).judge(judgement(tokens(1), { empty: true }))).toEqual([])
  })

  test('all together, not the first thirty of them', () => {
    const guard = guardOf()
    guard.judge(judgement(tokens(50)))
    expect([...guard.held.keys()]).toEqual(tokens(50))
  })
})

describe('several lists in a row are judged as one:', () => {
  test('what would be too much at once is too much in parts', () => {
    const guard = guardOf()
    const judged = [0, 10, 20, 30].map((from, index) =>
      guard.judge(judgement(tokens(10, from), { size: 100 - from, now: index * 1000 })),
    )
    expect(judged.map((passed) => passed.length)).toEqual([10, 10, 10, 0])
    expect(guard.why).toBe('40 of 100 tokens would go by lists alone')
  })

  test('until as much time has passed as a second list takes to confirm', () => {
    const guard = guardOf()
    guard.judge(judgement(tokens(30)))
    expect(guard.judge(judgement(tokens(21, 30), { size: 70, now: confirmAfterMs - 1 }))).toEqual([])
    expect(guard.judge(judgement(tokens(21, 30), { size: 70, now: confirmAfterMs }))).toHaveLength(21)
  })

  test('but what was confirmed or let go by a person counts no more', () => {
    const guard = guardOf()
    guard.judge(judgement(tokens(40)))
    guard.judge(judgement(tokens(40), { agreedSince: confirmAfterMs, now: confirmAfterMs }))
    expect(guard.judge(judgement(tokens(15, 40), { size: 60, now: confirmAfterMs + 1 }))).toHaveLength(15)
    const other = guardOf()
    other.judge(judgement(tokens(40)))
    other.release()
    expect(other.judge(judgement(tokens(15, 40), { size: 60, now: 1 }))).toHaveLength(15)
  })
})

describe('what is held goes', () => {
  test('when a second complete list that began late enough still lacks it', () => {
    const guard = guardOf()
    guard.judge(judgement(tokens(50), { now: 1000 }))
    const due = 1000 + confirmAfterMs
    expect(guard.judge(judgement(tokens(50), { now: due + 9, agreedSince: due - 1 }))).toEqual([])
    expect(guard.judge(judgement(tokens(50), { now: due + 9, agreedSince: due }))).toEqual(tokens(50))
    expect([guard.held.size, guard.why]).toEqual([0, null])
  })

  test('while what the second list lacks for the first time is held in its turn', () => {
    const guard = guardOf()
    guard.judge(judgement(tokens(40)))
    const second = judgement([...tokens(40), ...tokens(35, 40)], { now: confirmAfterMs, agreedSince: confirmAfterMs })
    expect(guard.judge(second)).toEqual(tokens(40))
    expect([...guard.held]).toEqual(tokens(35, 40).map((token) => [token, confirmAfterMs]))
  })

  test('counted from when it was first held, not from the last list', () => {
    const guard = guardOf()
    for (const now of [0, 100_000, 200_000]) guard.judge(judgement(tokens(50), { now, agreedSince: now }))
    expect(guard.judge(judgement(tokens(50), { now: confirmAfterMs, agreedSince: confirmAfterMs }))).toHaveLength(50)
  })

  test('when so much of it came back that the rest is harmless', () => {
    const guard = guardOf()
    guard.judge(judgement(tokens(50)))
    expect([guard.judge(judgement(tokens(5), { now: 1 })), guard.held.size]).toEqual([tokens(5), 0])
  })

  test('when a person agrees, and then all of it', () => {
    const guard = guardOf()
    guard.judge(judgement(tokens(50)))
    expect([guard.release(), guard.held.size, guard.why, guard.release()]).toEqual([tokens(50), 0, null, []])
  })

  test('never by lists that show no address at all, whatever their number', () => {
    const guard = guardOf()
    for (const now of [0, 1, 2, 9].map((factor) => factor * confirmAfterMs)) {
      expect(guard.judge(judgement(tokens(50), { empty: true, now, agreedSince: now }))).toEqual([])
    }
    expect(guard.release()).toEqual(tokens(50))
  })

  test('by two lists that show addresses, of which empty ones are none', () => {
    const guard = guardOf()
    guard.judge(judgement(tokens(50), { empty: true }))
    guard.judge(judgement(tokens(50), { empty: true, now: confirmAfterMs, agreedSince: confirmAfterMs }))
    const first = 2 * confirmAfterMs
    expect(guard.judge(judgement(tokens(50), { now: first, agreedSince: first - 1 }))).toEqual([])
    const second = first + confirmAfterMs
    expect(guard.judge(judgement(tokens(50), { now: second, agreedSince: second }))).toEqual(tokens(50))
  })
})

test('what came back is held no more, and counts anew when it goes again', () => {
  const guard = guardOf()
  guard.judge(judgement(tokens(50)))
  guard.judge(judgement(tokens(40, 10), { now: 1000 }))
  expect(guard.held.has('t0')).toBe(false)
  guard.judge(judgement(tokens(50), { now: 2000 }))
  expect([guard.held.get('t0'), guard.held.get('t10')]).toEqual([2000, 0])
})

test('tells since when anything is held, however often lists without any address renew that', () => {
  const guard = guardOf()
  const before = guard.since
  guard.judge(judgement(tokens(2), { now: 1000, empty: true }))
  guard.judge(judgement(tokens(2), { now: 5000, empty: true }))
  const held = guard.since
  guard.release()
  const released = guard.since
  guard.judge(judgement(tokens(2), { now: 9000, empty: true }))
  expect([before, held, released, guard.since]).toEqual([null, 1000, null, 9000])
})

test('what an earlier run held is confirmed by a later one', () => {
  const held = tokens(50).map((token): [string, number] => [token, 1000])
  const guard = new Guard({ share: 0.3, confirmAfterMs: 60_000 }, held)
  expect(guard.since).toBe(1000)
  expect(guard.judge(judgement(tokens(50), { now: 70_000, agreedSince: 61_000 }))).toEqual(tokens(50))
})
