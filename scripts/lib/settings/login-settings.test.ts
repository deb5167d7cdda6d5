import { expect, test } from 'bun:test'
import type { Flags } from '../command-line/command-line.ts'
import { Failure } from '../process/failure.ts'
import { readLogin } from './login-settings.ts'
import type { OptionKey } from './options.ts'
import { beginReading, type Reading } from './reading.ts'

interface Given {
  flags?: Partial<Record<OptionKey, string>>
  environment?: Record<string, string>
  envFile?: string
  /** The text of each other file. */
  pass?: string
}

const kinds = ['basic', 'bearer', 'oauth'] as const

function begin(given: Given): Reading {
  const flags: Flags = new Map(
    Object.entries(given.flags ?? {}).map(([key, value]): [OptionKey, string[]] => [key as OptionKey, [value]]),
  )
  return beginReading(flags, {
    environment: given.environment ?? {},
    files: {
      read: (path) => (path === '/env' ? (given.envFile ?? '') : (given.pass ?? 'from file\n')),
      isWorldReadable: () => false,
    },
    workingDirectory: '/srv',
    defaultEnvFile: '/env',
  })
}

/** A log-in with its secrets in clear, without what reads it again. */
function plain(reading: Reading): unknown {
  const login = readLogin(reading, kinds)
  if (login.kind === 'bearer') return { bearer: login.token.reveal(), again: login.reread?.().reveal() ?? null }
  if (login.kind === 'basic') return [login.username, login.password.reveal()]
  return [login.appKey, ...[login.appSecret, login.token, login.tokenSecret].map((secret) => secret.reveal())]
}

test.each<[string, Given, [string, string]]>([
  ['flags', { flags: { username: 'a', pass: '-x' } }, ['a', '-x']],
  ['a password file', { flags: { username: 'a', passFile: 'p' } }, ['a', 'from file']],
  ['variables', { environment: { ABIQUO_API_USERNAME: 'b', ABIQUO_API_PASSWORD: ' ' } }, ['b', ' ']],
  ['the env file', { envFile: 'ABIQUO_API_USERNAME=c\nABIQUO_API_PASSWORD_FILE=p' }, ['c', 'from file']],
  [
    'environment and env file together',
    { environment: { ABIQUO_API_PASSWORD: 'y' }, envFile: 'ABIQUO_API_USERNAME=c' },
    ['c', 'y'],
  ],
  [
    'an environment that wins over the other form in the env file',
    { environment: { ABIQUO_API_USERNAME: 'b', ABIQUO_API_PASSWORD: 'y' }, envFile: 'ABIQUO_API_PASSWORD_FILE=p' },
    ['b', 'y'],
  ],
  [
    'flags that put two passwords of the environment aside',
    { flags: { username: 'a', pass: 'x' }, environment: { ABIQUO_API_PASSWORD: 'y', ABIQUO_API_PASSWORD_FILE: 'p' } },
    ['a', 'x'],
  ],
])('the log-in comes from %s', (_, given, [username, password]) => {
  expect(plain(begin(given))).toEqual([username, password])
})

test.each([
  ['hunter2', 'hunter2'],
  ['hunter2\n', 'hunter2'],
  ['hunter2\r\n', 'hunter2'],
  [' hunter2 \n', ' hunter2 '],
])('of a password file %p the password is %p', (pass, password) => {
  expect(plain(begin({ flags: { username: 'a', passFile: 'p' }, pass }))).toEqual(['a', password])
})

const four = {
  ABIQUO_API_APP_KEY: 'key',
  ABIQUO_API_APP_SECRET: 'a+/=',
  ABIQUO_API_TOKEN: 'token',
  ABIQUO_API_TOKEN_SECRET: 'b c',
}
const oauthText = `ABIQUO_API_APP_KEY='key'
ABIQUO_API_APP_SECRET='a+/='
ABIQUO_API_TOKEN='token'
ABIQUO_API_TOKEN_SECRET='b c'
`
const basic = { ABIQUO_API_USERNAME: 'b', ABIQUO_API_PASSWORD: 'y' }

test.each<[string, Given]>([
  ['an OAuth file', { flags: { oauthFile: 'o' }, pass: oauthText, environment: { ...basic, ABIQUO_API_BEARER: 'x' } }],
  ['variables', { environment: four, envFile: 'ABIQUO_API_USERNAME=a\nABIQUO_API_PASSWORD=x' }],
  ['the env file', { envFile: oauthText }],
  [
    'environment and env file together',
    {
      environment: { ABIQUO_API_APP_KEY: 'key', ABIQUO_API_TOKEN: 'token' },
      envFile: `${oauthText}ABIQUO_API_TOKEN=old`,
    },
  ],
  [
    'variables that name files',
    {
      environment: { ...four, ABIQUO_API_APP_SECRET: '', ABIQUO_API_APP_SECRET_FILE: 's' },
      pass: 'a+/=\n',
    },
  ],
])('an OAuth log-in comes from %s', (_, given) => {
  expect(plain(begin(given))).toEqual(['key', 'a+/=', 'token', 'b c'])
})

