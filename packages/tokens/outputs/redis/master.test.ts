import { describe, expect, test } from 'bun:test'
import { tempFolder } from '../../../../tests/support/temp.ts'
import { FakeClock, settled } from '../../../api/testing/fake-clock.ts'
import { describeServer, parseRedisUrl } from './address.ts'
import { type OpenRedisOptions, type RedisConnection, RedisError } from './connection.ts'
import { openMaster } from './master.ts'

const { signal } = new AbortController()
const hello = (mode: string, role: string) => ['server', 'redis', 'mode', mode, 'role', role, 'modules', []]
const master = hello('standalone', 'master')

/** Servers by address; each answers its commands so, an error being thrown. What was asked is noted, and what is open. */
function network(servers: Record<string, Record<string, unknown>>) {
  const asked: string[] = []
  const users: OpenRedisOptions['user'][] = []
  const open = new Set<string>()
  return {
    asked,
    users,
    open,
    async connect({ server, user }: OpenRedisOptions): Promise<RedisConnection> {
      const name = describeServer(server)
      if (servers[name] === undefined) throw new RedisError('connect ECONNREFUSED')
      users.push(user)
      open.add(name)
      let end: () => void = () => {}
      const closed = new Promise<void>((resolve) => {
        end = resolve
      })
      return {
        async call(command, args) {
          asked.push([name, command, ...args].join(' '))
          const unknown = new RedisError(`ERR unknown command '${command}'`, true)
          const answers = servers[name] ?? {}
          const answer = command in answers ? answers[command] : unknown
          if (answer instanceof Error) throw answer
          return answer
        },
        closed,
        close() {
          open.delete(name)
          end()
        },
      }
    },
  }
}

async function open(url: string, servers: Record<string, Record<string, unknown>>) {
  const net = network(servers)
  const failed = await openMaster(parseRedisUrl(url), { clock: new FakeClock(), signal, open: net.connect }).then(
    () => null,
    (error: unknown) => (error instanceof RedisError ? error.message : error),
  )
  return { failed, asked: net.asked, users: net.users, open: [...net.open] }
}

test('a server that takes writes is used, in its database', async () => {
  expect(await open('redis://me:secret@h/3', { 'h:6379': { select: 'OK', hello: master } })).toEqual({
    failed: null,
    asked: ['h:6379 select 3', 'h:6379 hello'],
    users: [{ username: 'me', password: 'secret' }],
    open: ['h:6379'],
  })
})

describe('a server is refused, and closed, that is', () => {
  test.each<[string, Record<string, unknown>, string]>([
    ['a replica', { hello: hello('standalone', 'replica') }, 'h:6379 is a replica'],
    ['a replica of old', { info: 'redis_mode:standalone\r\nrole:slave\r\n' }, 'h:6379 is a replica'],
    ['part of a Cluster', { hello: hello('cluster', 'master') }, 'h:6379 is part of a Cluster'],
    ['a Sentinel', { hello: hello('sentinel', 'master') }, 'h:6379 is a Sentinel'],
    ['in want of a password', { hello: new RedisError('NOAUTH HELLO must be called', true) }, 'NOAUTH'],
  ])('%s', async (_, answers, why) => {
    const { failed, open: left } = await open('redis://h', { 'h:6379': answers })
    expect([failed, left]).toEqual([expect.stringContaining(why), []])
  })
})

test('a server before 6.0 is asked as it can answer', async () => {
  const { failed } = await open('redis://h', { 'h:6379': { info: 'redis_mode:standalone\r\nrole:master\r\n' } })
  expect(failed).toBeNull()
})

