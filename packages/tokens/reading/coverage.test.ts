import { describe, expect, test } from 'bun:test'
import { Coverage } from './coverage.ts'

const complete = { complete: true, why: null }
const broken = { complete: false, why: 'it broke' }
const dayMs = 24 * 3_600_000

/** Lists of enterprises 1 and 2 that began at 100. */
function listed(): Coverage {
  const coverage = new Coverage()
  coverage.enterprisesListed(100, ['1', '2'], complete)
  coverage.listed('1', 110, complete)
  coverage.listed('2', 120, complete)
  return coverage
}

function facts(coverage: Coverage, now = 0) {
  return { agreed: coverage.agreedSince(), proven: coverage.provenSince(now), why: coverage.why() }
}

const not = Number.NEGATIVE_INFINITY

describe('all that is known agrees since the beginning of the oldest list', () => {
  test('which there is not before every enterprise was listed', () => {
    const coverage = new Coverage()
    expect(facts(coverage)).toEqual({ agreed: not, proven: not, why: 'no list has ended yet' })
    coverage.enterprisesListed(100, ['1', '2'], complete)
    coverage.listed('1', 110, complete)
    expect(facts(coverage)).toEqual({ agreed: not, proven: not, why: null })
    coverage.listed('2', 120, complete)
    expect(facts(coverage)).toEqual({ agreed: 100, proven: 100, why: null })
  })

  test('which the list of enterprises is one of', () => {
    const coverage = listed()
    coverage.listed('1', 500, complete)
    coverage.listed('2', 510, complete)
    expect(facts(coverage).agreed).toBe(100)
    coverage.enterprisesListed(490, ['1', '2'], complete)
    expect(facts(coverage).agreed).toBe(490)
  })

  test('whatever order they end in', () => {
    const coverage = listed()
    coverage.enterprisesListed(300, ['1', '2'], complete)
    coverage.listed('2', 320, complete)
    expect(facts(coverage).agreed).toBe(110)
    coverage.listed('1', 310, complete)
    expect(facts(coverage).agreed).toBe(300)
  })

  test('which a list that broke leaves as it was', () => {
    const coverage = listed()
    coverage.enterprisesListed(200, ['1', '2'], complete)
    coverage.listed('1', 210, broken)
    coverage.listed('2', 220, complete)
    expect(facts(coverage)).toEqual({ agreed: 110, proven: 110, why: 'Enterprise 1: it broke' })
  })

  test('which a list of enterprises that is not complete leaves as it was', () => {
    const coverage = listed()
    coverage.enterprisesListed(200, ['1'], broken)
    coverage.listed('1', 210, complete)
    expect(facts(coverage)).toEqual({
      agreed: 100,
      proven: 100,
      why: 'The list of enterprises is not complete: it broke',
    })
  })

  test('which an enterprise that is new keeps back until it was listed', () => {
    const coverage = listed()
    coverage.enterprisesListed(200, ['1', '2', '3'], complete)
    expect(facts(coverage).agreed).toBe(not)
    coverage.listed('3', 210, complete)
    expect(facts(coverage).agreed).toBe(110)
  })

  test('which an enterprise that is gone keeps back no longer', () => {
    const coverage = listed()
    coverage.enterprisesListed(200, ['1'], complete)
    coverage.listed('1', 210, complete)
    coverage.listed('2', 220, broken)
    coverage.gone('2')
    expect([facts(coverage), coverage.ids()]).toEqual([{ agreed: 200, proven: 200, why: null }, ['1']])
  })
})

describe('an enterprise that refuses us', () => {
  function refusing(since: number): Coverage {
    const coverage = new Coverage()
    coverage.enterprisesListed(100, ['1', '2'], complete)
    coverage.listed('1', 110, complete)
    coverage.refused('2', since, 'forbidden')
    return coverage
  }

  test('is excused: the others agree without it, and nothing is wrong', () => {
    expect([facts(refusing(120)).agreed, facts(refusing(120)).why, refusing(120).excused()]).toEqual([
      100,
      null,
      [{ id: '2', why: 'forbidden' }],
    ])
  })

  test('delays proof for a day and no longer', () => {
    const coverage = refusing(120)
    expect([119 + dayMs, 120 + dayMs].map((now) => coverage.provenSince(now))).toEqual([not, 100])
  })

  test('delays it for a day since its first refusal, however often it refuses', () => {
    const coverage = refusing(120)
    coverage.refused('2', 120 + dayMs / 2, 'forbidden again')
    expect([coverage.provenSince(120 + dayMs), coverage.excused()]).toEqual([
      100,
      [{ id: '2', why: 'forbidden again' }],
    ])
  })

  test('proves what it did before', () => {
    const coverage = listed()
    coverage.refused('2', 300, 'forbidden')
    coverage.enterprisesListed(400, ['1', '2'], complete)
    coverage.listed('1', 410, complete)
    expect(facts(coverage, 500)).toEqual({ agreed: 400, proven: 120, why: null })
  })

  test('is excused no more once it can be listed, or fails in another way', () => {
    const healed = refusing(120)
    healed.listed('2', 300, complete)
    expect([healed.excused(), facts(healed)]).toEqual([[], { agreed: 100, proven: 100, why: null }])
    const failing = refusing(120)
    failing.listed('2', 300, broken)
    expect([failing.excused(), facts(failing)]).toEqual([
      [],
      { agreed: not, proven: not, why: 'Enterprise 2: it broke' },
    ])
  })
})

describe('why the lists are not complete', () => {
  test('names the first enterprise and counts the others', () => {
    const coverage = listed()
    coverage.listed('1', 200, broken)
    coverage.listed('2', 200, { complete: false, why: 'it broke too' })
    expect(coverage.why()).toBe('Enterprise 1: it broke (and 1 other enterprises)')
  })

  test('says that the list of enterprises cannot be had, until it can', () => {
    const coverage = listed()
    coverage.failed('Cannot list enterprises: no answer')
    expect([coverage.why(), coverage.agreedSince()]).toEqual(['Cannot list enterprises: no answer', 100])
    coverage.enterprisesListed(300, ['1', '2'], complete)
    expect(coverage.why()).toBeNull()
  })
})
