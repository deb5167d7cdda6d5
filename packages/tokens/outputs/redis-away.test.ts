import { describe, expect, test } from 'bun:test'
import { settled } from '../../api/testing/fake-clock.ts'
import type { FakeRedis } from '../testing/fake-redis.ts'
import { failure, keysOf, linesOf, name, sharing, token, value } from '../testing/sharing-redis.ts'

describe('a Redis that goes away', () => {
  test('fails what is asked of it at once, and has all keys again within a second of its return', async () => {
    await using all = sharing()
    const a = all.process('a')
    await a.begin(1, 2)
    const old = all.redis.dump()
    await a.write(linesOf(2, 3), new Set([token(1), token(3)]))
    for (const data of [undefined, old]) {
      all.redis.stop()
      await all.clock.advance(100_000)
      const failed = await Promise.all([failure(a.changed()), failure(a.write(linesOf(2), null)), failure(a.confirm())])
      expect(failed).toEqual([
        { code: 'unwritable', message: `Cannot look at "${name}": connect ECONNREFUSED` },
        { code: 'unwritable', message: `Cannot write to "${name}": connect ECONNREFUSED` },
        { code: 'unwritable', message: `Cannot note the time in "${name}": connect ECONNREFUSED` },
      ])
      all.redis.start(data)
      const since = all.clock.now()
      await all.clock.advance(1000)
      const [when] = a.state.news.at(-1) ?? []
      expect([(when ?? 0) > since, await a.changed()]).toEqual([true, 'unsure'])
      await a.write(linesOf(2, 3), null)
      expect([all.redis.keys, await a.changed()]).toEqual([keysOf(2, 3), null])
    }
  })

  test('is taken over as others left it where one of them wrote meanwhile', async () => {
    await using all = sharing()
    const [a, b] = [all.process('a'), all.process('b')]
    await a.begin(1)
    await b.load()
    a.state.cut = true
    await all.clock.advance(20_000)
    await b.load()
    await b.write(linesOf(1, 2), new Set([token(2)]))
    await b[Symbol.asyncDispose]()
    a.state.cut = false
    await all.clock.advance(1000)
    expect([a.role, await a.changed(), (await a.load()).lines.render()]).toEqual([
      'leader',
      'inherited',
      linesOf(1, 2).render(),
    ])
  })

  test('fails in three seconds where it only hangs', async () => {
    await using all = sharing()
    const a = all.process('a')
    await a.begin(1)
    all.redis.hangs = true
    const writing = failure(a.write(linesOf(), new Set([token(1)])))
    await all.clock.advance(3000)
    expect(await writing).toEqual({ code: 'unwritable', message: `Cannot write to "${name}": No answer within 3 s` })
    await all.clock.advance(60_000)
    expect((await failure(a.changed())).message).toBe(`Cannot look at "${name}": No answer within 3 s`)
    all.redis.hangs = false
    await all.clock.advance(4000)
    expect(await a.changed()).toBe('unsure')
  })

  test('is there at the first look, or has failed', async () => {
    await using all = sharing()
    all.redis.stop()
    const a = all.process('a')
    expect(await failure(a.load())).toEqual({
      code: 'unreadable',
      message: `Cannot read "${name}": connect ECONNREFUSED`,
    })
    all.redis.start()
    await all.clock.advance(1000)
    expect([(await a.load()).existed, a.role]).toEqual([false, 'leader'])
  })

  test('does not end the wait for what fails again and again', async () => {
    await using all = sharing()
    const a = all.process('a')
    await a.begin(1)
    await all.clock.advance(10_000)
    const before = a.state.news.length
    for (let round = 0; round < 10; round++) {
      all.redis.stop()
      all.redis.start()
      await all.clock.advance(1000)
    }
    expect(a.state.news.slice(before).map(([when]) => when - 10_000)).toEqual([1000, 6000])
  })

  test('keeps nobody from ending', async () => {
    const all = sharing()
    const a = all.process('a')
    await a.begin(1)
    all.redis.hangs = true
    const writing = a.write(linesOf(), null).catch(() => undefined)
    const ending = a[Symbol.asyncDispose]()
    await all.clock.advance(300)
    await Promise.all([ending, writing])
    expect([(await failure(a.changed())).code, all.clock.left]).toEqual(['unwritable', []])
  })

  test('has a write end soon after the signal where it hangs', async () => {
    await using all = sharing()
    const a = all.process('a')
    await a.begin(1)
    all.redis.hangs = true
    const ending = new AbortController()
    const writing = a.write(linesOf(), null, { signal: ending.signal })
    await settled()
    ending.abort()
    await all.clock.advance(300)
    expect((await writing).outcome).toBe('interrupted')
  })
})

describe('what others change in it', () => {
  test.each<[string, (redis: FakeRedis) => void]>([
    ['all keys', (redis) => redis.flush()],
    ['the set of ours', (redis) => redis.forget(token(1))],
  ])('is seen within two seconds, and told: %s', async (_, change) => {
    await using all = sharing()
    const a = all.process('a')
    await a.begin(1, 2)
    await all.clock.advance(10_000)
    change(all.redis)
    const told = a.state.news.length
    await all.clock.advance(2000)
    expect([a.state.news.length - told, await a.changed(), a.role]).toEqual([1, 'others', 'leader'])
    await a.load()
    await a.write(linesOf(1, 2), null)
    await all.clock.advance(10_000)
    expect([all.redis.keys, await a.changed(), a.state.news.length - told]).toEqual([keysOf(1, 2), null, 1])
  })

  test('is seen once lists confirm us: a key less, or more', async () => {
    await using all = sharing()
    const a = all.process('a')
    await a.begin(1, 2)
    await all.clock.advance(10_000)
    await a.confirm()
    all.redis.delete(token(1))
    await a.write(linesOf(1, 2, 3), new Set([token(3)]))
    await all.clock.advance(10_000)
    const doubts = [await a.changed()]
    await a.confirm()
    doubts.push(await a.changed())
    const { done } = await a.write(linesOf(1, 2, 3), null)
    await a.confirm()
    doubts.push(await a.changed())
    expect([doubts, done, all.redis.keys]).toEqual([[null, 'unsure', null], { added: 1, removed: 0 }, keysOf(1, 2, 3)])
  })

  test('in place is found each hour', async () => {
    await using all = sharing()
    const a = all.process('a')
    await a.begin(1)
    all.redis.set(token(1), value(9))
    await all.clock.advance(3_590_000)
    await a.confirm()
    const before = await a.changed()
    await all.clock.advance(10_000)
    await a.confirm()
    expect([before, await a.changed()]).toEqual([null, 'unsure'])
    await a.write(linesOf(1), null)
    expect([await a.changed(), all.redis.keys]).toEqual([null, keysOf(1)])
  })
})
