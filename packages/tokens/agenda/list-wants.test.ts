import { describe, expect, test } from 'bun:test'
import { type ListJob, type ListOutcome, ListWants, listCost } from './list-wants.ts'

/** Without chance, delays are those of the table: 1, 2, 4, 8, 16, 30 s. */
function newWants(): ListWants {
  return new ListWants(() => 0)
}

function outcome(fields: Partial<ListOutcome> = {}): ListOutcome {
  return { began: 1000, durationMs: 0, complete: true, retryAfterMs: null, ...fields }
}

const all: ListJob = { kind: 'all' }
const one = (id: string): ListJob => ({ kind: 'enterprise', id })

/** All that is due. */
function due(wants: ListWants, now: number): ListJob[] {
  const jobs: ListJob[] = []
  for (let job = wants.next(now); job !== null; job = wants.next(now)) jobs.push(job)
  return jobs
}

describe('a list of everything', () => {
  test('is due at once where it is owed, and runs once at a time', () => {
    const wants = newWants()
    expect(due(wants, 0)).toEqual([])
    wants.addAll(1, 0)
    expect([wants.wakeAt(), due(wants, 0), due(wants, 9)]).toEqual([0, [all], []])
  })

  test('is owed until one that began after the last trigger is complete', () => {
    const wants = newWants()
    wants.addAll(5, 0)
    due(wants, 0)
    wants.addAll(7, 10)
    wants.allDone(outcome({ began: 6 }), 20)
    expect(due(wants, 10_000)).toEqual([all])
    wants.allDone(outcome({ began: 8 }), 10_020)
    expect([due(wants, 1e9), wants.wakeAt(), wants.allDueIn(0)]).toEqual([[], Infinity, null])
  })

  test.each([
    [0, 1000],
    [50, 1000],
    [99, 1000],
    [200, 2000],
    [20_000, 200_000],
  ])('that took %d ms is not repeated for %d ms after its end', (durationMs, pace) => {
    const wants = newWants()
    wants.addAll(1, 0)
    due(wants, 0)
    wants.allDone(outcome({ durationMs }), 100)
    wants.addAll(2000, 101)
    expect([wants.wakeAt(), wants.allDueIn(101), due(wants, 100 + pace - 1), due(wants, 100 + pace)]).toEqual([
      100 + pace,
      pace - 1,
      [],
      [all],
    ])
  })

  test('that fails is repeated with growing distance, up to half a minute', () => {
    const wants = newWants()
    wants.addAll(1, 0)
    let now = 0
    const delays = Array.from({ length: 7 }, () => {
      due(wants, now)
      wants.allDone(outcome({ complete: false }), now)
      const delay = wants.wakeAt() - now
      now += delay
      return delay
    })
    expect(delays).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000])
  })

  test.each([
    [62_999, 4000],
    [63_000, 1000],
  ])('that fails at %d ms, after health since 3 s, is repeated after %d ms', (failsAt, delay) => {
    const wants = newWants()
    for (const [now, complete] of [
      [0, false],
      [1000, false],
      [3000, true],
      [failsAt, false],
    ] as const) {
      wants.addAll(5000, now)
      due(wants, now)
      wants.allDone(outcome({ complete }), now)
    }
    expect(wants.wakeAt()).toBe(failsAt + delay)
  })

  test('waits for as long as the platform asks', () => {
    const wants = newWants()
    wants.addAll(1, 0)
    due(wants, 0)
    wants.allDone(outcome({ complete: false, retryAfterMs: 90_000 }), 0)
    expect([wants.wakeAt(), due(wants, 89_999), due(wants, 90_000)]).toEqual([90_000, [], [all]])
  })

  test.each([
    [2000, null, 20_000],
    [3000, null, 30_000],
    [600_000, null, 30_000],
    [600_000, 10_000, 30_000],
    [600_000, 90_000, 90_000],
  ])(
    'that failed after %d ms, with Retry-After %p, is repeated %d ms after its end',
    (durationMs, retryAfterMs, delay) => {
      const wants = newWants()
      wants.addAll(1, 0)
      wants.addEnterprise('1', 1, 0)
      due(wants, 0)
      const failed = outcome({ complete: false, durationMs, retryAfterMs })
      wants.enterpriseDone('1', failed, durationMs)
      wants.allDone(failed, durationMs)
      const at = durationMs + delay
      expect([wants.wakeAt(), due(wants, at - 1), due(wants, at)]).toEqual([at, [], [all, one('1')]])
      // Ten times its duration is for one that has told something.
      wants.enterpriseDone('1', outcome({ began: null, durationMs }), at)
      wants.allDone(outcome({ began: null, durationMs }), at)
      expect(wants.wakeAt()).toBe(at + 10 * durationMs)
    },
  )

  test('is due at once, whatever failed before, where a person asks', () => {
    const wants = newWants()
    wants.addAll(1, 0)
    wants.addEnterprise('1', 1, 0)
    due(wants, 0)
    wants.allDone(outcome({ complete: false, retryAfterMs: 90_000 }), 0)
    wants.enterpriseDone('1', outcome({ complete: false, durationMs: 60_000 }), 0)
    expect(due(wants, 1)).toEqual([])
    wants.retryNow()
    expect(due(wants, 1)).toEqual([all, one('1')])
    wants.allDone(outcome({ complete: false }), 1)
    expect(wants.wakeAt()).toBe(1001)
  })

  test('is due when the platform is back, where it failed without a word of how long to wait', () => {
    const cases = [
      { retryAfterMs: null, complete: false, wanted: [all, one('1')] },
      { retryAfterMs: 90_000, complete: false, wanted: [] },
      { retryAfterMs: null, complete: true, wanted: [] },
    ] as const
    for (const { retryAfterMs, complete, wanted } of cases) {
      const wants = newWants()
      const ended = outcome({ complete, retryAfterMs, durationMs: 60_000 })
      wants.allDone(ended, 0)
      wants.enterpriseDone('1', ended, 0)
      wants.addAll(9, 0)
      wants.addEnterprise('1', 9, 0)
      wants.retryFailed(1)
      expect(due(wants, 1)).toEqual([...wanted])
    }
  })

  test('comes by itself when its time has come, owed or not', () => {
    const wants = newWants()
    wants.periodicAt = 300_000
    expect([wants.wakeAt(), due(wants, 299_999), due(wants, 300_000)]).toEqual([300_000, [], [all]])
    // The next one is for the keeper to say.
    wants.allDone(outcome(), 300_010)
    expect([wants.wakeAt(), wants.periodicAt]).toEqual([Infinity, Infinity])
  })

  test('that came by itself and failed is owed from then on', () => {
    const wants = newWants()
    wants.periodicAt = 0
    due(wants, 0)
    wants.allDone(outcome({ complete: false }), 10)
    expect([wants.wakeAt(), due(wants, 1010)]).toEqual([1010, [all]])
  })

  test('that turns out to have failed after its end was told is owed again', () => {
    const wants = newWants()
    wants.addAll(1, 0)
    due(wants, 0)
    wants.allDone(outcome(), 10)
    wants.allDone(outcome({ began: null, complete: false }), 10)
    expect([wants.wakeAt(), due(wants, 1010)]).toEqual([1010, [all]])
  })

  test('that comes by itself keeps its distance too', () => {
    const wants = newWants()
    wants.periodicAt = 0
    due(wants, 0)
    wants.allDone(outcome({ durationMs: 60_000 }), 60_000)
    wants.periodicAt = 70_000
    expect([wants.wakeAt(), due(wants, 70_000), due(wants, 660_000)]).toEqual([660_000, [], [all]])
  })
})

