import { describe, expect, test } from 'bun:test'
import { settled } from '../../api/testing/fake-clock.ts'
import { keysOf, linesOf, sharing, token } from '../testing/sharing-redis.ts'

describe('several processes', () => {
  test('have one that writes, and others that stand by', async () => {
    await using all = sharing()
    const [a, b] = [all.process('a'), all.process('b')]
    await a.begin(1)
    const { lines } = await b.load()
    const written = await b.write(linesOf(2), null)
    await b.confirm()
    await all.clock.advance(60_000)
    expect([lines.render(), written.outcome, a.role, b.role, await b.changed()]).toEqual([
      linesOf(1).render(),
      'standby',
      'leader',
      'standby',
      null,
    ])
    expect([all.redis.keys, all.redis.writers]).toEqual([keysOf(1), ['a']])
  })

  test('change places within a quarter of a second when the one that writes ends', async () => {
    await using all = sharing()
    const [a, b] = [all.process('a'), all.process('b')]
    await a.begin(1, 2)
    await b.load()
    await all.clock.advance(60_000)
    const since = all.clock.now()
    await a[Symbol.asyncDispose]()
    await all.clock.advance(250)
    const [when, role] = b.state.news.at(-1) ?? []
    expect([(when ?? 0) - since <= 250, role, await b.changed()]).toEqual([true, 'leader', 'inherited'])
    const early = await b.write(linesOf(1), new Set([token(2)]))
    const { lines } = await b.load()
    const late = await b.write(linesOf(1), new Set([token(2)]))
    expect([early.outcome, lines.render(), late.outcome, await b.changed(), all.redis.keys]).toEqual([
      'standby',
      linesOf(1, 2).render(),
      'written',
      null,
      keysOf(1),
    ])
  })

  test('change places within seven seconds when the one that writes is killed', async () => {
    await using all = sharing()
    const [a, b] = [all.process('a'), all.process('b')]
    await a.begin(1)
    await b.load()
    await all.clock.advance(60_000)
    const since = all.clock.now()
    a.state.cut = true
    await all.clock.advance(7000)
    const [when] = b.state.news.at(-1) ?? []
    expect([b.role, a.role, (when ?? 0) - since > 3000]).toEqual(['leader', 'standby', true])
  })

  test('never write at once: one that was stopped past its lease writes nothing when it goes on', async () => {
    await using all = sharing()
    const [a, b] = [all.process('a'), all.process('b')]
    await a.begin(1)
    await b.load()
    await all.clock.advance(1000)
    const goOn = a.stop()
    await all.clock.advance(8000)
    await b.load()
    await b.write(linesOf(1, 2), new Set([token(2)]))
    // It has looked at its clock before it was stopped.
    const outcomes = [await a.write(linesOf(1, 3), new Set([token(3)])), await a.write(linesOf(3), null)]
    goOn()
    await all.clock.advance(1000)
    expect([outcomes.map(({ outcome }) => outcome), a.role, b.role, all.redis.keys, all.redis.writers]).toEqual([
      ['standby', 'standby'],
      'standby',
      'leader',
      keysOf(1, 2),
      ['a', 'b'],
    ])
  })

  test('lose nothing where the lease is lost and got back in the midst of a write', async () => {
    await using all = sharing()
    const a = all.process('a')
    await a.begin(1)
    await all.clock.advance(1000)
    all.redis.delete('novnc-tokens::leader')
    const { outcome } = await a.write(linesOf(1, 2), new Set([token(2)]))
    await settled()
    const doubt = await a.changed()
    await a.write(linesOf(1, 2), null)
    expect([outcome, doubt, a.role, await a.changed(), all.redis.keys]).toEqual([
      'standby',
      'unsure',
      'leader',
      null,
      keysOf(1, 2),
    ])
  })

  test.each([
    ['it leads again by then', false],
    ['nobody leads by then', true],
  ])('never write what a network brings late, from before it was cut off: %s', async (_, free) => {
    await using all = sharing()
    const a = all.process('a')
    await a.begin(1)
    await all.clock.advance(1000)
    a.state.cut = true
    // A renewal of the lease goes before the write.
    await all.clock.advance(2000)
    const writing = a.write(linesOf(2), new Set([token(1), token(2)])).catch((error: unknown) => error)
    await all.clock.advance(5000)
    await writing
    a.state.cut = false
    await all.clock.advance(1000)
    await a.write(linesOf(1), null)
    if (free) {
      await a[Symbol.asyncDispose]()
      all.redis.delete('novnc-tokens::leader')
    }
    for (const deliver of a.state.late) await deliver()
    expect([a.state.late.length > 1, all.redis.keys, all.redis.writers]).toEqual([true, keysOf(1), ['a']])
  })

  test('leave a Redis that comes back with old data to the one that led; another one knows them for what they are', async () => {
    await using all = sharing()
    const [a, b] = [all.process('a'), all.process('b')]
    await a.begin(1, 2)
    await b.load()
    await all.clock.advance(1000)
    const old = all.redis.dump()
    await a.write(linesOf(1), new Set([token(2)]))
    await all.clock.advance(1000)
    const roles: (string | undefined)[][] = []
    for (const gone of [false, true]) {
      all.redis.stop()
      a.state.cut = gone
      // By then neither holds a lease that was saved.
      await all.clock.advance(10_000)
      all.redis.start(structuredClone(old))
      await all.clock.advance(3000)
      roles.push([a.role, b.role])
      if (!gone) await a.write(linesOf(1), null)
      await all.clock.advance(1000)
    }
    expect([roles, await b.changed()]).toEqual([
      [
        ['leader', 'standby'],
        ['standby', 'leader'],
      ],
      'others',
    ])
  })
})
