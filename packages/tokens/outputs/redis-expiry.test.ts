import { describe, expect, test } from 'bun:test'
import { keysOf, sharing, token, url } from '../testing/sharing-redis.ts'

describe('keys that expire', () => {
  const expiring = `${url}?ttl=60`

  test('live on as long as one process does, and go when none does', async () => {
    await using all = sharing()
    const a = all.process('a', expiring)
    await a.begin(1, 2)
    const least: number[] = []
    for (let second = 0; second < 300; second++) {
      await all.clock.advance(1000)
      least.push(all.redis.leftOf(token(1)) ?? 0)
    }
    a.state.cut = true
    await all.clock.advance(60_000)
    expect([Math.min(...least) > 37_000, all.redis.keys]).toEqual([true, {}])
    const b = all.process('b', expiring)
    const { lines, refused, existed, exact } = await b.load()
    expect([lines.size, refused, existed, exact]).toEqual([0, 0, false, false])
  })

  test('live on with the next process', async () => {
    await using all = sharing()
    const [a, b] = [all.process('a', expiring), all.process('b', expiring)]
    await a.begin(1)
    await b.load()
    await all.clock.advance(19_000)
    a.state.cut = true
    await all.clock.advance(10_000)
    await b.load()
    await all.clock.advance(120_000)
    expect([b.role, all.redis.keys]).toEqual(['leader', keysOf(1)])
  })

  test('that are gone are told', async () => {
    await using all = sharing()
    const a = all.process('a', expiring)
    await a.begin(1, 2)
    await all.clock.advance(5000)
    all.redis.delete(token(1))
    await all.clock.advance(30_000)
    expect(await a.changed()).toBe('others')
  })

  test('live for ever with a process that wants it so', async () => {
    await using all = sharing()
    for (const ms of [0, 5000]) {
      const a = all.process(`a${ms}`, expiring)
      await a.begin(1)
      await all.clock.advance(ms)
      await a[Symbol.asyncDispose]()
      const b = all.process(`b${ms}`)
      await b.load()
      await all.clock.advance(600_000)
      await b[Symbol.asyncDispose]()
      expect([all.redis.leftOf(token(1)), all.redis.keys]).toEqual([null, keysOf(1)])
    }
  })

  test('that ought not to are not asked for', async () => {
    await using all = sharing()
    const a = all.process('a')
    await a.begin(1)
    await all.clock.advance(5000)
    const before = all.redis.commands.length
    await all.clock.advance(600_000)
    expect(new Set(all.redis.commands.slice(before))).toEqual(new Set(['eval']))
  })
})
