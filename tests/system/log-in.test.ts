import { describe, expect, test } from 'bun:test'
import { chmod } from 'node:fs/promises'
import { startMock } from '../mock-abiquo/index.ts'
import { binary } from '../support/binary.ts'
import { run } from '../support/process.ts'
import { tempFolder } from '../support/temp.ts'
import { waitFor } from '../support/wait.ts'
import { lineCount, startEvents } from './event-printer.ts'
import { chatty, isLogin, logInsOf, regen, secretFile, writtenBy } from './log-ins.ts'
import { secretsIn, tokensOf } from './secrets.ts'
import { historyAsked, startSite } from './support.ts'
import { anotherPassword, fileOf, lineOf, some } from './vms.ts'

describe('where Basic is taken by /login alone, user and password still do', () => {
  const password = 'p/w+ü'
  const restricted = { basicRestricted: true, password, vms: 400, enterprises: 200 } as const
  /** The one refusal by which it is found out; three would lock the user. */
  const found = { 'basic restricted': 1 }

  test.concurrent('for regen', async () => {
    await using folder = tempFolder()
    await using mock = await startMock(restricted)
    const tokens = tokensOf(mock)
    const file = await secretFile(folder, 'password', password)
    const finished = await regen(mock, folder, ['-u', mock.username, '--pass-file', file])
    expect({ code: finished.code, file: finished.file }).toEqual({ code: 0, file: fileOf(mock) })
    expect({ ...logInsOf(mock), locked: mock.accounts.isLocked(mock.username) }).toMatchObject({
      ...found,
      locked: false,
    })
    expect({ logIns: mock.requests.count(isLogin), tokens: tokens.length }).toEqual({ logIns: 2, tokens: 2 })
    expect(secretsIn(finished.stdout + finished.stderr, [password, ...tokens])).toEqual([])
  })

  test.concurrent('for run', async () => {
    let tokens: readonly string[] = []
    await using site = await startSite({
      ...restricted,
      flags: chatty,
      before: (mock) => {
        tokens = tokensOf(mock)
      },
    })
    const { mock } = site
    const vm = mock.platform.deploy(some(mock, false).id)
    await site.has(lineOf(vm), true)
    expect({ ...logInsOf(mock), locked: mock.accounts.isLocked(mock.username) }).toMatchObject({
      ...found,
      locked: false,
    })
    expect(tokens.length).toBe(2)
    expect(secretsIn(await writtenBy(site), [password, ...tokens])).toEqual([])
  })

  test.concurrent('for events', async () => {
    await using mock = await startMock(restricted)
    const tokens = tokensOf(mock)
    await mock.platform.burst(700)
    await using child = await startEvents(mock, ['--since', '1h', ...chatty])
    await lineCount(child, 700)
    await child.line('Caught up')
    mock.platform.emit({ entity: 'MACHINE', action: 'MODIFY', message: 'live' })
    await lineCount(child, 701)
    expect({ ...logInsOf(mock), locked: mock.accounts.isLocked(mock.username) }).toMatchObject({
      ...found,
      locked: false,
    })
    expect(secretsIn(child.stdout() + child.stderr(), [password, ...tokens])).toEqual([])
  }, 30_000)

  test.concurrent('a token that ends during a list is renewed once for all who wait', async () => {
    await using folder = tempFolder()
    await using mock = await startMock(restricted)
    const tokens = tokensOf(mock)
    const file = await secretFile(folder, 'password', password)
    // Answers so late that all slots are taken when the token ends.
    mock.faults.delayMs = 20
    const finished = regen(mock, folder, ['-u', mock.username, '--pass-file', file])
    for (const already of [40, 120]) {
      await waitFor('some of the lists', () => mock.requests.count() >= already)
      mock.accounts.expireTokens()
    }
    const { code, file: written, stdout, stderr } = await finished
    expect({ code, written }).toEqual({ code: 0, written: fileOf(mock) })
    expect({ ...logInsOf(mock), locked: mock.accounts.isLocked(mock.username) }).toMatchObject({
      ...found,
      locked: false,
    })
    // The first, the one that finds it out, and one for each end.
    expect(mock.requests.count(isLogin)).toBe(4)
    expect(secretsIn(stdout + stderr, [password, ...tokens])).toEqual([])
  })

  test.concurrent('tokens of two seconds are enough for a list of more', async () => {
    await using folder = tempFolder()
    await using mock = await startMock({ ...restricted, tokenLifeMs: 2000, delayMs: 100 })
    const file = await secretFile(folder, 'password', password)
    const { code, file: written } = await regen(mock, folder, ['-u', mock.username, '--pass-file', file])
    expect({ code, written }).toEqual({ code: 0, written: fileOf(mock) })
    const [first, last] = [mock.requests.all[0], mock.requests.all.at(-1)]
    const lives = Math.ceil(((last?.at ?? 0) - (first?.at ?? 0)) / 2000)
    expect(lives).toBeGreaterThanOrEqual(2)
    expect(mock.requests.count(isLogin)).toBeLessThanOrEqual(2 + lives)
  }, 40_000)
})

