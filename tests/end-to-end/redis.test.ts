import { describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import { systemClock } from '@novnc-tokens/api'
import { type Note, RedisOutput, Runner, SortedLines, tokenOf } from '@novnc-tokens/tokens'
import { program } from '../support/packages.ts'
import { type Child, run, start } from '../support/process.ts'
import { type Redis, startRedis, startSentinel } from '../support/redis.ts'
import { startSilentLink } from '../support/silent-link.ts'
import { tempFolder } from '../support/temp.ts'
import { waitFor } from '../support/wait.ts'

const at = (port: number) => ({ host: '10.0.0.1', port })
const token = (port: number) => tokenOf(at(port))
const value = (port: number) => `{"host":"10.0.0.1:${port}"}`

function linesOf(...ports: number[]): SortedLines {
  const lines = new SortedLines()
  lines.change(new Map(ports.map((port) => [token(port), at(port)])), new Set())
  return lines
}

function keysOf(...ports: number[]): Record<string, string> {
  return sorted(Object.fromEntries(ports.map((port) => [token(port), value(port)])))
}

function sorted(keys: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(keys).sort(([one], [other]) => (one < other ? -1 : 1)))
}

/** An output with a runner that runs. */
function keeping(url: string) {
  const output = new RedisOutput({ url })
  const notes: Note[] = []
  const ending = new AbortController()
  const runner = new Runner({
    output,
    guard: { share: null, confirmAfterMs: 0 },
    clock: systemClock,
    random: Math.random,
    note: (note) => notes.push(note),
    onChangedByOthers: () => {},
  })
  const running = runner.run(ending.signal)
  return {
    output,
    runner,
    notes,
    has(...ports: number[]) {
      runner.push(ports.map((port) => ({ token: token(port), address: at(port), id: `${port}`, announced: true })))
    },
    lost(...ports: number[]) {
      runner.push(ports.map((port) => ({ token: token(port), address: null, id: `${port}`, announced: true })))
    },
    async [Symbol.asyncDispose]() {
      ending.abort()
      await running
      await output[Symbol.asyncDispose]()
    },
  }
}

/** Waits until a Redis has just these tokens. */
async function shows(redis: Redis, ...ports: number[]): Promise<void> {
  const wanted = JSON.stringify(keysOf(...ports))
  await waitFor(`${ports.length} tokens`, async () => JSON.stringify(await redis.keys()) === wanted)
}

/** The message of what a write fails with. */
async function refusal(url: string): Promise<string> {
  await using output = new RedisOutput({ url })
  const error = await output.load().then(
    () => null,
    (thrown: unknown) => thrown,
  )
  return error instanceof Error ? error.message : 'nothing'
}

