import { expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Mock, startMock } from '../mock-abiquo/index.ts'
import { binary } from '../support/binary.ts'
import { startDaemon } from '../support/daemon.ts'
import { run, start } from '../support/process.ts'
import { type TempFolder, tempFolder } from '../support/temp.ts'
import { waitFor } from '../support/wait.ts'
import { askedOf } from './requests.ts'
import { type SiteOptions, startSite } from './support.ts'
import { lineOf, some } from './vms.ts'

/** What the files of a folder say, as lines of a token file. */
async function linesIn(folder: string): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => /^[0-9a-f]{32}$/.test(name))
  const lines = await Promise.all(names.map(async (name) => `${name}: ${await readFile(join(folder, name), 'utf8')}`))
  return lines.map((line) => line.trimEnd()).sort()
}

async function rightFolder(folder: string, mock: Mock, withinMs = 10_000): Promise<void> {
  const right = async () => {
    const wanted = mock.platform.tokenLines()
    // The names first: reading thousands of files again and again would hold up what is waited for.
    const names = (await readdir(folder)).filter((name) => /^[0-9a-f]{32}$/.test(name)).sort()
    const named = wanted.every((line, index) => line.startsWith(names[index] ?? '-'))
    return named && names.length === wanted.length && Bun.deepEquals(await linesIn(folder), wanted)
  }
  await waitFor('the right folder', right, { withinMs, everyMs: 50 })
}

/** Each file's inode and times, by its name. */
async function stampsIn(folder: string): Promise<Map<string, string>> {
  const stamps = new Map<string, string>()
  for (const name of await readdir(folder)) {
    const { ino, mtimeNs, ctimeNs } = await stat(join(folder, name), { bigint: true })
    stamps.set(name, `${ino} ${mtimeNs} ${ctimeNs}`)
  }
  return stamps
}

/** A site whose daemon also keeps the folder `tok`. */
async function startWithFolder(options: SiteOptions = {}) {
  const site = await startSite({
    flags: (folder) => ['-o', `dir:${folder.file('tok')}`],
    before: async (_mock: Mock, folder: TempFolder) => {
      await mkdir(folder.file('tok'))
      await writeFile(folder.file('tok', 'README'), 'not a token')
    },
    ...options,
  })
  const path = site.folder.file('tok')
  await rightFolder(path, site.mock)
  // A folder's time has the steps of the kernel's clock: what others do within the same one as we cannot be told apart.
  const quiet = async () => Date.now() - (await stat(path)).mtimeMs > 100
  await waitFor('the end of the write', quiet)
  return { site, path, [Symbol.asyncDispose]: () => site[Symbol.asyncDispose]() }
}

test('a deploy touches one file of a folder and costs one request, an undeploy removes it, and no other file is touched', async () => {
  await using all = await startWithFolder({ vms: 600 })
  const { mock } = all.site
  mock.requests.clear()
  const before = await stampsIn(all.path)
  const vm = mock.platform.deploy(some(mock, false).id)
  const [token = '', address = ''] = lineOf(vm).split(': ')
  await waitFor('the file', async () => (await readdir(all.path)).includes(token))
  expect((await readFile(join(all.path, token), 'utf8')).trim()).toBe(address)
  const after = await stampsIn(all.path)
  after.delete(token)
  expect(after).toEqual(before)
  mock.platform.undeploy(vm.id)
  await waitFor('the file to go', async () => !(await readdir(all.path)).includes(token))
  expect({ stamps: await stampsIn(all.path), asked: askedOf(mock).reads.length, lists: askedOf(mock).lists }).toEqual({
    stamps: before,
    asked: 2,
    lists: [],
  })
})

test('what others do to the files of a folder is put right, and other files are nobody else’s business', async () => {
  await using all = await startWithFolder()
  const [first = '', second = ''] = (await linesIn(all.path)).map((line) => line.slice(0, 32))
  await rm(join(all.path, first))
  await writeFile(join(all.path, `${second}.new`), 'x')
  await writeFile(join(all.path, 'f'.repeat(32)), '10.9.9.9:5900')
  await rightFolder(all.path, all.site.mock)
  expect((await readdir(all.path)).filter((name) => !/^[0-9a-f]{32}$/.test(name)).sort()).toEqual(
    [`${second}.new`, 'README'].sort(),
  )
})

