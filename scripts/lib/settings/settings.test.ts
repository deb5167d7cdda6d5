import { expect, test } from 'bun:test'
import { Secret } from './secret.ts'
import { type Given, login, read, refusal } from './testing.ts'

test('the defaults of run', () => {
  expect<object>({ ...read('run', {}), login: null }).toEqual({
    command: 'run',
    api: 'https://h/api',
    apiLocation: 'https://h/api',
    streamUrl: 'https://h/m/stream',
    login: null,
    tls: { ca: undefined, caFile: undefined, insecure: false, cert: undefined, key: undefined },
    format: 'json',
    timeoutMs: 120_000,
    concurrency: 8,
    watch: 'auto',
    pollIntervalMs: 5000,
    resyncMs: 300_000,
    idleTimeoutMs: 150_000,
    guard: { share: 0.3 },
    outputs: [{ kind: 'file', path: '/opt/websockify/config.vnc' }],
    stdout: false,
    mode: null,
    group: null,
    selection: { datacenters: [], enterprises: [], excludedEnterprises: [] },
    listen: { host: '0.0.0.0', port: 41339 },
    lookup: null,
    onChange: null,
    logFormat: 'text',
    logLevel: 'info',
    notes: [],
    secretFiles: ['/pass'],
  })
})

test('everything given to regen', () => {
  const environment = {
    ABIQUO_API_URL: 'https://h:8443/api/',
    ABIQUO_API_LOCATION: 'https://inside/api',
    ABIQUO_API_FORMAT: 'xml',
    ABIQUO_API_USERNAME: 'admin',
    ABIQUO_API_PASSWORD: ' pa$$ word ',
    NOVNC_TOKENS_TIMEOUT: '5s',
    NOVNC_TOKENS_CONCURRENCY: '2',
    NOVNC_TOKENS_OUTPUT: ' file:a  /b dir:c',
    NOVNC_TOKENS_DATACENTER: '2 1,2',
    NOVNC_TOKENS_ENTERPRISE: '7, 8',
    NOVNC_TOKENS_EXCLUDE_ENTERPRISE: '8',
    NOVNC_TOKENS_MODE: '0600',
    NOVNC_TOKENS_GROUP: 'websockify',
    NOVNC_TOKENS_GUARD: 'off',
    NOVNC_TOKENS_LOG_FORMAT: 'json',
    NOVNC_TOKENS_LOG_LEVEL: 'debug',
    // Of another command: not looked at.
    NOVNC_TOKENS_LISTEN: 'nonsense',
  }
  const settings = read('regen', { args: ['--dry-run', '--force', '-f', '-'], environment })
  expect(settings.login.kind === 'basic' && settings.login.password.reveal()).toBe(' pa$$ word ')
  expect<object>(settings).toEqual({
    command: 'regen',
    api: 'https://h:8443/api',
    apiLocation: 'https://inside/api',
    login: { kind: 'basic', username: 'admin', password: new Secret(' pa$$ word ') },
    tls: { ca: undefined, caFile: undefined, insecure: false, cert: undefined, key: undefined },
    format: 'xml',
    timeoutMs: 5000,
    concurrency: 2,
    guard: null,
    outputs: [
      { kind: 'file', path: '/srv/a' },
      { kind: 'file', path: '/b' },
      { kind: 'dir', path: '/srv/c' },
    ],
    stdout: true,
    selection: { datacenters: ['1', '2'], enterprises: ['7', '8'], excludedEnterprises: ['8'] },
    mode: 0o600,
    group: 'websockify',
    dryRun: true,
    force: true,
    logFormat: 'json',
    logLevel: 'debug',
    notes: [],
    secretFiles: [],
  })
})

test('lookups, and a command after changes', () => {
  const args = [...login, '-f', 'x', '--lookup', '[::1]:41340', '--on-change', 'logger "$NOVNC_TOKENS_TOTAL"']
  const { lookup, onChange } = read('run', { args })
  expect({ lookup, onChange }).toEqual({
    lookup: { kind: 'tcp', host: '::1', port: 41340 },
    onChange: 'logger "$NOVNC_TOKENS_TOTAL"',
  })
})