test.concurrent('a password that changes while eight reads are on their way costs one refused probe', async () => {
  await using site = await startSite({ lockOut: false, flags: chatty })
  const { mock } = site
  await waitFor('the first list', async () => (await site.status()).list.complete === 1)
  const vms = mock.platform.vms.filter(({ host }) => host !== null).slice(0, 12)
  {
    using _late = mock.faults.add({ kind: 'delay', ms: 1000 }, { path: /virtualappliances/ })
    mock.requests.clear()
    for (const vm of vms) mock.platform.requestAccess(vm.id)
    await waitFor('eight reads', () => mock.requests.concurrent === 8)
    anotherPassword(mock)
    await waitFor('the refusal', async () => (await site.status()).login.state === 'refused')
    await waitFor('all answers', () => mock.requests.concurrent === 0)
  }
  expect(logInsOf(mock)).toEqual({ 'basic bad': 9 })
  expect(mock.requests.count(isLogin)).toBe(1)
  // Whatever is asked for now waits for another password.
  mock.platform.deploy(some(mock, false).id)
  await site.folder.write('password', 'another\n')
  await site.right(20_000)
  expect(logInsOf(mock)).toMatchObject({ 'basic bad': 9 })
  expect(secretsIn(await writtenBy(site), [mock.password])).toEqual([])
}, 40_000)

describe('a Bearer token of a file', () => {
  test.concurrent('is read again for each connection, by run and by events', async () => {
    const [before, after] = ['first.bearer-token', 'second.bearer-token']
    await using site = await startSite({
      bearers: [before],
      login: async (_mock, folder) => ['--bearer-file', await secretFile(folder, 'bearer', `${before}\n`)],
      flags: chatty,
    })
    const { mock, folder } = site
    await using child = await startEvents(mock, ['--bearer-file', folder.file('bearer')], { env: {} })
    await mock.streams.whenOpened(2)
    await historyAsked(mock, 2)
    await secretFile(folder, 'bearer', `${after}\n`)
    mock.accounts.setBearers(mock.username, [after])
    mock.requests.clear()
    mock.streams.cut()
    await mock.streams.whenOpened(4)
    const vm = mock.platform.deploy(some(mock, false).id)
    await site.has(lineOf(vm), true)
    await child.line('DEPLOY_FINISH')
    expect(logInsOf(mock)).toEqual({ bearer: mock.requests.count() })
    const written = (await writtenBy(site)) + child.stdout() + child.stderr()
    expect({ secrets: secretsIn(written, [before, after]), warned: written.includes('chmod') }).toEqual({
      secrets: [],
      warned: false,
    })
  }, 40_000)

  test.concurrent('that everybody may read is warned about, and a refused one ends with 4', async () => {
    await using folder = tempFolder()
    await using mock = await startMock({ vms: 1, bearers: ['good-token'] })
    const path = await folder.write('bearer', 'good-token')
    await chmod(path, 0o644)
    const warned = await regen(mock, folder, ['--bearer-file', path])
    expect({ code: warned.code, file: warned.file }).toEqual({ code: 0, file: fileOf(mock) })
    expect(warned.stderr).toContain(`every user of this machine may read "${path}"; chmod o-r it`)
    mock.accounts.setBearers(mock.username, [])
    mock.requests.clear()
    const refused = await regen(mock, folder, ['--bearer-file', path])
    expect({ code: refused.code, logIns: logInsOf(mock) }).toEqual({ code: 4, logIns: { 'bearer bad': 1 } })
    expect(secretsIn(warned.stderr + refused.stderr, ['good-token'])).toEqual([])
  })
})

describe('two log-ins from one place are refused with 2, which names both', () => {
  const pairs: [string[], Record<string, string>, string[]][] = [
    [['-u', 'admin', '--bearer-file', 'b'], {}, ['--username', '--bearer-file']],
    [['--oauth-file', 'o', '--bearer-file', 'b'], {}, ['--oauth-file', '--bearer-file']],
    [
      [],
      { ABIQUO_API_PASSWORD: 'secret-1', ABIQUO_API_BEARER: 'secret-2' },
      ['ABIQUO_API_PASSWORD', 'ABIQUO_API_BEARER'],
    ],
    [[], { ABIQUO_API_APP_KEY: 'key', ABIQUO_API_USERNAME: 'admin' }, ['ABIQUO_API_APP_KEY', 'ABIQUO_API_USERNAME']],
    [['-u', 'admin', '-p', 'secret-1', '--pass-file', 'f'], {}, ['--pass ', '--pass-file']],
    [
      [],
      { ABIQUO_API_BEARER: 'secret-1', ABIQUO_API_BEARER_FILE: 'f' },
      ['ABIQUO_API_BEARER ', 'ABIQUO_API_BEARER_FILE'],
    ],
  ]
  test.each(pairs)('%j %j', async (flags, env, names) => {
    const command = [await binary(), 'regen', '-a', 'http://127.0.0.1:9/api', '-f', '-', ...flags]
    const { code, stderr } = await run(command, { env })
    expect({ code, named: names.filter((name) => stderr.includes(name)) }).toEqual({ code: 2, named: names })
    expect(secretsIn(stderr, ['secret-1', 'secret-2'])).toEqual([])
  })
})