describe('the list of an enterprise', () => {
  test('is due at once, and runs once at a time', () => {
    const wants = newWants()
    wants.addEnterprise('1', 1, 0)
    wants.addEnterprise('2', 2, 0)
    wants.addEnterprise('1', 3, 5)
    expect([wants.wakeAt(), due(wants, 5), due(wants, 6), wants.wakeAt()]).toEqual([
      0,
      [one('1'), one('2')],
      [],
      Infinity,
    ])
  })

  test('is owed until one that began after the last trigger is complete, and then keeps its distance', () => {
    const wants = newWants()
    wants.addEnterprise('1', 5, 0)
    due(wants, 0)
    wants.addEnterprise('1', 7, 10)
    wants.enterpriseDone('1', outcome({ began: 6, durationMs: 300 }), 300)
    expect([wants.wakeAt(), due(wants, 3299), due(wants, 3300)]).toEqual([3300, [], [one('1')]])
    wants.enterpriseDone('1', outcome({ began: 8 }), 3310)
    expect([wants.wakeAt(), due(wants, 1e9)]).toEqual([Infinity, []])
  })

  test('that fails backs off by itself, and holds no other one back', () => {
    const wants = newWants()
    wants.addEnterprise('1', 1, 0)
    due(wants, 0)
    wants.enterpriseDone('1', outcome({ complete: false }), 0)
    due(wants, 1000)
    wants.enterpriseDone('1', outcome({ complete: false }), 1000)
    wants.addEnterprise('2', 2, 1001)
    expect([due(wants, 1001), due(wants, 2999), due(wants, 3000)]).toEqual([[one('2')], [], [one('1')]])
    wants.enterpriseDone('1', outcome({ complete: false, retryAfterMs: 60_000 }), 3000)
    expect(wants.wakeAt()).toBe(63_000)
  })

  test('that no request was sent for has served nothing', () => {
    const wants = newWants()
    wants.addEnterprise('1', 1, 0)
    due(wants, 0)
    wants.enterpriseDone('1', outcome({ began: null }), 0)
    expect(due(wants, 1000)).toEqual([one('1')])
  })

  test('is served by a list of everything that began after its trigger', () => {
    const wants = newWants()
    wants.addEnterprise('1', 5, 0)
    wants.addEnterprise('2', 5, 0)
    due(wants, 0)
    wants.enterpriseDone('1', outcome({ complete: false }), 0)
    wants.enterpriseDone('2', outcome({ complete: false }), 0)
    wants.addAll(6, 1)
    due(wants, 1)
    wants.enterpriseDone('1', outcome({ began: 7 }), 2)
    wants.enterpriseDone('2', outcome({ began: 7, complete: false }), 2)
    wants.allDone(outcome({ began: 7, complete: false }), 3)
    expect(due(wants, 1e9)).toEqual([all, one('2')])
  })

  test('does not wait for a list of everything that is running', () => {
    const wants = newWants()
    wants.addAll(1, 0)
    due(wants, 0)
    wants.addEnterprise('1', 2, 5)
    expect(due(wants, 5)).toEqual([one('1')])
  })
})