test('flags win over the environment, it wins over the env file, that over the default', () => {
  const files = { '/x.env': 'NOVNC_TOKENS_RESYNC=1m\nNOVNC_TOKENS_TIMEOUT=1m\nNOVNC_TOKENS_IDLE_TIMEOUT=1m\n' }
  const environment = { NOVNC_TOKENS_RESYNC: '2m', NOVNC_TOKENS_TIMEOUT: '2m', NOVNC_TOKENS_ENV_FILE: '/x.env' }
  const settings = read('run', { args: [...login, '--resync', '3m'], environment, files })
  expect([settings.resyncMs, settings.timeoutMs, settings.idleTimeoutMs]).toEqual([180_000, 120_000, 60_000])
  expect(settings.secretFiles).toEqual(['/x.env', '/pass'])
})

test('an empty variable is none, and switches a switch off', () => {
  const files = { '/x.env': 'NOVNC_TOKENS_RESYNC=1m\nABIQUO_API_INSECURE=yes\n' }
  const environment = { NOVNC_TOKENS_RESYNC: '', ABIQUO_API_INSECURE: '', NOVNC_TOKENS_ENV_FILE: '/x.env' }
  const settings = read('run', { environment, files })
  expect([settings.resyncMs, settings.tls.insecure]).toEqual([60_000, false])
})

test.each<[string, Given, string]>([
  [
    'no API',
    { args: ['-u', 'a'] },
    'No API is given; set --api or ABIQUO_API_URL, e.g. --api https://abiquo.example.com/api',
  ],
  [
    'a URL with a password',
    { args: ['-a', 'https://a:hunter2@h'] },
    '--api: a URL with a user name or password is refused: they have flags and variables of their own',
  ],
  [
    'a bad duration',
    { args: [...login, '--timeout', '5x'] },
    '--timeout: "5x" is not a duration such as 500ms, 5s, 5m or 1h',
  ],
  ['a short timeout', { args: [...login, '--timeout', '999ms'] }, '--timeout: "999ms" is out of bounds: from 1s to 1h'],
  [
    'a bad variable',
    { environment: { NOVNC_TOKENS_CONCURRENCY: '65' } },
    'NOVNC_TOKENS_CONCURRENCY: "65" is not a whole number from 1 to 64',
  ],
  [
    'a bad switch',
    { environment: { ABIQUO_API_INSECURE: 'maybe' } },
    'ABIQUO_API_INSECURE: "maybe" is neither 1, true, yes, on nor 0, false, no, off',
  ],
  [
    'a bad line of the env file',
    { args: [...login, '--env-file', 'x.env'], files: { '/srv/x.env': '#\nNOVNC_TOKENS_GUARD=3\n' } },
    'NOVNC_TOKENS_GUARD in /srv/x.env line 2: "3" is neither a share from 1% to 100% nor off',
  ],
  ...['"off\nABIQUO_API_PASSWORD=hunter2\nX="y"', "'off\r\n export ABIQUO_API_PASSWORD = hunter2'"].map(
    (value): [string, Given, string] => [
      'a quote that is closed behind a password',
      { args: [...login, '--env-file', '/x.env'], files: { '/x.env': `#\nNOVNC_TOKENS_GUARD=${value}\n` } },
      'NOVNC_TOKENS_GUARD in /x.env line 2: the value goes on over other variables; close its quote',
    ],
  ),
  [
    'an output whose quote is closed behind a password',
    {
      args: [...login, '--env-file', '/x.env'],
      files: { '/x.env': 'NOVNC_TOKENS_OUTPUT="/a\nABIQUO_API_PASSWORD=hunter2\nX="' },
    },
    'NOVNC_TOKENS_OUTPUT in /x.env line 1: the value goes on over other variables; close its quote',
  ],
  [
    'a missing env file',
    { args: [...login, '--env-file', '/x'] },
    '--env-file: cannot read "/x": there is no such file or folder',
  ],
  [
    'polling all the time',
    { args: [...login, '--poll-interval', '999ms'] },
    '--poll-interval: "999ms" is out of bounds: from 1s to 24h',
  ],
  [
    'another way to watch',
    { args: [...login, '--watch', 'no'] },
    '--watch: "no" is not one of auto, stream, poll, none',
  ],
  [
    'lookups at no address',
    { args: [...login, '--lookup', '41340'] },
    '--lookup: "41340" is neither HOST:PORT such as 127.0.0.1:41340 or [::1]:41340 nor unix:PATH nor off',
  ],
  ['an empty command', { args: [...login, '--on-change', ' '] }, '--on-change: the command is empty'],
])('%s is refused in one line', (_, given, line) => {
  expect(refusal('run', given)).toBe(line)
})

