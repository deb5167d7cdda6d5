import { expect, test } from 'bun:test'
import { type Given, login, now, read, refusal } from './testing.ts'

test('what is printed of events is all that happens, unless told otherwise', () => {
  expect<object>({ ...read('events', {}), login: null }).toEqual({
    command: 'events',
    api: 'https://h/api',
    apiLocation: 'https://h/api',
    login: null,
    tls: { ca: undefined, caFile: undefined, insecure: false, cert: undefined, key: undefined },
    format: 'json',
    timeoutMs: 120_000,
    concurrency: 8,
    streamUrl: 'https://h/m/stream',
    watch: 'auto',
    pollIntervalMs: 5000,
    idleTimeoutMs: 150_000,
    filters: {},
    since: null,
    follow: true,
    logFormat: 'text',
    logLevel: 'info',
    notes: [],
    secretFiles: ['/pass'],
  })
})

test('in events --user and --enterprise are filters, and the user of the API is --username', () => {
  const args = [
    ...login,
    '--user',
    'system,ann',
    '--user',
    '12',
    '--enterprise',
    'Acme & Sons',
    '--severity',
    'warn, error',
  ]
  expect(read('events', { args })).toMatchObject({
    login: { username: 'admin' },
    filters: { user: ['system', 'ann', '12'], enterprise: ['Acme & Sons'], severity: ['warn', 'error'] },
  })
})

test('what was missed is recovered from a span before now, and only that if wanted', () => {
  const args = [...login, '--since', '1h', '--no-follow', '--watch', 'poll', '--poll-interval', '1s']
  expect(read('events', { args })).toMatchObject({
    since: now - 3_600_000,
    follow: false,
    watch: 'poll',
    pollIntervalMs: 1000,
  })
})

test('with a filter of scopes nothing is polled, since no event tells its scope', () => {
  expect(read('events', { args: [...login, '--scope', 'platform'] })).toMatchObject({
    filters: { scope: ['platform'] },
    watch: 'stream',
  })
})

test('a variable that tells the daemon to watch nothing leaves it to events how to watch', () => {
  const environment = { NOVNC_TOKENS_WATCH: 'none' }
  const file = { files: { '/env': 'NOVNC_TOKENS_WATCH=none' }, defaultEnvFile: '/env' }
  expect([read('events', { environment }).watch, read('events', file).watch]).toEqual(['auto', 'auto'])
  expect(read('events', { environment, args: [...login, '--watch', 'poll'] }).watch).toBe('poll')
  expect(read('events', { environment, args: [...login, '--scope', 'PLATFORM'] }).watch).toBe('stream')
})

test('with a log-in of the environment, filters of users need no other', () => {
  const environment = {
    ABIQUO_API_URL: 'https://h/api',
    ABIQUO_API_USERNAME: 'admin',
    ABIQUO_API_PASSWORD: 'hunter2',
  }
  const settings = read('events', { args: ['--user', 'ann'], environment })
  expect(settings).toMatchObject({ login: { username: 'admin' }, filters: { user: ['ann'] }, notes: [] })
})

test('names that are not known pass with a warning each, unless they are insisted on', () => {
  const args = [...login, '--entity', 'FOO,virtual_machine,FOO', '--action', 'LEVITATE,=DEPLOYS']
  expect(read('events', { args }).notes).toEqual([
    '--entity: "FOO" is no known entity such as VIRTUAL_MACHINE; nothing is shown unless the platform has it',
    '--action: "LEVITATE" is no known action such as DEPLOY_FINISH; nothing is shown unless the platform has it',
  ])
})

const scopeReason = 'exclude each other: no event tells its scope, so only the event stream can filter by it'

test.each<[string, Given, string]>([
  [
    'a misspelt severity',
    { args: [...login, '--severity', 'warn,wran'] },
    '--severity: "wran" is not a severity, which is INFO, WARN or ERROR; did you mean WARN?',
  ],
  ['an empty value', { args: [...login, '--action', 'DEPLOY,'] }, '--action: The filter action has an empty value'],
  [
    'a time that is none',
    { args: [...login, '--since', 'yesterday'] },
    '--since: "yesterday" is neither a time such as 2026-11-20T10:00:00Z or 2026-11-20 nor a span such as 1h',
  ],
  [
    'a time to come',
    { args: [...login, '--since', '2026-11-21T00:00:01Z'] },
    '--since: "2026-11-21T00:00:01Z" is in the future: now it is 2026-11-21T00:00:00.000Z',
  ],
  [
    'no end without a beginning',
    { args: [...login, '--no-follow'] },
    '--no-follow alone would print nothing; give --since too, such as --since 1h',
  ],
  [
    'a scope of the past',
    { args: [...login, '--scope', 'PLATFORM', '--since', '1h'] },
    `--scope and --since ${scopeReason}`,
  ],
  [
    'a scope that is polled',
    { args: [...login, '--scope', 'PLATFORM', '--watch', 'poll'] },
    `--scope and --watch poll ${scopeReason}`,
  ],
  [
    'a scope that a variable has polled',
    { args: [...login, '--scope', 'PLATFORM'], environment: { NOVNC_TOKENS_WATCH: 'poll' } },
    `--scope and NOVNC_TOKENS_WATCH poll ${scopeReason}`,
  ],
  [
    'to watch nothing',
    { args: [...login, '--watch', 'none'] },
    '--watch none would print nothing; give auto, stream or poll',
  ],
  [
    'a user of the filter for the one who logs in',
    { args: ['-a', 'https://h/api', '--user', 'admin', '--pass-file', '/pass'] },
    'A password without a user name is given; --user chooses events here: -u NAME (--username NAME) logs in',
  ],
  [
    'no log-in beside a filter of users',
    { args: ['-a', 'https://h/api', '--user', 'admin'] },
    'No log-in is given; --user chooses events here: set --username and --pass-file (ABIQUO_API_USERNAME and ABIQUO_API_PASSWORD_FILE) or --bearer-file (ABIQUO_API_BEARER_FILE) or --oauth-file (ABIQUO_API_APP_KEY and its like)',
  ],
])('events refuses %s in one line', (_, given, line) => {
  expect(refusal('events', given)).toBe(line)
})
