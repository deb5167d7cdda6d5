import { describe, expect, test } from 'bun:test'
import { at, failure, keysOf, linesOf, name, sharing, sorted, token, value } from '../testing/sharing-redis.ts'
import { RedisError } from './redis/connection.ts'
import { RedisOutput } from './redis.ts'

const many = Array.from({ length: 1300 }, (_, index) => index + 1)

describe('a Redis that one process writes', () => {
  test('gets the keys that its plugin reads, those that differ only', async () => {
    await using all = sharing()
    const a = all.process('a')
    const { lines, ...loaded } = await a.load()
    const lines12 = linesOf(1, 2)
    const first = await a.write(lines12, null)
    const before = all.redis.writers.length
    const again = await a.write(lines12, null)
    lines12.delete(token(1))
    lines12.set(token(3), at(3))
    const changed = await a.write(lines12, new Set([token(1), token(3)]))
    expect([lines.size, loaded, first, again, changed, all.redis.writers.length - before]).toEqual([
      0,
      { refused: 0, exact: true, existed: false, modifiedAt: null },
      { outcome: 'written', done: { added: 2, removed: 0 } },
      { outcome: 'written', done: { added: 0, removed: 0 } },
      { outcome: 'written', done: { added: 1, removed: 1 } },
      1,
    ])
    expect([all.redis.contents, a.name, a.role]).toEqual([
      {
        ...keysOf(2, 3),
        'novnc-tokens::leader': 'a/1',
        'novnc-tokens::state': 'at version writer',
        'novnc-tokens::tokens': [token(2), token(3)].sort().join(' '),
      },
      name,
      'leader',
    ])
  })

  test('is loaded with what an earlier process left, and when it was right last', async () => {
    await using all = sharing()
    await using a = all.process('a')
    await a.begin(1, 2)
    await all.clock.advance(5000)
    await a.confirm()
    await a[Symbol.asyncDispose]()
    const b = all.process('b')
    const { lines, ...loaded } = await b.load()
    expect([lines.render(), loaded, await b.changed(), b.role]).toEqual([
      linesOf(1, 2).render(),
      { refused: 0, exact: true, existed: true, modifiedAt: all.clock.wallAtZero + 5000 },
      null,
      'leader',
    ])
  })

  test('is loaded without what is gone or is no address, which is put right', async () => {
    await using all = sharing()
    const a = all.process('a')
    await a.begin(1, 2, 3)
    all.redis.delete(token(1))
    all.redis.set(token(2), '10.0.0.1')
    const { lines, refused, exact } = await a.load()
    const { done } = await a.write(linesOf(1, 2, 3), null)
    expect([lines.render(), refused, exact, done, all.redis.keys]).toEqual([
      linesOf(3).render(),
      1,
      false,
      { added: 2, removed: 0 },
      keysOf(1, 2, 3),
    ])
  })

  test('is compared as a whole where somebody asks for it, also with keys that were overwritten', async () => {
    await using all = sharing()
    const a = all.process('a')
    await a.begin(1, 2)
    all.redis.set(token(2), '{"host":"10.0.0.9:1"}')
    await a.confirm()
    const before = await a.changed()
    a.mistrust()
    const after = await a.changed()
    await a.write(linesOf(1, 2), null)
    expect([before, after, await a.changed(), all.redis.keys]).toEqual([null, 'unsure', null, keysOf(1, 2)])
  })

  test('keeps all keys that are not ours, but for the one of a token that is to be there', async () => {
    await using all = sharing()
    const theirs = { session: 'x', [token(7)]: 'theirs', [`${token(1)}:x`]: 'y' }
    for (const [key, text] of Object.entries({ ...theirs, [token(1)]: 'theirs' })) all.redis.set(key, text)
    const a = all.process('a')
    const { lines } = await a.load()
    await a.write(linesOf(1), null)
    const before = all.redis.keys
    await a.write(linesOf(), new Set([token(1), token(7)]))
    expect([lines.size, before, all.redis.keys]).toEqual([0, sorted({ ...theirs, ...keysOf(1) }), sorted(theirs)])
  })

  test('has a namespace of its own where that is asked for', async () => {
    await using all = sharing()
    const a = all.process('a', 'redis://h?namespace=east')
    const b = all.process('b', 'redis://h?namespace=west')
    await a.begin(1)
    await b.begin(2)
    expect([all.redis.keys, a.role, b.role, a.name]).toEqual([
      sorted({ [`east:${token(1)}`]: value(1), [`west:${token(2)}`]: value(2) }),
      'leader',
      'leader',
      'redis://h:6379/0?namespace=east',
    ])
    expect((await b.load()).lines.render()).toBe(linesOf(2).render())
  })

  test('takes many in pieces and tells how far it is', async () => {
    await using all = sharing()
    const a = all.process('a')
    await a.load()
    const told: [number, number][] = []
    const { done } = await a.write(linesOf(...many), null, { onProgress: (...each) => told.push(each) })
    expect([done, all.redis.keys, all.redis.writers.length]).toEqual([{ added: 1300, removed: 0 }, keysOf(...many), 3])
    expect(told).toEqual([
      [0, 1300],
      [0, 1300],
      [0, 1300],
    ])
  })

  test('gets nothing more after the signal', async () => {
    await using all = sharing()
    const a = all.process('a')
    await a.load()
    const ending = new AbortController()
    const { outcome, done } = await a.write(linesOf(...many), null, {
      signal: ending.signal,
      onProgress: () => ending.abort(),
    })
    expect([outcome, done, all.redis.keys]).toEqual(['interrupted', { added: 0, removed: 0 }, {}])
  })

  test('is not told of IPv6, which is counted', async () => {
    await using all = sharing()
    const a = all.process('a')
    await a.load()
    const lines = linesOf(1)
    lines.set('c'.repeat(32), { host: '2001:db8::1', port: 5900 })
    const { done } = await a.write(lines, null)
    expect([done, a.uncarried, all.redis.keys]).toEqual([{ added: 1, removed: 0 }, 1, keysOf(1)])
    lines.delete('c'.repeat(32))
    await a.write(lines, new Set(['c'.repeat(32)]))
    expect(a.uncarried).toBe(0)
  })
})

describe('a Redis that answers with an error', () => {
  test('is asked again by whoever wants something, and not connected anew', async () => {
    await using all = sharing()
    const a = all.process('a')
    await a.begin(1)
    all.redis.failure = new RedisError("OOM command not allowed when used memory > 'maxmemory'", true)
    const told = a.state.news.length
    expect(await failure(a.write(linesOf(1, 2), new Set([token(2)])))).toEqual({
      code: 'unwritable',
      message: `Cannot write to "${name}": OOM command not allowed when used memory > 'maxmemory'. Give it more memory, or a namespace of its own`,
    })
    await all.clock.advance(60_000)
    expect([a.state.news.length - told, a.role]).toEqual([0, 'leader'])
  })

  test('for having become a replica is connected anew', async () => {
    await using all = sharing()
    const a = all.process('a')
    await a.begin(1)
    all.redis.failure = new RedisError("READONLY You can't write against a read only replica.", true)
    expect((await failure(a.write(linesOf(1, 2), new Set([token(2)])))).message).toEndWith(
      'It has become a replica: name its master, or its Sentinels',
    )
    all.redis.failure = null
    await all.clock.advance(1000)
    expect(await a.changed()).toBe('unsure')
  })
})

test('a URL that is none is refused without being repeated', () => {
  expect(() => new RedisOutput({ url: 'redis://:hunter2@h/x' })).toThrow(
    new RangeError('the number of a database is wanted behind the host, such as /0'),
  )
})