describe('a real Redis', () => {
  test('has what websockify’s own plugin reads', async () => {
    await using redis = await startRedis()
    await using output = new RedisOutput({ url: redis.url })
    await output.load()
    await output.write(linesOf(5901, 5902), null)
    const script = [
      'import sys',
      'from websockify.token_plugins import TokenRedis',
      `plugin = TokenRedis("127.0.0.1:${redis.port}")`,
      'print([plugin.lookup(token) for token in sys.argv[1:]])',
    ].join('\n')
    const found = await run(['/usr/bin/python3', '-c', script, token(5901), token(5902), token(5903)])
    expect(program('websockify')).toBeString()
    expect([found.code, found.stdout.trim().split('\n').at(-1)]).toEqual([
      0,
      "[['10.0.0.1', '5901'], ['10.0.0.1', '5902'], None]",
    ])
  })

  test('gets what differs, in its database and namespace, and keeps what is not ours', async () => {
    await using redis = await startRedis()
    const theirs = { session: 'x', [token(9)]: 'theirs' }
    for (const [key, text] of Object.entries(theirs)) await redis.cli('-n', '3', 'set', key, text)
    await redis.cli('-n', '3', 'rpush', `east:${token(1)}`, 'a list')
    await using output = new RedisOutput({ url: `redis://127.0.0.1:${redis.port}/3?namespace=east` })
    const { lines } = await output.load()
    await output.write(linesOf(1, 2), null)
    await using monitor = await redis.monitor()
    const written = await output.write(linesOf(2, 3), null)
    await output.write(linesOf(2), new Set([token(3), token(9)]))
    const left = { ...theirs, [`east:${token(2)}`]: value(2) }
    expect([lines.size, written, await redis.keys(3), await redis.keys()]).toEqual([
      0,
      { outcome: 'written', done: { added: 1, removed: 1 } },
      sorted(left),
      {},
    ])
    await monitor.line(/lua\] "del"/)
    const touched: string[] = monitor.stdout().match(/lua\] "(?:set|del)" "east:\w+"/g) ?? []
    expect(touched.sort()).toEqual(
      [`lua] "set" "east:${token(3)}"`, `lua] "del" "east:${token(1)}"`, `lua] "del" "east:${token(3)}"`].sort(),
    )
  })

  test('takes and gives back 100,000 tokens', async () => {
    await using redis = await startRedis()
    await using output = new RedisOutput({ url: redis.url })
    await output.load()
    const lines = new SortedLines()
    const addresses = Array.from({ length: 100_000 }, (_, index) => ({
      host: `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`,
      port: 5900,
    }))
    lines.change(new Map(addresses.map((address) => [tokenOf(address), address])), new Set())
    const first = await output.write(lines, null)
    const again = await output.write(lines, null)
    const { lines: found, exact } = await output.load()
    expect([first.done, again.done, found.differing(lines).length, exact]).toEqual([
      { added: 100_000, removed: 0 },
      { added: 0, removed: 0 },
      0,
      true,
    ])
  }, 60_000)

  test('asks for a password, which no message tells', async () => {
    await using redis = await startRedis({ password: 'hunter2' })
    await using folder = tempFolder()
    const file = await folder.write('password', 'hunter2\n')
    const host = `127.0.0.1:${redis.port}`
    const messages = [await refusal(`redis://${host}`), await refusal(`redis://:hunter3@${host}`)]
    for (const url of [redis.url, `redis://default@${host}?password-file=${file}`]) {
      await using output = new RedisOutput({ url })
      expect((await output.load()).lines.size).toBe(0)
    }
    expect(messages).toEqual([
      expect.stringMatching(/NOAUTH, it asks for a password\. Give its URL a password/),
      expect.stringMatching(/WRONGPASS.*Check user and password/),
    ])
    expect(messages.join()).not.toMatch(/hunter/)
  })

  test('lets keys live as long as they should', async () => {
    await using redis = await startRedis()
    await using output = new RedisOutput({ url: `${redis.url}?ttl=60` })
    await output.load()
    await output.write(linesOf(1), null)
    expect(Number(await redis.cli('ttl', token(1)))).toBeWithin(55, 61)
    await output[Symbol.asyncDispose]()
    await using other = new RedisOutput({ url: redis.url })
    await other.load()
    await waitFor('it to live for ever', async () => (await redis.cli('ttl', token(1))) === '-1')
  })

  test('that cannot be written is refused', async () => {
    await using master = await startRedis()
    await using replica = await startRedis({ master: master.port })
    await using cluster = await startRedis({ flags: ['--cluster-enabled', 'yes'] })
    const said = await Promise.all([replica, cluster].map(({ url }) => refusal(url)))
    expect(said).toEqual([
      expect.stringContaining(`127.0.0.1:${replica.port} is a replica, which takes no writes: name its master`),
      expect.stringContaining(`127.0.0.1:${cluster.port} is part of a Cluster`),
    ])
    // It is taken as soon as it can be.
    await using all = keeping(replica.url)
    all.has(1)
    await waitFor('its refusal', () => all.runner.status().error?.includes('is a replica'))
    await replica.cli('replicaof', 'no', 'one')
    await shows(replica, 1)
  })
})

describe('a Redis that comes back', () => {
  test('has just what it should have, be it empty or with old data', async () => {
    await using folder = tempFolder()
    let redis = await startRedis({ folder })
    const { port, url } = redis
    await using all = keeping(url)
    try {
      all.has(1, 2, 3)
      await shows(redis, 1, 2, 3)
      await redis.cli('save')
      for (const [round, keep] of [
        [10, true],
        [20, false],
      ] as const) {
        await redis.kill()
        all.has(round)
        all.lost(1, round - 8)
        await waitFor('the failure', () => all.runner.status().error !== null)
        if (!keep) await run(['rm', folder.file('dump.rdb')])
        redis = await startRedis({ folder, port })
        const back = performance.now()
        await shows(redis, ...(round === 10 ? [3, 10] : [3, 10, 20]))
        expect([performance.now() - back < 5000, all.runner.status().error]).toEqual([true, null])
      }
    } finally {
      await redis[Symbol.asyncDispose]()
    }
  }, 60_000)

  test('is right again after everything in it was deleted', async () => {
    await using redis = await startRedis()
    await using all = keeping(redis.url)
    all.has(1, 2)
    await shows(redis, 1, 2)
    await redis.cli('flushall')
    await shows(redis, 1, 2)
    expect(all.notes.filter(({ kind }) => kind === 'changed-by-others').length).toBe(1)
  })

  test('is right again after it hung', async () => {
    await using redis = await startRedis()
    await using all = keeping(redis.url)
    all.has(1)
    await shows(redis, 1)
    redis.child.signal('SIGSTOP')
    all.has(2)
    await waitFor('the failure', () => all.runner.status().error?.includes('No answer within 3 s'))
    redis.child.signal('SIGCONT')
    await shows(redis, 1, 2)
  }, 30_000)
})

test('what a process sent before it was cut off, and the network brings late, is not written any more', async () => {
  await using redis = await startRedis()
  await using link = await startSilentLink(redis.port)
  await using all = keeping(`redis://127.0.0.1:${link.port}`)
  all.has(1, 2)
  await shows(redis, 1, 2)
  link.silence()
  all.has(3)
  all.lost(1)
  await waitFor('the failure', () => all.runner.status().error?.includes('No answer within 3 s'))
  all.has(1)
  all.lost(3)
  await waitFor('it to be well on another connection', () => all.runner.status().error === null)
  await using monitor = await redis.monitor()
  link.bring()
  await monitor.line(`"${token(3)}"`)
  // Behind what came late.
  all.has(4)
  await shows(redis, 1, 2, 4)
}, 30_000)