test.each<[string, Given, unknown]>([
  [
    'a file',
    { flags: { bearerFile: 'b' }, environment: four, pass: 'abc.def\n' },
    { bearer: 'abc.def', again: 'abc.def' },
  ],
  [
    'a variable that names a file',
    { environment: { ABIQUO_API_BEARER_FILE: 'b' }, pass: 'x' },
    { bearer: 'x', again: 'x' },
  ],
  ['a variable', { environment: { ABIQUO_API_BEARER: 'x' }, envFile: oauthText }, { bearer: 'x', again: null }],
])('a Bearer token comes from %s', (_, given, login) => {
  expect(plain(begin(given))).toEqual(login)
})

test('files of secrets are read again at a reload, and those that all may read are warned about', () => {
  const reading = beginReading(new Map([['oauthFile', ['o']]]), {
    environment: {},
    files: { read: () => `${oauthText}ABIQUO_API_URL=https://h`, isWorldReadable: () => true },
    workingDirectory: '/srv',
    defaultEnvFile: null,
  })
  readLogin(reading, kinds)
  expect({ files: reading.secretFiles, notes: reading.notes }).toEqual({
    files: ['/srv/o'],
    notes: [
      '--oauth-file: every user of this machine may read "/srv/o"; chmod o-r it',
      '/srv/o: only ABIQUO_API_APP_KEY, ABIQUO_API_APP_SECRET, ABIQUO_API_TOKEN, ABIQUO_API_TOKEN_SECRET are read from it, not ABIQUO_API_URL',
    ],
  })
})

test('a Bearer file is read again each time, and told where it has become unusable', () => {
  let text = 'one\n'
  const reading = beginReading(new Map([['bearerFile', ['b']]]), {
    environment: {},
    files: { read: () => text, isWorldReadable: () => false },
    workingDirectory: '/srv',
    defaultEnvFile: null,
  })
  const { reread } = readLogin(reading, ['bearer'])
  text = 'two'
  const second = reread?.().reveal()
  text = ''
  expect(second).toBe('two')
  expect(() => reread?.()).toThrow('--bearer-file: "/srv/b": the token is empty')
})

test('a way to log in that is not taken is not looked at', () => {
  const login = readLogin(begin({ environment: { ...four, ...basic } }), ['basic', 'bearer'])
  expect(login).toMatchObject({ kind: 'basic', username: 'b' })
})

const ways = 'set --username and --pass-file, or ABIQUO_API_USERNAME and ABIQUO_API_PASSWORD_FILE'
const allWays =
  'set --username and --pass-file (ABIQUO_API_USERNAME and ABIQUO_API_PASSWORD_FILE) or --bearer-file (ABIQUO_API_BEARER_FILE) or --oauth-file (ABIQUO_API_APP_KEY and its like)'
const makes = 'novnc-tokens authorize makes them'
const aside = '(log-in flags put the log-in variables aside)'

