import { describe, expect, test } from 'bun:test'
import { Doubts, type Grant } from './doubts.ts'

const counts = { tokens: 10, keys: 15 }
const still: Grant = { others: false, connected: false, led: true, counts }

/** What is known after all was read at 0 ms. */
function settled(): Doubts {
  const doubts = new Doubts()
  doubts.granted({ ...still, connected: true })
  doubts.settled(doubts.raised, true, 0)
  return doubts
}

describe('a grant of the lease', () => {
  test.each<[string, Partial<Grant>, ReturnType<typeof doubtOf>]>([
    ['that goes on as before', {}, null],
    ['after another process wrote', { others: true }, 'inherited'],
    ['after another process wrote, on a new connection', { others: true, connected: true }, 'inherited'],
    ['on a new connection', { connected: true }, 'unsure'],
    ['on a new connection to an empty server', { connected: true, counts: { tokens: 0, keys: 2 } }, 'unsure'],
    ['after it was lost', { led: false }, 'unsure'],
    ['with fewer tokens than we left', { counts: { tokens: 9, keys: 15 } }, 'others'],
    ['with fewer tokens after it was lost', { led: false, counts: { tokens: 9, keys: 15 } }, 'others'],
    ['with other keys beside ours', { counts: { tokens: 10, keys: 14 } }, null],
    ['while we write', { counts: null }, null],
  ])('%s', (_, grant, doubt) => {
    expect(doubtOf({ ...still, ...grant })).toBe(doubt)
  })

  test.each<[string, readonly number[], ReturnType<typeof doubtOf>]>([
    ['what it wrote since', [3, 7], 'inherited'],
    ['what was there already', [7, 7], 'inherited'],
    ['older data than was there, which somebody put there', [7, 3], 'others'],
    ['older data that is written to since', [7, 3, 4], 'inherited'],
    ['older data that was seen before', [7, 3, 3], 'others'],
  ])('after another process wrote takes over %s', (_, versions, doubt) => {
    const doubts = settled()
    for (const version of versions) doubts.saw(version)
    doubts.granted({ ...still, others: true, connected: true })
    expect(doubts.doubt).toBe(doubt)
  })

  test('counts what we wrote', () => {
    const doubts = settled()
    doubts.wrote({ tokens: 12, keys: 17 })
    doubts.granted({ ...still, counts: { tokens: 12, keys: 17 } })
    expect(doubts.doubt).toBeNull()
  })
})

describe('a confirmation', () => {
  test.each<[string, { tokens: number; keys: number }, number, ReturnType<typeof doubtOf>]>([
    ['with the same counts', counts, 3_599_999, null],
    ['with keys of others gone or new', { tokens: 10, keys: 16 }, 0, 'unsure'],
    ['with tokens gone', { tokens: 9, keys: 14 }, 0, 'others'],
    ['with a key gone whose token is there', { tokens: 10, keys: 14 }, 0, 'unsure'],
    ['an hour after all were compared', counts, 3_600_000, 'unsure'],
  ])('%s', (_, found, now, doubt) => {
    const doubts = settled()
    doubts.confirmed(found, now)
    expect(doubts.doubt).toBe(doubt)
  })

  test('of the first token ever, whose set is a key of its own', () => {
    const doubts = new Doubts()
    doubts.granted({ ...still, connected: true, counts: { tokens: 0, keys: 2 } })
    doubts.settled(doubts.raised, true, 0)
    doubts.wrote({ tokens: 1, keys: 4 })
    doubts.confirmed({ tokens: 1, keys: 4 }, 0)
    expect(doubts.doubt).toBeNull()
  })
})

describe('a doubt', () => {
  test('about what another process wrote outlives all others', () => {
    const doubts = settled()
    doubts.granted({ ...still, others: true })
    doubts.raise('unsure')
    expect([doubts.doubt, doubts.mustLoad]).toEqual(['inherited', true])
  })

  test('is settled by what began after it came up, and only while we led', () => {
    const doubts = settled()
    doubts.raise('others')
    const early = doubts.raised
    doubts.raise('unsure')
    doubts.settled(early, true, 0)
    const seen = [doubts.doubt]
    doubts.settled(doubts.raised, false, 0)
    seen.push(doubts.doubt)
    doubts.settled(doubts.raised, true, 0)
    seen.push(doubts.doubt)
    expect(seen).toEqual(['unsure', 'unsure', null])
  })

  test('has nothing to be loaded first where nothing was loaded yet', () => {
    const doubts = new Doubts()
    doubts.granted({ ...still, others: true, connected: true })
    expect([doubts.doubt, doubts.mustLoad]).toEqual(['inherited', false])
  })
})

function doubtOf(grant: Grant) {
  const doubts = settled()
  doubts.granted(grant)
  return doubts.doubt
}