describe('Sentinels', () => {
  const url = 'redis+sentinel://:secret@s1,s2,s3/mine?sentinel-password=other'

  test('are asked in turn until one names the master', async () => {
    const found = await open(url, {
      's1:26379': { sentinel: null },
      's3:26379': { sentinel: ['10.0.0.9', '7000'] },
      '10.0.0.9:7000': { hello: master },
    })
    expect(found).toEqual({
      failed: null,
      asked: [
        's1:26379 sentinel get-master-addr-by-name mine',
        's3:26379 sentinel get-master-addr-by-name mine',
        '10.0.0.9:7000 hello',
      ],
      users: [
        { username: null, password: 'other' },
        { username: null, password: 'other' },
        { username: null, password: 'secret' },
      ],
      open: ['s3:26379', '10.0.0.9:7000'],
    })
  })

  test('are asked each second, and end the connection once they name another master', async () => {
    const servers: Record<string, Record<string, unknown>> = {
      's1:26379': { sentinel: ['10.0.0.8', '7000'] },
      '10.0.0.8:7000': { hello: master },
    }
    const net = network(servers)
    const clock = new FakeClock()
    const connection = await openMaster(parseRedisUrl(url), { clock, signal, open: net.connect })
    let closedAt: number | null = null
    void connection.closed.then(() => {
      closedAt = clock.now()
    })
    await clock.advance(5000)
    const asked = net.asked.length
    servers['s1:26379'] = { sentinel: new RedisError('gone') }
    await clock.advance(5000)
    const kept = [...net.open]
    servers['s2:26379'] = { sentinel: ['10.0.0.9', '7000'] }
    await clock.advance(5000)
    expect([asked, kept, closedAt, [...net.open], clock.left]).toEqual([7, ['10.0.0.8:7000'], 11_000, [], []])
  })

  test('are let go of with the connection', async () => {
    const net = network({ 's1:26379': { sentinel: ['10.0.0.8', '7000'] }, '10.0.0.8:7000': { hello: master } })
    const clock = new FakeClock()
    const connection = await openMaster(parseRedisUrl(url), { clock, signal, open: net.connect })
    connection.close()
    await settled()
    expect([[...net.open], clock.left]).toEqual([[], []])
  })

  test('that know none are all named', async () => {
    const { failed, open: left } = await open(url, { 's2:26379': { sentinel: null } })
    expect([failed, left]).toEqual([
      'no Sentinel names the master: s1:26379: connect ECONNREFUSED; s2:26379 knows no master "mine"; s3:26379: connect ECONNREFUSED',
      [],
    ])
  })

  test('that still name what has become a replica are told', async () => {
    const { failed } = await open(url, {
      's1:26379': { sentinel: ['10.0.0.9', '7000'] },
      '10.0.0.9:7000': { hello: hello('standalone', 'replica') },
    })
    expect(failed).toStartWith('10.0.0.9:7000 is a replica')
  })
})

describe('a password file', () => {
  test('is read for each connection', async () => {
    await using folder = tempFolder()
    const path = await folder.write('password', 's3cret \n')
    const { users } = await open(`redis://me@h?password-file=${path}`, { 'h:6379': { hello: master } })
    expect(users).toEqual([{ username: 'me', password: 's3cret ' }])
  })

  test('that is missing is told', async () => {
    const { failed } = await open('redis://h?password-file=/nowhere/x', { 'h:6379': { hello: master } })
    expect(failed).toContain('Cannot read the password file "/nowhere/x": ENOENT')
  })
})

describe('a server that', () => {
  test.each<[string, string, string, string]>([
    ['cuts who comes without TLS', 'redis://h', 'read ECONNRESET', '; where it wants TLS, begin the URL with rediss'],
    ['cuts who comes with TLS', 'rediss://h', 'read ECONNRESET', ''],
    ['never answers TLS', 'rediss://h', 'connect ETIMEDOUT', '; where it has no TLS, begin the URL with redis'],
    ['never answers', 'redis://h', 'connect ETIMEDOUT', ''],
    ['answers', 'redis://h', 'ERR the gate is closed', ''],
  ])('%s gets the hint of TLS that it needs', async (_, url, why, hint) => {
    const answer = new RedisError(why, why.startsWith('ERR'))
    expect((await open(url, { 'h:6379': { hello: answer } })).failed).toBe(`${why}${hint}`)
  })
})
