import { describe, expect, test } from 'bun:test'
import type { Clock } from '@novnc-tokens/api'
import { FakeClock, settled } from '../../api/testing/fake-clock.ts'
import { SortedLines } from '../lines.ts'
import { FakeRedis } from '../testing/fake-redis.ts'
import { tokenOf } from '../token.ts'
import { OutputError } from './output.ts'
import { RedisError } from './redis/connection.ts'
import { RedisOutput } from './redis.ts'

const url = 'redis://:hunter2@redis.example.com/2'
const name = 'redis://redis.example.com:6379/2'
const at = (port: number) => ({ host: '10.0.0.1', port })
const token = (port: number) => tokenOf(at(port))
const value = (port: number) => `{"host":"10.0.0.1:${port}"}`

function linesOf(...ports: number[]): SortedLines {
  const lines = new SortedLines()
  lines.change(new Map(ports.map((port) => [token(port), at(port)])), new Set())
  return lines
}

function keysOf(...ports: number[]): Record<string, string> {
  return Object.fromEntries(ports.map((port) => [token(port), value(port)]).sort())
}

const many = Array.from({ length: 1300 }, (_, index) => index + 1)

/** A Redis on a clock, and processes that share it. */
function sharing() {
  const clock = new FakeClock()
  const redis = new FakeRedis(clock)
  const outputs: RedisOutput[] = []
  return {
    clock,
    redis,
    /** One more process, with what it is told. */
    process(id: string, at = url) {
      const state = { cut: false, news: [] as (readonly [number, string | undefined])[] }
      const open = (signal: AbortSignal) => redis.open(signal, () => state.cut)
      const own = new StoppableClock(clock)
      const output = new RedisOutput({ url: at, clock: own, id, open })
      output.listen(() => state.news.push([clock.now(), output.role]))
      outputs.push(output)
      return Object.assign(output, {
        state,
        /** Stops it, as SIGSTOP does; what this returns has it go on. */
        stop: () => own.stop(),
        /** What a runner does first. */
        async begin(...ports: number[]) {
          await output.load()
          if (ports.length > 0) await output.write(linesOf(...ports), new Set(ports.map(token)))
        },
      })
    },
    async [Symbol.asyncDispose]() {
      const ending = Promise.all(outputs.map((output) => output[Symbol.asyncDispose]()))
      await clock.advance(10_000)
      await ending
    },
  }
}

async function failure(of: Promise<unknown>): Promise<{ code: string; message: string }> {
  const error = await of.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof OutputError)) throw new Error('no OutputError', { cause: error })
  expect([error.cause, error.message]).toEqual([undefined, expect.not.stringContaining('hunter2')])
  return { code: error.code, message: error.message }
}

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
        'novnc-tokens::leader': 'a',
        'novnc-tokens::state': 'at writer',
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
})

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
        { code: 'unreadable', message: `Cannot look at "${name}": connect ECONNREFUSED` },
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
    expect([(await failure(a.changed())).code, all.clock.left]).toEqual(['unreadable', []])
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

/** The clock of one process, which stands still while that is stopped. */
class StoppableClock implements Clock {
  readonly #clock: FakeClock
  #stopped: { now: number; until: Promise<void> } | null = null

  constructor(clock: FakeClock) {
    this.#clock = clock
  }

  stop(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#stopped = { now: this.#clock.now(), until: promise }
    return () => {
      this.#stopped = null
      resolve()
    }
  }

  now(): number {
    return this.#stopped?.now ?? this.#clock.now()
  }

  wall(): number {
    return this.#clock.wall()
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    await this.#clock.sleep(ms, signal)
    await this.#stopped?.until
  }
}

function sorted(keys: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(keys).sort(([one], [other]) => (one < other ? -1 : 1)))
}