test.each<[string, Given, string]>([
  ['nothing', {}, `No log-in is given; ${allWays}`],
  ['no password', { flags: { username: 'a' } }, `A user name without a password is given; ${ways}`],
  [
    'no user name',
    { environment: { ABIQUO_API_PASSWORD: 'hunter2' } },
    `A password without a user name is given; ${ways}`,
  ],
  [
    'a user of the flags and a password of the environment',
    { flags: { username: 'a' }, environment: { ABIQUO_API_PASSWORD: 'hunter2' } },
    `A user name without a password is given ${aside}; ${ways}`,
  ],
  [
    'two passwords in flags',
    { flags: { username: 'a', pass: 'hunter2', passFile: 'p' } },
    'Both --pass and --pass-file are given; keep one',
  ],
  [
    'two passwords in variables',
    { environment: { ABIQUO_API_USERNAME: 'a', ABIQUO_API_PASSWORD: 'hunter2', ABIQUO_API_PASSWORD_FILE: 'p' } },
    'Both ABIQUO_API_PASSWORD and ABIQUO_API_PASSWORD_FILE are given; keep one',
  ],
  [
    'two passwords in the env file',
    { envFile: 'ABIQUO_API_USERNAME=a\nABIQUO_API_PASSWORD=hunter2\nABIQUO_API_PASSWORD_FILE=p' },
    'Both ABIQUO_API_PASSWORD in /env line 2 and ABIQUO_API_PASSWORD_FILE in /env line 3 are given; keep one',
  ],
  ['an empty password', { flags: { username: 'a', pass: '' } }, '--pass: the password is empty'],
  [
    'an empty password file',
    { flags: { username: 'a', passFile: 'p' }, pass: '\n' },
    '--pass-file: "/srv/p": the password is empty',
  ],
  [
    'a password file of two lines',
    { flags: { username: 'a', passFile: 'p' }, pass: 'hunter2\nx\n' },
    '--pass-file: "/srv/p": the password holds a line end or another control character',
  ],
  [
    'two ways in flags',
    { flags: { username: 'a', pass: 'hunter2', oauthFile: 'o' } },
    'Two log-ins are given, --username and --oauth-file; keep one',
  ],
  [
    'two ways in variables',
    { environment: { ABIQUO_API_BEARER: 'hunter2', ABIQUO_API_TOKEN_SECRET_FILE: 'f' } },
    'Two log-ins are given, ABIQUO_API_BEARER and ABIQUO_API_TOKEN_SECRET_FILE; keep one',
  ],
  [
    'two ways in the env file',
    { envFile: 'ABIQUO_API_PASSWORD=hunter2\nABIQUO_API_BEARER_FILE=f' },
    'Two log-ins are given, ABIQUO_API_PASSWORD in /env line 1 and ABIQUO_API_BEARER_FILE in /env line 2; keep one',
  ],
  [
    'a value and its file',
    { environment: { ...four, ABIQUO_API_TOKEN_FILE: 'f' } },
    'Both ABIQUO_API_TOKEN and ABIQUO_API_TOKEN_FILE are given; keep one',
  ],
  [
    'a token and its file',
    { environment: { ABIQUO_API_BEARER: 'hunter2', ABIQUO_API_BEARER_FILE: 'f' } },
    'Both ABIQUO_API_BEARER and ABIQUO_API_BEARER_FILE are given; keep one',
  ],
  [
    'half an OAuth log-in',
    { environment: { ABIQUO_API_APP_KEY: 'key', ABIQUO_API_TOKEN: 'hunter2' } },
    `Half of the OAuth credentials are given: ABIQUO_API_APP_SECRET, ABIQUO_API_TOKEN_SECRET are missing; ${makes}`,
  ],
  [
    'half an OAuth file',
    { flags: { oauthFile: 'o' }, pass: 'ABIQUO_API_APP_KEY=a\nABIQUO_API_APP_SECRET=b\nABIQUO_API_TOKEN=c' },
    `Half of the OAuth credentials are given by --oauth-file: ABIQUO_API_TOKEN_SECRET is missing; ${makes}`,
  ],
  [
    'an OAuth file of something else',
    { flags: { oauthFile: 'o' }, pass: 'hunter2\n' },
    `--oauth-file: "o" holds none of the lines ABIQUO_API_APP_KEY=..., ABIQUO_API_APP_SECRET=..., ABIQUO_API_TOKEN=..., ABIQUO_API_TOKEN_SECRET=...; ${makes}`,
  ],
  [
    'half a log-in of the environment beside another one',
    { environment: { ABIQUO_API_USERNAME: 'a' }, envFile: oauthText },
    `A user name without a password is given (the log-in of the environment puts that of the env file aside); ${ways}`,
  ],
  [
    'an empty value in an OAuth file',
    { flags: { oauthFile: 'o' }, pass: oauthText.replace("'token'", "''") },
    '/srv/o line 3: the value of ABIQUO_API_TOKEN is empty',
  ],
  [
    'a token of two words',
    { flags: { bearerFile: 'b' }, pass: 'Bearer hunter2' },
    '--bearer-file: "/srv/b": the token holds a blank, a line end or a letter beyond ASCII; the token alone is wanted, without "Bearer" before it',
  ],
  ['an empty token', { flags: { bearerFile: 'b' }, pass: '\n' }, '--bearer-file: "/srv/b": the token is empty'],
  ['an empty path', { flags: { bearerFile: '' } }, '--bearer-file: the path is empty'],
  ['an empty user name', { flags: { username: '', pass: 'x' } }, '--username: the user name is empty'],
  [
    'a colon in the user name',
    { flags: { username: 'a:b', pass: 'x' } },
    "--username: a user name can't hold a colon or a control character",
  ],
])('%s is refused', (_, given, line) => {
  const reading = begin(given)
  try {
    readLogin(reading, kinds)
  } catch (error) {
    expect(error).toBeInstanceOf(Failure)
    expect(error).toMatchObject({ sentence: line, exitCode: 2 })
    return
  }
  throw new Error('The log-in is taken')
})
