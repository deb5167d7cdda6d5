import { describe, expect, test } from 'bun:test'
import { chmod, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { addressOf, type Mock, type MockOptions, startMock, tokenLinesOf } from '../mock-abiquo/index.ts'
import { binary } from '../support/binary.ts'
import { type Finished, run } from '../support/process.ts'
import { type TempFolder, tempFolder } from '../support/temp.ts'
import { fileOf } from './vms.ts'

/** Runs `regen` against a mock, with the flags of the old cron script. */
async function regen(mock: Mock, folder: TempFolder, ...flags: string[]): Promise<Finished> {
  const login = ['-a', mock.apiUrl, '-u', mock.username, '-p', mock.password]
  return await run([await binary(), 'regen', ...login, '-f', folder.file('config.vnc'), ...flags])
}

async function read(folder: TempFolder): Promise<string> {
  return await readFile(folder.file('config.vnc'), 'utf8')
}

describe('regen writes exactly the sorted tokens of all VMs with an address and a valid port', () => {
  const servers: [string, MockOptions, string[]][] = [
    ['JSON, paged by startwith', { vmPaging: 'bare' }, []],
    ['JSON, paged by next', { vmPaging: 'links' }, []],
    ['JSON, not paged', { paging: false }, []],
    ['JSON, not paged, limit=0 refused', { paging: false, refuseLimitZero: true }, []],
    ['XML, paged by startwith', { vmPaging: 'bare' }, ['--api-format', 'xml']],
    ['XML, paged by next', { vmPaging: 'links' }, ['--api-format', 'xml']],
    ['XML, not paged', { paging: false }, ['--api-format', 'xml']],
  ]
  test.each(servers)('%s', async (_name, options, flags) => {
    await using folder = tempFolder()
    await using mock = await startMock({ vms: 1000, enterprises: 10, ...options })
    const { code, stderr } = await regen(mock, folder, ...flags)
    expect({ code, file: await read(folder) }).toEqual({ code: 0, file: fileOf(mock) })
    expect(stderr).not.toContain(mock.password)
  })

  test('one enterprise of many pages', async () => {
    await using folder = tempFolder()
    await using mock = await startMock({ vms: 1250, enterprises: 1 })
    expect((await regen(mock, folder)).code).toBe(0)
    expect(await read(folder)).toBe(fileOf(mock))
  })
})

test('a second run that finds the same writes nothing, and tells readers of its age that it is right', async () => {
  await using folder = tempFolder()
  await using mock = await startMock({ vms: 30 })
  await regen(mock, folder)
  const first = await stat(folder.file('config.vnc'))
  await regen(mock, folder)
  const second = await stat(folder.file('config.vnc'))
  expect({ inode: second.ino, later: second.mtimeMs > first.mtimeMs }).toEqual({ inode: first.ino, later: true })
})

test('--dry-run prints what it would add and remove, and writes nothing', async () => {
  await using folder = tempFolder()
  await using mock = await startMock({ vms: 30 })
  const stale = `${'0'.repeat(32)}: 10.9.9.9:5900\n`
  await folder.write('config.vnc', stale)
  const { code, stdout } = await regen(mock, folder, '--dry-run')
  const added = mock.platform.tokenLines().map((line) => `+ ${line}\n`)
  expect({ code, stdout }).toEqual({ code: 0, stdout: `- ${stale}${added.join('')}` })
  expect(await read(folder)).toBe(stale)
})

test('-f - writes to stdout', async () => {
  await using mock = await startMock({ vms: 30 })
  const login = ['-a', mock.apiUrl, '--user', mock.username, '-p', mock.password]
  const { code, stdout } = await run([await binary(), 'regen', ...login, '-f', '-'])
  expect({ code, stdout }).toEqual({ code: 0, stdout: fileOf(mock) })
})

test('`bun run scripts/regen.ts` is the same task', async () => {
  await using folder = tempFolder()
  await using mock = await startMock({ vms: 30 })
  const login = ['-a', mock.apiUrl, '-u', mock.username, '-p', mock.password, '-f', folder.file('config.vnc')]
  expect((await run([process.execPath, 'run', 'scripts/regen.ts', ...login])).code).toBe(0)
  expect(await read(folder)).toBe(fileOf(mock))
})

test('mode and link of the file are kept', async () => {
  await using folder = tempFolder()
  await using mock = await startMock({ vms: 30 })
  await folder.write('real', '')
  await chmod(folder.file('real'), 0o604)
  await symlink('real', folder.file('config.vnc'))
  expect((await regen(mock, folder)).code).toBe(0)
  expect(await readFile(folder.file('real'), 'utf8')).toBe(fileOf(mock))
  expect((await stat(folder.file('real'))).mode & 0o777).toBe(0o604)
})

describe('what is not told completely removes nothing, and adds what it tells', () => {
  const stale = `${'0'.repeat(32)}: 10.9.9.9:5900`
  const faults: [string, (mock: Mock) => void][] = [
    ['one enterprise answers 500', (mock) => mock.faults.add({ kind: 'status', status: 500 }, { enterprise: 2 })],
    ['one enterprise refuses with 403', (mock) => mock.faults.add({ kind: 'status', status: 403 }, { enterprise: 2 })],
    ['one enterprise answers HTML', (mock) => mock.faults.add({ kind: 'html', status: 200 }, { enterprise: 2 })],
    ['one enterprise answers half', (mock) => mock.faults.add({ kind: 'cut' }, { enterprise: 2 })],
    ['one enterprise answers wrong JSON', (mock) => mock.faults.add({ kind: 'garbage' }, { enterprise: 2 })],
  ]
  test.each(faults)('%s', async (_name, fail) => {
    await using folder = tempFolder()
    await using mock = await startMock({ vms: 60, enterprises: 3 })
    const ofSecond = mock.platform.vms.filter(({ enterprise }) => enterprise === 2)
    const missing = tokenLinesOf(ofSecond.map(addressOf).filter((address) => address !== null))
    await folder.write('config.vnc', `${stale}\n`)
    fail(mock)
    const { code, stderr } = await regen(mock, folder)
    const lines = (await read(folder)).trimEnd().split('\n')
    const expected = mock.platform.tokenLines().filter((line) => !missing.includes(line))
    expect({ code, lines }).toEqual({ code: 3, lines: [stale, ...expected].sort() })
    expect(stderr).toContain('nothing was removed')
  })

  const total: [string, (mock: Mock) => void][] = [
    ['the API is down', (mock) => mock.refuse()],
    ['everything is HTML with 404', (mock) => mock.faults.add({ kind: 'html', status: 404 }, { on: 'rest' })],
    ['everything is 503', (mock) => mock.faults.add({ kind: 'status', status: 503 }, { on: 'rest' })],
  ]
  test.each(total)('%s', async (_name, fail) => {
    await using folder = tempFolder()
    await using mock = await startMock({ vms: 60, enterprises: 3 })
    await folder.write('config.vnc', `${stale}\n`)
    fail(mock)
    const { code, stderr } = await regen(mock, folder)
    expect({ code, file: await read(folder), lines: stderr.trimEnd().split('\n').length }).toEqual({
      code: 3,
      file: `${stale}\n`,
      // The warning about -p, and the one line that says what is wrong.
      lines: 2,
    })
  })
})

describe('the guard', () => {
  test('holds many removals, lets them go to a later run that agrees, and at once with --force', async () => {
    await using folder = tempFolder()
    await using mock = await startMock({ vms: 100, undeployed: 0, remoteAccessOff: 0 })
    await regen(mock, folder)
    const before = await read(folder)
    for (const vm of mock.platform.vms.slice(0, 40)) mock.platform.undeploy(vm.id)
    const held = await regen(mock, folder)
    expect({ code: held.code, file: await read(folder) }).toEqual({ code: 6, file: before })
    expect(held.stderr).toContain('40 removals are held')
    expect((await regen(mock, folder)).code).toBe(6)

    // A minute later: the word that the first run left is made older.
    const note = folder.file('.config.vnc.held')
    const aged = Object.entries(JSON.parse(await readFile(note, 'utf8'))).map(([token, at]) => [
      token,
      Number(at) - 61_000,
    ])
    await writeFile(note, JSON.stringify(Object.fromEntries(aged)))
    expect((await regen(mock, folder)).code).toBe(0)
    expect(await read(folder)).toBe(fileOf(mock))
  })

  test('lets everything go at once with --force', async () => {
    await using folder = tempFolder()
    await using mock = await startMock({ vms: 100, undeployed: 0, remoteAccessOff: 0 })
    await regen(mock, folder)
    for (const vm of mock.platform.vms.slice(0, 40)) mock.platform.undeploy(vm.id)
    expect((await regen(mock, folder, '--dry-run', '--force')).code).toBe(0)
    expect((await regen(mock, folder, '--force')).code).toBe(0)
    expect(await read(folder)).toBe(fileOf(mock))
  })

  test('never lets empty lists empty the file', async () => {
    await using folder = tempFolder()
    await using mock = await startMock({ vms: 15, undeployed: 0, remoteAccessOff: 0 })
    await regen(mock, folder)
    const before = await read(folder)
    mock.faults.add({ kind: 'empty' }, { on: 'rest', path: /virtualmachines/ })
    expect((await regen(mock, folder, '--guard', 'off')).code).toBe(6)
    expect(await read(folder)).toBe(before)
  })
})

test('a VM whose address would forge a line is refused, and harms no other line', async () => {
  await using folder = tempFolder()
  await using mock = await startMock({ vms: 30 })
  const [vm] = mock.platform.vms
  if (vm === undefined) throw new Error('The mock has no VM')
  const others = tokenLinesOf(mock.platform.truth().filter(({ ip, port }) => ip !== vm.ip || port !== vm.port))
  mock.platform.setRawVdrp(vm.id, '10.0.0.1\nfff: 6.6.6.6', 5900)
  const { code, stderr } = await regen(mock, folder)
  expect({ code, lines: (await read(folder)).trimEnd().split('\n') }).toEqual({ code: 0, lines: others })
  expect(stderr).toContain('is no host')
  // Made visible, so that it cannot forge a line of the log either.
  expect(stderr.split('\n').some((line) => line.startsWith('fff'))).toBe(false)
})

/** A pipe: as little a file as a device is, and nobody else's. */
async function pipeIn(folder: TempFolder): Promise<string> {
  if (!(await Bun.file(folder.file('pipe')).exists())) await run(['mkfifo', folder.file('pipe')])
  return folder.file('pipe')
}

describe('an output that cannot be written ends it with 5 and one line, and leaves what was there', () => {
  const targets: [string, (folder: TempFolder) => Promise<string>, RegExp][] = [
    ['the folder is missing', async (folder) => folder.file('none', 'config.vnc'), /Create the folder/],
    ['a folder', async (folder) => folder.path, /it is a folder/],
    ['a pipe', async (folder) => pipeIn(folder), /it is a pipe/],
    ['a file in place of the folder', async (folder) => `${await folder.write('plain', 'x')}/config.vnc`, /ENOTDIR/],
  ]
  test.each(targets)('%s', async (_name, target, words) => {
    await using folder = tempFolder()
    await using mock = await startMock({ vms: 30 })
    const login = ['-a', mock.apiUrl, '-u', mock.username, '-p', mock.password]
    const { code, stderr } = await run([await binary(), 'regen', ...login, '-f', await target(folder)])
    expect({ code, lines: stderr.trimEnd().split('\n').length }).toEqual({ code: 5, lines: 2 })
    expect(stderr).toMatch(words)
    const dry = await run([await binary(), 'regen', ...login, '-f', await target(folder), '--dry-run'])
    expect(dry.code).toBe(5)
  })
})

test('a wrong password costs one log-in, exit code 4, and names URL and user, never the password', async () => {
  await using folder = tempFolder()
  await using mock = await startMock({ vms: 30 })
  await folder.write('pw', 'wrong-secret\n')
  const login = ['-a', mock.apiUrl, '-u', mock.username, '--pass-file', folder.file('pw')]
  const { code, stderr } = await run([await binary(), 'regen', ...login, '-f', folder.file('config.vnc')])
  expect({ code, requests: mock.requests.all.map(({ path }) => path) }).toEqual({ code: 4, requests: ['/api/login'] })
  expect(stderr).toContain(mock.apiUrl)
  expect(stderr).toContain('"admin"')
  expect(stderr).not.toContain('wrong-secret')
})
