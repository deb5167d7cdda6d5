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
  ['to watch nothing', { args: [...login, '--watch', 'none'] }, '--watch: "none" is not one of auto, stream, poll'],
])('events refuses %s in one line', (_, given, line) => {
  expect(refusal('events', given)).toBe(line)
})
