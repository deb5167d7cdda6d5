import { expect, test } from 'bun:test'
import type { Flags } from '../command-line/command-line.ts'
import { Failure } from '../process/failure.ts'
import { readLogin, secretsOf } from './login-settings.ts'
import type { OptionKey } from './options.ts'
import { beginReading, type Reading } from './reading.ts'

interface Given {
  flags?: Partial<Record<OptionKey, string>>
  environment?: Record<string, string>
  envFile?: string
  pass?: string
}

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
  const login = readLogin(begin(given))
  expect([login.username, login.password.reveal()]).toEqual([username, password])
})

test.each([
  ['hunter2', 'hunter2'],
  ['hunter2\n', 'hunter2'],
  ['hunter2\r\n', 'hunter2'],
  [' hunter2 \n', ' hunter2 '],
])('of a password file %p the password is %p', (pass, password) => {
  expect(readLogin(begin({ flags: { username: 'a', passFile: 'p' }, pass })).password.reveal()).toBe(password)
})

const ways = 'set --username and --pass-file, or ABIQUO_API_USERNAME and ABIQUO_API_PASSWORD_FILE'
const aside = '(log-in flags put the log-in variables aside)'

test.each<[string, Given, string]>([
  ['nothing', {}, `No log-in is given; ${ways}`],
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
  ['an empty user name', { flags: { username: '', pass: 'x' } }, '--username: the user name is empty'],
  [
    'a colon in the user name',
    { flags: { username: 'a:b', pass: 'x' } },
    "--username: a user name can't hold a colon or a control character",
  ],
])('%s is refused', (_, given, line) => {
  const reading = begin(given)
  try {
    readLogin(reading)
  } catch (error) {
    expect(error).toBeInstanceOf(Failure)
    expect(error).toMatchObject({ sentence: line, exitCode: 2 })
    return
  }
  throw new Error('The log-in is taken')
})

test('the secrets of a log-in are its password as such, in a URL and in a Basic header', () => {
  const login = readLogin(begin({ flags: { username: 'a', pass: 'p/w' } }))
  expect(secretsOf(login)).toEqual(['p/w', 'p%2Fw', btoa('a:p/w')])
})