test('a folder does without IPv6, which is logged once and counted, and no reason to be degraded', async () => {
  await using all = await startWithFolder()
  const { daemon, folder, mock, path } = all.site
  const deploy = (ip: string) => mock.platform.deploy(some(mock, false).id, { address: { ip, port: 5901 } })
  const [first, second, last] = [deploy('2001:db8::1'), deploy('2001:db8::2'), deploy('10.9.9.9')]
  await waitFor('the last one', async () => (await linesIn(all.path)).includes(lineOf(last)))
  await all.site.has(lineOf(second), true)
  const status = async () => (await (await fetch(`http://127.0.0.1:${daemon.healthPort}/status`)).json()) as object
  await waitFor('both to be counted', async () => Object(await status()).outputs[1].uncarried === 2)
  const told = daemon.child
    .stderr()
    .split('\n')
    .filter((line) => line.includes('cannot carry IPv6'))
  const lines = await linesIn(all.path)
  expect({
    told: told.length,
    status: Object(await status()).status,
    carried: [first, second].filter((vm) => lines.includes(lineOf(vm))),
  }).toEqual({ told: 1, status: 'ready', carried: [] })

  const flags = ['-a', mock.apiUrl, '-u', mock.username, '--pass-file', folder.file('password')]
  const { code, stdout } = await run([
    await binary(),
    'regen',
    ...flags,
    '-f',
    path,
    '-o',
    `dir:${all.path}`,
    '--dry-run',
  ])
  expect({ code, stdout }).toEqual({ code: 0, stdout: '' })
})

test('a folder in the place of one token’s file is degraded, and holds up no other file', async () => {
  await using all = await startWithFolder()
  const { site, path } = all
  const token = site.mock.platform.tokenLines()[0]?.slice(0, 32) ?? ''
  await rm(join(path, token))
  await mkdir(join(path, token))
  const told = 'it holds a folder whose name is a token'
  await waitFor('it to be told', async () => String((await site.daemon.readiness()).degraded).includes(told))
  const vm = site.mock.platform.deploy(some(site.mock, false).id)
  await waitFor('the other file', () => existsSync(join(path, lineOf(vm).slice(0, 32))))
  expect((await site.daemon.readiness()).status).toBe(200)
  await rm(join(path, token), { recursive: true })
  await rightFolder(path, site.mock, 40_000)
  await waitFor('it to be well', async () => (await site.daemon.readiness()).degraded.length === 0)
}, 60_000)

test('a folder that is missing is degraded, and filled once it is there', async () => {
  await using all = await startSite({ flags: (folder) => ['-o', `dir:${folder.file('later')}`] })
  const { daemon, folder, mock } = all
  await waitFor('it to be degraded', async () => (await daemon.readiness()).degraded.length > 0)
  expect((await daemon.readiness()).status).toBe(200)
  await mkdir(folder.file('later'))
  await rightFolder(folder.file('later'), mock, 20_000)
  await waitFor('it to be well', async () => (await daemon.readiness()).degraded.length === 0)
}, 40_000)

test('a first output that is a folder takes the host out while it cannot be written', async () => {
  await using folder = tempFolder()
  await using mock = await startMock({ vms: 30 })
  const login = ['-a', mock.apiUrl, '-u', mock.username, '-p', mock.password, '--listen', '127.0.0.1:0']
  await using child = start([await binary(), 'run', ...login, '-o', `dir:${folder.file('tok')}`])
  const [, origin = ''] = /listen=(\S+)/.exec(await child.line(/Started/)) ?? []
  const ready = async () => (await fetch(`http://${origin}/readyz`)).status
  await child.line(/Listed everything/)
  await waitFor('it to be unready', async () => (await ready()) === 503)
  await mkdir(folder.file('tok'))
  await waitFor('it to be ready', async () => (await ready()) === 200, { withinMs: 20_000 })
  await rightFolder(folder.file('tok'), mock)
}, 40_000)

test('a second daemon on the same folder is refused with 5', async () => {
  await using all = await startWithFolder()
  const { mock, daemon } = all.site
  const login = ['-a', mock.apiUrl, '-u', mock.username, '-p', mock.password, '--listen', 'off']
  const { code, stderr } = await run([await binary(), 'run', ...login, '-o', `dir:${all.path}`])
  expect(code).toBe(5)
  expect(stderr).toContain(`process ${daemon.child.pid}`)
})

