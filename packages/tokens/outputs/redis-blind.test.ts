import { describe, expect, test } from 'bun:test'
import { keysOf, linesOf, sharing, token } from '../testing/sharing-redis.ts'

/** Two processes of which the first leads, and what they see from then on; which lead at any time, in order. */
async function two(a: boolean | null, b: boolean | null) {
  const all = sharing()
  const [one, other] = [all.process('a'), all.process('b')]
  await one.begin(1, 2)
  await other.load()
  await all.clock.advance(10_000)
  one.sees(a)
  other.sees(b)
  const led = async (ms: number) => {
    const leaders: string[] = []
    for (let at = 0; at < ms; at += 50) {
      await all.clock.advance(50)
      const now = `${one.role === 'leader' ? 'a' : ''}${other.role === 'leader' ? 'b' : ''}`
      if (now !== leaders.at(-1)) leaders.push(now)
    }
    return leaders
  }
  return Object.assign(all, { one, other, led })
}

describe('of processes that share a Redis', () => {
  test('a leader that is blind hands over to one that sees, which compares all before it writes', async () => {
    await using all = await two(false, true)
    const leaders = await all.led(3000)
    const early = await all.other.write(linesOf(1, 3), new Set([token(2), token(3)]))
    expect([leaders.at(-1), all.one.yielded, early.outcome, await all.other.changed()]).toEqual([
      'b',
      true,
      'standby',
      'inherited',
    ])
    const { lines } = await all.other.load()
    await all.other.write(linesOf(1, 3), new Set([token(2), token(3)]))
    const late = await all.one.write(linesOf(1, 2, 4), null)
    expect([lines.render(), late.outcome, all.redis.keys, all.redis.writers]).toEqual([
      linesOf(1, 2).render(),
      'standby',
      keysOf(1, 3),
      ['a', 'b'],
    ])
    expect(await all.led(60_000)).toEqual(['b'])
  })

  test('it hands over once, and not to itself', async () => {
    await using all = await two(false, true)
    const leaders = await all.led(60_000)
    expect(leaders.filter((each) => each !== '')).toEqual(['a', 'b'])
  })

  test.each<[string, boolean | null, boolean | null]>([
    ['all are blind', false, false],
    ['the leader sees', true, true],
    ['it is unclear whether the leader sees', null, true],
    ['it is unclear whether the other one sees', false, null],
  ])('nobody hands over while %s', async (_, a, b) => {
    await using all = await two(a, b)
    expect([await all.led(60_000), all.one.yielded]).toEqual([['a'], false])
  })

  test('a third one that is blind leaves the lease to the one that sees, and takes it where that is gone', async () => {
    await using all = await two(false, true)
    const third = all.process('c')
    third.sees(false)
    await third.load()
    await all.led(5000)
    const roles = [all.one.role, all.other.role, third.role]
    all.other.state.cut = true
    await all.clock.advance(12_000)
    const leading = [all.one, third].filter(({ role }) => role === 'leader').length
    expect([...roles, leading]).toEqual(['standby', 'leader', 'standby', 1])
  })

  test('the one that led takes back when it sees and the other one is blind', async () => {
    await using all = await two(false, true)
    await all.led(5000)
    all.one.sees(true)
    const stays = await all.led(20_000)
    all.other.sees(false)
    const leaders = await all.led(5000)
    expect([stays, leaders.at(-1), all.one.yielded, all.other.yielded]).toEqual([['b'], 'a', false, true])
  })

  test('that a standby comes and goes is no reason to compare all', async () => {
    await using all = await two(true, true)
    await all.one.write(linesOf(1, 2), null)
    await all.one.confirm()
    all.other.state.cut = true
    await all.clock.advance(10_000)
    await all.one.confirm()
    expect(await all.one.changed()).toBeNull()
  })

  test('what is said of who sees costs no call of its own', async () => {
    const calls = async (a: boolean | null, b: boolean | null) => {
      await using all = await two(a, b)
      const before = all.redis.commands.length
      await all.clock.advance(60_000)
      return all.redis.commands.length - before
    }
    expect(await calls(true, true)).toBe(await calls(null, null))
  })
})