test.each<[string, Given, readonly string[]]>([
  [
    'a URL without a path',
    { args: ['-a', 'https://h', ...login.slice(2)] },
    ['The API URL "https://h" has no path; Abiquo\'s usually ends in /api: "https://h/api"'],
  ],
  [
    'a password in ps',
    { args: ['-a', 'https://h/api', '-u', 'a', '-p', 'hunter2'] },
    ['--pass shows the password to every user of this machine (ps); use --pass-file or ABIQUO_API_PASSWORD_FILE'],
  ],
  [
    'any certificate',
    { args: [...login, '-k'] },
    ['--insecure takes any certificate: whoever is on the way can read the password; use --ca or ABIQUO_API_CA_FILE'],
  ],
  [
    'a misspelt variable',
    {
      environment: {
        NOVNC_TOKENS_TIMEUOT: '1s',
        ABIQUO_API_KEYRING: 'x',
        ABIQUO_API_TOKEN_FIEL: 'x',
        NOVNC_TOKENS_FROB: '',
      },
    },
    [
      'NOVNC_TOKENS_TIMEUOT is not a variable of this program; did you mean NOVNC_TOKENS_TIMEOUT?',
      'ABIQUO_API_TOKEN_FIEL is not a variable of this program; did you mean ABIQUO_API_TOKEN_FILE?',
      'NOVNC_TOKENS_FROB is not a variable of this program',
    ],
  ],
  [
    'an env file with a secret that all may read',
    { args: [...login, '--env-file', '/x.env'], files: { '/x.env!': 'ABIQUO_API_PASSWORD=hunter2' } },
    ['/x.env: every user of this machine may read it, and it holds ABIQUO_API_PASSWORD; chmod o-r it'],
  ],
  [
    'an env file without a secret that all may read',
    { args: [...login, '--env-file', '/x.env'], files: { '/x.env!': 'NOVNC_TOKENS_RESYNC=1m' } },
    [],
  ],
  [
    'an env file with the password of an output that all may read',
    { args: [...login, '--env-file', '/x.env'], files: { '/x.env!': 'NOVNC_TOKENS_OUTPUT="/a redis://u:hunter2@h"' } },
    ['/x.env: every user of this machine may read it, and it holds NOVNC_TOKENS_OUTPUT; chmod o-r it'],
  ],
  [
    'a command that never runs',
    { args: [...login, '--lookup', 'unix:s', '--on-change', 'true'] },
    ['--on-change never runs: it is for changes of --file and --output, and neither is given'],
  ],
  [
    'a broken line of the env file',
    { args: [...login, '--env-file', '/x.env'], files: { '/x.env': 'hunter2' } },
    ['/x.env: line 1 is left out: it is not of the form NAME=value'],
  ],
])('%s is warned about', (_, given, notes) => {
  expect(read('run', given).notes).toEqual([...notes])
})

test('the default env file is read where it exists and need not exist', () => {
  const given = { defaultEnvFile: '/checkout/.env' }
  expect(read('run', { ...given, files: { '/checkout/.env': 'NOVNC_TOKENS_RESYNC=1m' } }).resyncMs).toBe(60_000)
  expect(read('run', given).resyncMs).toBe(300_000)
})