describe('many enterprises', () => {
  function owed(count: number): ListWants {
    const wants = newWants()
    for (let id = 1; id <= count; id++) wants.addEnterprise(String(id), id, 0)
    return wants
  }

  test('up to four are listed one by one', () => {
    expect(due(owed(4), 0)).toEqual(['1', '2', '3', '4'].map(one))
  })

  test('more are listed by one list of everything, and by nothing else', () => {
    const wants = owed(5)
    expect([due(wants, 0), wants.wakeAt(), due(wants, 9)]).toEqual([[all], Infinity, []])
    for (const id of ['1', '2', '3', '4', '5']) wants.enterpriseDone(id, outcome({ began: 6 }), 10)
    wants.allDone(outcome({ began: 6 }), 10)
    expect([wants.wakeAt(), due(wants, 1e9)]).toEqual([Infinity, []])
  })

  test('those that such a list could not serve are listed by themselves afterwards', () => {
    const wants = owed(5)
    due(wants, 0)
    for (const id of ['1', '2', '3', '4', '5'])
      wants.enterpriseDone(id, outcome({ began: 6, complete: id !== '3' }), 10)
    wants.allDone(outcome({ began: 6 }), 10)
    expect([wants.wakeAt(), due(wants, 1010)]).toEqual([1010, [one('3')]])
  })

  test('what an enterprise is asked for while that list runs does not wait for it', () => {
    const wants = owed(5)
    due(wants, 0)
    wants.addEnterprise('2', 9, 5)
    wants.addEnterprise('6', 10, 5)
    expect([wants.wakeAt(), due(wants, 5)]).toEqual([0, [one('2'), one('6')]])
  })

  test('are listed one by one while a list of everything must keep its distance', () => {
    const wants = newWants()
    wants.addAll(1, 0)
    due(wants, 0)
    wants.allDone(outcome({ began: 2, durationMs: 10_000 }), 0)
    for (let id = 1; id <= 6; id++) wants.addEnterprise(String(id), 2 + id, 0)
    expect(due(wants, 0)).toEqual(['1', '2', '3', '4', '5', '6'].map(one))
  })
})

test.each([
  [0, 10],
  [249, 10],
  [250, 20],
  [1000, 50],
  [100_000, 4010],
])('a list of %d VMs costs as much as %d single reads', (vms, cost) => {
  expect(listCost(vms)).toBe(cost)
})
