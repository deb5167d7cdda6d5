import { describe, expect, test } from 'bun:test'
import { chmod, readFile } from 'node:fs/promises'
import { type Mock, type MockOptions, startMock } from '../mock-abiquo/index.ts'
import { binary } from '../support/binary.ts'
import { type Finished, run } from '../support/process.ts'
import { type TempFolder, tempFolder } from '../support/temp.ts'
import { adminOf, wholeLines } from './event-printer.ts'
import { secretsIn, tokensOf } from './secrets.ts'

const names = ['ABIQUO_API_APP_KEY', 'ABIQUO_API_APP_SECRET', 'ABIQUO_API_TOKEN', 'ABIQUO_API_TOKEN_SECRET']

/** Runs `authorize`, as the administrator unless other variables are given. */
async function authorize(mock: Mock, flags: readonly string[] = [], env: Record<string, string> = adminOf(mock)) {
  return await run([await binary(), 'authorize', '-a', mock.apiUrl, '--log-level', 'debug', ...flags], { env })
}

/** Values of a block of lines `NAME='value'`. */
function valuesOf(block: string): Record<string, string> {
  return Object.fromEntries(wholeLines(block).map((line) => /^(\w+)='([^']*)'$/.exec(line)?.slice(1) ?? [line, '']))
}

/** Whether regen logs in with what was printed, and writes the right file. */
async function works(mock: Mock, folder: TempFolder, { code, stdout }: Finished): Promise<void> {
  expect({ code, names: Object.keys(valuesOf(stdout)) }).toEqual({ code: 0, names })
  const block = await folder.write('.env', stdout)
  await chmod(block, 0o600)
  mock.requests.clear()
  const file = folder.file('config.vnc')
  const regen = await run([await binary(), 'regen', '-a', mock.apiUrl, '--env-file', block, '-f', file])
  expect({ code: regen.code, lines: wholeLines(await readFile(file, 'utf8')) }).toEqual({
    code: 0,
    lines: mock.platform.tokenLines(),
  })
  expect(new Set(mock.requests.all.map(({ authorizationScheme: how }) => how))).toEqual(new Set(['oauth']))
  expect(secretsIn(regen.stdout + regen.stderr, secretsOf(stdout))).toEqual([])
}

/** The secrets in a block: all but the application's key. */
function secretsOf(block: string): string[] {
  const { ABIQUO_API_APP_KEY: _, ...secrets } = valuesOf(block)
  return Object.values(secrets)
}

describe('it prints a block with which regen logs in', () => {
  const platforms: [string, MockOptions][] = [
    ['as any platform has it', {}],
    ['where Basic is taken by /login alone', { basicRestricted: true }],
    ['with a password of all characters', { password: 'p w:+/=\'"%20ü€' }],
  ]
  test.each(platforms)('for an application that it registers, %s', async (_name, options) => {
    await using folder = tempFolder()
    await using mock = await startMock({ vms: 30, ...options })
    const tokens = tokensOf(mock)
    const finished = await authorize(mock, ['--app-name', 'tokens of "host 1"'])
    expect(mock.oauth.application(valuesOf(finished.stdout)['ABIQUO_API_APP_KEY'] ?? '')).toMatchObject({
      name: 'tokens of "host 1"',
      username: 'admin',
    })
    const secrets = [mock.password, ...tokens, ...secretsOf(finished.stdout)]
    expect(secretsIn(finished.stderr, secrets)).toEqual([])
    expect(mock.accounts.isLocked(mock.username)).toBe(false)
    await works(mock, folder, finished)
  })

  test('for a user with a Bearer token', async () => {
    await using folder = tempFolder()
    await using mock = await startMock({ vms: 30, bearers: ['a-bearer'] })
    const finished = await authorize(mock, [], { ABIQUO_API_BEARER: 'a-bearer' })
    expect(secretsIn(finished.stderr, ['a-bearer', ...secretsOf(finished.stdout)])).toEqual([])
    await works(mock, folder, finished)
  })

  test.each(['variables', 'a file'])('for an application whose key and secret %s give', async (how) => {
    await using folder = tempFolder()
    await using mock = await startMock({ vms: 30 })
    const application = mock.oauth.register('known', mock.username)
    const { key = '', secret = '' } = application ?? {}
    const given = { ABIQUO_API_APP_KEY: key, ABIQUO_API_APP_SECRET: secret }
    const text = Object.entries(given).map((pair) => `${pair.join('=')}\n`)
    const path = await folder.write('application', text.join(''))
    const finished =
      how === 'a file'
        ? await authorize(mock, ['--oauth-file', path])
        : await authorize(mock, [], { ...adminOf(mock), ...given })
    expect(valuesOf(finished.stdout)).toMatchObject(given)
    expect({ applications: mock.oauth.count, told: secretsIn(finished.stderr, secretsOf(finished.stdout)) }).toEqual({
      applications: 1,
      told: [],
    })
    await works(mock, folder, finished)
  })

  test('where the platform knows its API by another name', async () => {
    await using mock = await startMock({ vms: 1, oauthLocation: 'https://abiquo.example.com/api' })
    const { code, stdout } = await authorize(mock, ['--api-location', 'https://abiquo.example.com:443/api'])
    expect({ code, names: Object.keys(valuesOf(stdout)) }).toEqual({ code: 0, names })
  })
})

describe('it tells what fails', () => {
  test('a wrong password: 4, after one try', async () => {
    await using mock = await startMock({ vms: 1 })
    const { code, stdout, stderr } = await authorize(mock, [], {
      ...adminOf(mock),
      ABIQUO_API_PASSWORD: 'wrong-secret',
    })
    expect({ code, stdout, asked: mock.requests.count() }).toEqual({ code: 4, stdout: '', asked: 1 })
    expect(secretsIn(stderr, ['wrong-secret'])).toEqual([])
  })

  test('a name that is taken: 3, and what to do', async () => {
    await using mock = await startMock({ vms: 1 })
    mock.oauth.register('novnc-tokens', mock.username)
    const { code, stdout, stderr } = await authorize(mock)
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' })
    expect(stderr).toContain('choose another')
    expect(stderr).toContain(
      '; --app-name NAME registers it under another name, --oauth-file FILE takes key and secret',
    )
  })

  test('a user who may register nothing: 4, and what to give instead', async () => {
    await using mock = await startMock({ vms: 1 })
    mock.faults.add({ kind: 'status', status: 403 }, { path: /applications/ })
    const { code, stdout, stderr } = await authorize(mock)
    expect({ code, stdout }).toEqual({ code: 4, stdout: '' })
    expect(stderr).toContain('; --oauth-file FILE takes key and secret of one that the platform knows')
  })

  test('a step after the registration: 3, and what the platform told once', async () => {
    await using folder = tempFolder()
    await using mock = await startMock({ vms: 30 })
    const fault = mock.faults.add({ kind: 'status', status: 500 }, { path: /oauth\/authorize/ })
    const failed = await authorize(mock)
    const known = valuesOf(failed.stdout)
    expect({ code: failed.code, names: Object.keys(known) }).toEqual({ code: 3, names: names.slice(0, 2) })
    expect(secretsIn(failed.stderr, secretsOf(failed.stdout))).toEqual([])
    expect(failed.stderr).toContain('; what is printed is the --oauth-file to go on with')
    fault.clear()
    await works(mock, folder, await authorize(mock, [], { ...adminOf(mock), ...known }))
  })
})