test('Sentinels are followed to the next master', async () => {
  await using first = await startRedis()
  await using second = await startRedis({ master: first.port })
  await using sentinel = await startSentinel(first)
  await using all = keeping(`redis+sentinel://127.0.0.1:${sentinel.port}/tokens/0`)
  all.has(1, 2)
  await shows(first, 1, 2)
  await shows(second, 1, 2)
  await sentinel.failOver()
  await waitFor('the failover', async () => (await sentinel.master()) === second.port, { withinMs: 30_000 })
  all.has(3)
  all.lost(1)
  await shows(second, 2, 3)
  await waitFor('the old master to copy', async () => (await first.cli('info', 'replication')).includes('status:up'), {
    withinMs: 30_000,
  })
  await second.kill()
  await waitFor('the next failover', async () => (await sentinel.master()) === first.port, { withinMs: 30_000 })
  all.has(4)
  await shows(first, 2, 3, 4)
}, 120_000)

describe('two processes on one Redis', () => {
  /** Starts a process that changes tokens all the time. */
  const writing = (redis: Redis, id: string) =>
    start([process.execPath, join(import.meta.dir, '../support/redis-writer.ts'), redis.url, id])

  test('have one that writes, and the other takes over within a second of its end', async () => {
    await using redis = await startRedis()
    await using monitor = await redis.monitor()
    await using a = writing(redis, 'process-a')
    await a.line('leader')
    await using b = writing(redis, 'process-b')
    await b.line('standby')
    await waitFor('writes', () => writersOf(monitor.stdout()).length > 20)
    a.signal('SIGTERM')
    await a.exited
    const ended = performance.now()
    await waitFor('writes of the other', () => writersOf(monitor.stdout()).includes('process-b'))
    expect(performance.now() - ended).toBeLessThan(1000)
    await ends(redis, b, monitor)
  }, 60_000)

  test.each(['SIGKILL', 'SIGSTOP'] as const)(
    'never write at once, though one gets %s',
    async (signal) => {
      await using redis = await startRedis()
      await using monitor = await redis.monitor()
      await using a = writing(redis, 'process-a')
      await a.line('leader')
      await using b = writing(redis, 'process-b')
      await b.line('standby')
      await waitFor('writes', () => writersOf(monitor.stdout()).length > 20)
      a.signal(signal)
      const since = performance.now()
      await waitFor('writes of the other', () => writersOf(monitor.stdout()).includes('process-b'), {
        withinMs: 15_000,
      })
      expect(performance.now() - since).toBeLessThan(10_000)
      if (signal === 'SIGSTOP') {
        a.signal('SIGCONT')
        await a.line('standby')
      }
      const before = writersOf(monitor.stdout()).length
      await waitFor('more writes', () => writersOf(monitor.stdout()).length > before + 20)
      await ends(redis, b, monitor)
    },
    60_000,
  )

  test('are told apart by Redis itself, whatever one of them believes', async () => {
    await using redis = await startRedis()
    // Its clock stands still, so that it never asks again, and takes the lease for its own.
    const stopped = { now: () => 0, wall: () => 0, sleep: () => new Promise<void>(() => {}) }
    const a = new RedisOutput({ url: redis.url, clock: stopped })
    await a.load()
    await a.write(linesOf(1), null)
    await using b = new RedisOutput({ url: redis.url })
    await b.load()
    await waitFor('the other to lead', () => b.role === 'leader')
    await b.load()
    await b.write(linesOf(1, 2), null)
    const believed = a.role
    const { outcome } = await a.write(linesOf(3), new Set([token(1), token(3)]))
    expect([believed, outcome, a.role, await redis.keys()]).toEqual(['leader', 'standby', 'standby', keysOf(1, 2)])
    await redis.kill()
  }, 30_000)

  /** The last one that writes ends, and has left what it has; nobody wrote beside it. */
  async function ends(redis: Redis, last: Child, monitor: Child): Promise<void> {
    last.signal('SIGTERM')
    await last.exited
    const has: unknown = JSON.parse(last.stdout().trim().split('\n').at(-1) ?? '')
    expect<unknown>(Object.keys(await redis.keys())).toEqual(has)
    const writers = writersOf(monitor.stdout())
    expect(writers.slice(writers.indexOf('process-b')).filter((id) => id === 'process-a')).toEqual([])
    expect(new Set(writers)).toEqual(new Set(['process-a', 'process-b']))
  }
})

/** Who set or deleted a token, in order: of what MONITOR tells, a script and then what it does. */
function writersOf(monitored: string): string[] {
  const writers: string[] = []
  let id = ''
  for (const line of monitored.split('\n')) {
    id = /\] "eval" .*"(process-[ab])(?:\/\d+)?"/.exec(line)?.[1] ?? id
    if (/lua\] "(set|del)" "[0-9a-f]{32}"/.test(line)) writers.push(id)
  }
  return writers
}