test('killed twenty times in the midst of 10,000 changes, the folder has whole files only, and is right after the next start', async () => {
  await using folder = tempFolder()
  await using mock = await startMock({ vms: 10_000, undeployed: 0, remoteAccessOff: 0 })
  const path = folder.file('tok')
  await mkdir(path)
  const hosts = [...new Set(mock.platform.vms.flatMap(({ host }) => (host === null ? [] : [host])))]
  const options = {
    api: mock,
    file: folder.file('config.vnc'),
    passwordFile: folder.file('password'),
    flags: ['-o', `dir:${path}`, '--guard', 'off'],
  }
  const right = async () => {
    await using _daemon = await startDaemon(options)
    await rightFolder(path, mock, 120_000)
  }
  await right()
  await using readers = start([process.execPath, 'tests/support/folder-readers.ts', path, '2'])
  await readers.line('reading')
  let cut = 0
  for (let round = 0; round < 20; round++) {
    for (const [index, host] of hosts.entries()) {
      mock.platform.setHostAddress(host, `10.${100 + round}.${index >> 8}.${index & 255}`, { events: false })
    }
    const wanted = mock.platform.tokenLines().map((line) => join(path, line.slice(0, 32)))
    const there = (paths: readonly string[]) => paths.filter((each) => existsSync(each)).length
    // Each so many of all, as they lie in no order.
    const sample = wanted.filter((_, index) => index % 200 === 0)
    const daemon = await startDaemon(options)
    await waitFor('some of the changes', () => there(sample) > round % 5, { withinMs: 60_000, everyMs: 5 })
    daemon.child.signal('SIGKILL')
    await daemon.child.exited
    if (there(wanted) < wanted.length) cut++
  }
  expect(cut).toBeGreaterThan(15)
  await right()
  await readers.stop()
  const { reads, torn } = JSON.parse(await readers.line('torn'))
  expect({ torn, enough: reads > 1000 }).toEqual({ torn: 0, enough: true })
  expect((await readdir(folder.path)).sort()).toEqual([
    '.config.vnc.lock',
    '.tok.lock',
    'config.vnc',
    'password',
    'tok',
  ])
}, 300_000)

test('after each change a command gets the output and its counts, and none of our settings', async () => {
  await using all = await startSite({
    flags: (folder) => [
      '--on-change',
      `env | grep -E '^(NOVNC|ABIQUO)' | sort | tr '\\n' ' ' >> ${folder.file('log')}; echo >> ${folder.file('log')}; echo seen`,
    ],
  })
  const { daemon, folder, mock, path } = all
  const log = async () => (await readFile(folder.file('log'), 'utf8')).split('\n').slice(0, -1)
  const tokens = mock.platform.tokenLines().length
  const line = (added: number, removed: number, total: number) =>
    `NOVNC_TOKENS_ADDED=${added} NOVNC_TOKENS_OUTPUT=${path} NOVNC_TOKENS_REMOVED=${removed} NOVNC_TOKENS_TOTAL=${total} `
  await waitFor('the first run', async () => (await log()).length === 1)
  const vm = mock.platform.deploy(some(mock, false).id)
  await waitFor('the second run', async () => (await log()).length === 2)
  mock.platform.undeploy(vm.id)
  await waitFor('the third run', async () => (await log()).length === 3)
  expect(await log()).toEqual([line(tokens, 0, tokens), line(1, 0, tokens + 1), line(0, 1, tokens)])
  await daemon.child.line(/The change command says .*line=seen/)
  const metrics = async () => await (await fetch(`http://127.0.0.1:${daemon.healthPort}/metrics`)).text()
  await waitFor('three runs', async () => /^novnc_tokens_on_change_runs_total 3$/m.test(await metrics()))
  expect(await metrics()).toMatch(/^novnc_tokens_on_change_failures_total 0$/m)
})

test('a command that hangs holds up no output, and not the end of the daemon', async () => {
  await using all = await startSite({ flags: ['--on-change', 'echo begun; sleep 3600'] })
  const { daemon, mock } = all
  await daemon.child.line('line=begun')
  const vm = mock.platform.deploy(some(mock, false).id)
  await all.has(lineOf(vm), true)
  expect(await daemon.child.stop(4000)).toEqual({ code: 0, signal: null })
})
