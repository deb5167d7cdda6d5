import { expect, test } from 'bun:test'
import { readFile } from 'node:fs/promises'
import { type Mock, startMock } from '../mock-abiquo/index.ts'
import { binary } from '../support/binary.ts'
import { type Daemon, startDaemon } from '../support/daemon.ts'
import { run } from '../support/process.ts'
import { type Redis, startRedis } from '../support/redis.ts'
import { type TempFolder, tempFolder } from '../support/temp.ts'
import { waitFor } from '../support/wait.ts'
import { lineOf, some } from '../system/vms.ts'

const password = 'not-to-be-told'

/** What the keys of a Redis say, as lines of a token file. */
async function linesIn(redis: Redis): Promise<string[]> {
  const keys = Object.entries(await redis.keys())
  return keys.map(([token, value]) => `${token}: ${JSON.parse(value).host}`)
}

async function right(redis: Redis, mock: Mock, withinMs = 10_000): Promise<void> {
  const wanted = () => mock.platform.tokenLines()
  await waitFor('the right keys', async () => Bun.deepEquals(await linesIn(redis), wanted()), { withinMs, everyMs: 50 })
}

/** What a daemon tells of the role that it has. */
async function roleOf({ healthPort }: Daemon): Promise<string> {
  const metrics = await (await fetch(`http://127.0.0.1:${healthPort}/metrics`)).text()
  const leads = /^novnc_tokens_output_leader\{.*\} (\d)$/m.exec(metrics)?.[1]
  const status = await (await fetch(`http://127.0.0.1:${healthPort}/status`)).json()
  const role: unknown = Object(status).outputs?.at(-1)?.role
  return `${role} ${leads}`
}

/** A platform, a Redis with a password, and daemons that share it, each with a file of its own before it. */
async function startHosts() {
  const folder = tempFolder()
  const mock = await startMock({ vms: 60, enterprises: 3 })
  const redis = await startRedis({ password })
  const daemons: Daemon[] = []
  const fileOf = (host: number) => folder.file(`config-${host}.vnc`)
  return {
    folder,
    mock,
    redis,
    fileOf,
    async start(): Promise<Daemon> {
      const host = daemons.length
      const flags = ['-o', redis.url]
      const daemon = await startDaemon({ api: mock, file: fileOf(host), passwordFile: folder.file('password'), flags })
      daemons.push(daemon)
      await daemon.ready()
      return daemon
    },
    async [Symbol.asyncDispose]() {
      for (const daemon of daemons) await daemon[Symbol.asyncDispose]()
      await redis[Symbol.asyncDispose]()
      await mock.stop()
      await folder[Symbol.asyncDispose]()
    },
  }
}

async function regen(mock: Mock, redis: Redis, folder: TempFolder, ...flags: string[]) {
  await folder.write('regen-password', mock.password)
  const login = ['-a', mock.apiUrl, '-u', mock.username, '--pass-file', folder.file('regen-password')]
  const env = { NOVNC_TOKENS_OUTPUT: redis.url }
  return await run([await binary(), 'regen', ...login, ...flags], { env })
}

test('of two daemons one leads and the other is ready and warm; it takes over when that one ends, and when it is killed', async () => {
  await using all = await startHosts()
  const { mock, redis } = all
  const first = await all.start()
  await right(redis, mock)
  const second = await all.start()
  expect([await roleOf(first), await roleOf(second)]).toEqual(['leader 1', 'standby 0'])
  expect((await second.readiness()).degraded).toEqual([])

  const vm = mock.platform.deploy(some(mock, false).id)
  await waitFor('the key', async () => (await linesIn(redis)).includes(lineOf(vm)))
  expect(await first.child.stop(4000)).toEqual({ code: 0, signal: null })
  await waitFor('the second to lead', async () => (await roleOf(second)) === 'leader 1')
  mock.platform.undeploy(vm.id)
  await right(redis, mock)

  const third = await all.start()
  expect(await roleOf(third)).toBe('standby 0')
  second.child.signal('SIGKILL')
  await second.child.exited
  const other = mock.platform.deploy(some(mock, false).id)
  await waitFor('the key by the third', async () => (await linesIn(redis)).includes(lineOf(other)), {
    withinMs: 20_000,
  })
  await right(redis, mock)
  const told = [first, second, third].map(({ child }) => child.stdout() + child.stderr()).join('')
  expect({
    secret: told.includes(password),
    roles: told.includes('Standby: another process writes the output'),
  }).toEqual({
    secret: false,
    roles: true,
  })
}, 60_000)

