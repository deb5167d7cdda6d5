import { describe, expect, test } from 'bun:test'
import { lstat, mkdir, readdir, readFile, stat, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { seeded } from '../../packages/tokens/testing/seeded.ts'
import { type Mock, startMock } from '../mock-abiquo/index.ts'
import { recordFault, secondsSince } from '../reliability/record.ts'
import { binary } from '../support/binary.ts'
import { startDaemon } from '../support/daemon.ts'
import { run, start } from '../support/process.ts'
import { tempFolder } from '../support/temp.ts'
import { waitFor } from '../support/wait.ts'
import { startSite } from './support.ts'
import { some } from './vms.ts'

/** Undeploys and deploys some of the VMs in turn, without a pause, until it is disposed. */
function constantChange(mock: Mock, vms: number): Disposable {
  const ids = mock.platform.vms.slice(0, vms).map(({ id }) => id)
  let turn = 0
  const timer = setInterval(() => {
    const id = ids[turn++ % ids.length] ?? 0
    if (mock.platform.vm(id).host === null) mock.platform.deploy(id)
    else mock.platform.undeploy(id)
  }, 5)
  return { [Symbol.dispose]: () => clearInterval(timer) }
}

/** Readers in a process of their own, that look at each version of a file. */
async function startReaders(path: string, fewest: number) {
  const child = start([process.execPath, 'tests/support/readers.ts', path, '2', String(fewest), '1'])
  await child.line('reading')
  return {
    async result() {
      await child.stop()
      return JSON.parse(await child.line('torn')) as { reads: number; torn: number; versions: number; first: string }
    },
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  }
}

async function linesOf(path: string): Promise<string[]> {
  return (await readFile(path, 'utf8')).split('\n').slice(0, -1)
}

async function right(path: string, mock: Mock): Promise<void> {
  await waitFor('the right file', async () => Bun.deepEquals(await linesOf(path), mock.platform.tokenLines()), {
    withinMs: 20_000,
  })
}

test('killed at 200 random moments under constant change, no reader sees a part, and nothing is left behind', async () => {
  const seed = Date.now() % 2 ** 31
  console.log(`seed ${seed}`)
  const random = seeded(seed)
  await using folder = tempFolder()
  await using mock = await startMock({ vms: 300, enterprises: 3, undeployed: 0, remoteAccessOff: 0 })
  const path = folder.file('config.vnc')
  // Daemons that are killed before they know all leave ever more tokens to lists, which a guard would hold for a resync.
  const flags = ['--guard', 'off']
  const options = { api: mock, file: path, passwordFile: folder.file('password'), flags }
  {
    await using _daemon = await startDaemon(options)
    await right(path, mock)
  }
  const changing = 100
  await using readers = await startReaders(path, mock.platform.tokenLines().length - changing)
  const login = ['-a', mock.apiUrl, '-u', mock.username, '--pass-file', folder.file('password')]
  const command = [await binary(), 'run', ...login, '-f', path, '--listen', 'off', '--log-level', 'warn', ...flags]
  const found = { leftovers: 0, complaints: '' }
  {
    using _change = constantChange(mock, changing)
    for (let kill = 0; kill < 200; kill++) {
      const { ino } = await stat(path)
      const daemon = start(command)
      // Each other one is killed while it starts and lists, too; how long that takes depends on the machine.
      const writes = kill % 2 === 0
      if (writes) await waitFor('its first write', async () => (await stat(path)).ino !== ino, { everyMs: 1 })
      await Bun.sleep(random() * (writes ? 80 : 250))
      daemon.signal('SIGKILL')
      const { signal } = await daemon.exited
      if (signal !== 'SIGKILL') found.complaints += daemon.stderr()
      const names = await readdir(folder.path)
      found.leftovers += names.filter((name) => name.endsWith('.tmp')).length
    }
  }
  const restarted = performance.now()
  await using last = await startDaemon(options)
  await right(path, mock).catch((error: unknown) => {
    throw new Error(`${error}\n${last.child.stderr()}`)
  })
  const recoverySeconds = secondsSince(restarted)
  const { reads, torn, versions, first } = await readers.result()
  console.log(JSON.stringify({ reads, versions, ...found }))
  expect({ torn, first, complaints: found.complaints, enough: versions > 200 && found.leftovers > 5 }).toEqual({
    torn: 0,
    first: '',
    complaints: '',
    enough: true,
  })
  expect((await readdir(folder.path)).sort()).toEqual(['.config.vnc.lock', 'config.vnc', 'password'])
  recordFault({
    subject: 'host',
    fault: 'the daemon is killed at 200 random moments under constant change',
    expected: 'no reader sees a part of a file, nothing is left beside it, and it is right after the last start',
    happened: `${versions} versions seen, none in parts; ${found.leftovers} kills were amid a write`,
    recoverySeconds,
    boundSeconds: 20,
  })
}, 120_000)

test('a link as the target stays a link through kills, and the file that it leads to is replaced', async () => {
  await using folder = tempFolder()
  await using mock = await startMock({ vms: 60 })
  await mkdir(folder.file('real'))
  await mkdir(folder.file('etc'))
  const real = folder.file('real', 'tokens')
  const path = folder.file('etc', 'config.vnc')
  await symlink('../real/tokens', path)
  const options = { api: mock, file: path, passwordFile: folder.file('password') }
  for (let kill = 0; kill < 3; kill++) {
    await using daemon = await startDaemon(options)
    await right(real, mock)
    const { ino } = await stat(real)
    mock.platform.undeploy(some(mock, true).id)
    await waitFor('another file', async () => (await stat(real)).ino !== ino)
    daemon.child.signal('SIGKILL')
    await daemon.child.exited
  }
  const names = (await readdir(folder.file('real'))).sort()
  expect([(await lstat(path)).isSymbolicLink(), names, await linesOf(path)]).toEqual([
    true,
    ['.tokens.lock', 'tokens'],
    mock.platform.tokenLines(),
  ])
})

describe('a second daemon is refused with 5, and told which lock is held', () => {
  test.each([
    ['on the same file', async (path: string) => path],
    [
      'on a link to it',
      async (path: string) => {
        await symlink(path, `${path}.link`)
        return `${path}.link`
      },
    ],
    [
      'on it by way of a folder that is a link',
      async (path: string) => {
        await symlink('.', join(dirname(path), 'here'))
        return join(dirname(path), 'here', 'config.vnc')
      },
    ],
  ])('%s', async (_, other) => {
    await using site = await startSite()
    const { mock, folder } = site
    const login = ['-a', mock.apiUrl, '-u', mock.username, '--pass-file', folder.file('password'), '--listen', 'off']
    const path = await other(site.path)
    const { code, stderr } = await run([await binary(), 'run', ...login, '-f', path])
    expect([code, stderr]).toEqual([5, expect.stringContaining(folder.file('.config.vnc.lock'))])
    expect(stderr).toContain(`process ${site.daemon.child.pid}`)
  })
})

test('a cron job that writes the same file again and again does no harm', async () => {
  await using site = await startSite({ vms: 300, undeployed: 0, remoteAccessOff: 0 })
  const { mock, folder, path } = site
  const changing = 100
  await using readers = await startReaders(path, mock.platform.tokenLines().length - changing)
  const login = ['-a', mock.apiUrl, '-u', mock.username, '--pass-file', folder.file('password')]
  const codes: (number | null)[] = []
  {
    using _change = constantChange(mock, changing)
    for (let job = 0; job < 10; job++) {
      codes.push((await run([await binary(), 'regen', ...login, '-f', path, '--guard', 'off'])).code)
    }
  }
  await site.right(20_000)
  const { torn, first, versions } = await readers.result()
  expect({ codes: new Set(codes), torn, first, enough: versions > 10 }).toEqual({
    codes: new Set([0]),
    torn: 0,
    first: '',
    enough: true,
  })
  expect((await site.status()).outputs[0]?.changedByOthers).toBeGreaterThan(0)
  expect((await readdir(folder.path)).sort()).toEqual(['.config.vnc.lock', 'config.vnc', 'password'])
}, 60_000)