test('while Redis is away the file is kept and the host is degraded; when it is back, empty, it is right and well again', async () => {
  await using all = await startHosts()
  const { mock, redis, fileOf } = all
  const daemon = await all.start()
  await right(redis, mock)
  await redis.kill()
  const vm = mock.platform.deploy(some(mock, false).id)
  const file = async () => (await readFile(fileOf(0), 'utf8')).split('\n').slice(0, -1)
  await waitFor('the line', async () => (await file()).includes(lineOf(vm)))
  await waitFor('it to be degraded', async () => (await daemon.readiness()).degraded.length > 0)
  const { status, degraded } = await daemon.readiness()
  expect({ status, names: String(degraded).includes(`redis://127.0.0.1:${redis.port}/0`) }).toEqual({
    status: 200,
    names: true,
  })
  expect(String(degraded)).not.toContain(password)
  await using again = await startRedis({ password, port: redis.port })
  await right(again, mock)
  await waitFor('it to be well', async () => (await daemon.readiness()).degraded.length === 0)
}, 60_000)

test('a key that somebody has overwritten is put right when USR1 asks for a list', async () => {
  await using all = await startHosts()
  const { mock, redis } = all
  const daemon = await all.start()
  await right(redis, mock)
  const [key = ''] = Object.keys(await redis.keys())
  await redis.cli('set', key, '{"host":"10.0.0.9:1"}')
  expect(await linesIn(redis)).not.toEqual([...mock.platform.tokenLines()])
  daemon.child.signal('SIGUSR1')
  await right(redis, mock)
})

test('regen writes to a Redis that nobody keeps, and holds what many are until a later run', async () => {
  await using all = await startHosts()
  const { folder, mock, redis } = all
  expect((await regen(mock, redis, folder)).code).toBe(0)
  await right(redis, mock)
  const before = await linesIn(redis)
  for (const { id, host } of mock.platform.vms.slice(0, 30)) if (host !== null) mock.platform.undeploy(id)
  const held = await regen(mock, redis, folder)
  expect({ code: held.code, lines: await linesIn(redis) }).toEqual({ code: 6, lines: before })
  expect(held.stderr).not.toContain(password)

  // A minute later: the word that the first run left is made older.
  const state = ['novnc-tokens::state', 'word']
  const word = JSON.parse(await redis.cli('hget', ...state))
  const aged = Object.entries(word).map(([token, at]) => [token, Number(at) - 61_000])
  await redis.cli('hset', ...state, JSON.stringify(Object.fromEntries(aged)))
  expect((await regen(mock, redis, folder)).code).toBe(0)
  await right(redis, mock)
})

test('beside a daemon that leads, regen writes nothing, and ends with 0 where the tokens are right, else with 5', async () => {
  await using all = await startHosts()
  const { folder, mock, redis } = all
  await all.start()
  await right(redis, mock)
  const before = await linesIn(redis)
  expect((await regen(mock, redis, folder)).code).toBe(0)
  for (const flags of [
    ['--enterprise', '2', '--guard', 'off'],
    ['--enterprise', '2'],
    ['--enterprise', '2', '--dry-run'],
  ]) {
    const { code, stderr } = await regen(mock, redis, folder, ...flags)
    expect({ code, lines: await linesIn(redis) }).toEqual({ code: 5, lines: before })
    expect(stderr).toContain('Another process writes')
  }
})
