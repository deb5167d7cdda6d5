import { expect, test } from 'bun:test'
import { Secret } from './secret.ts'
import { type SettingsOf, secretsIn } from './settings.ts'
import { type Given, login, read, refusal } from './testing.ts'

const application = { '/app': "ABIQUO_API_APP_KEY='key'\nABIQUO_API_APP_SECRET='hunter2+'\n" }
const known = { kind: 'known', appKey: 'key', appSecret: new Secret('hunter2+') } as const

test.each<[string, Given, SettingsOf['authorize']['application']]>([
  ['is registered', {}, { kind: 'new', name: 'novnc-tokens' }],
  ['is registered under a name', { args: [...login, '--app-name', 'My app'] }, { kind: 'new', name: 'My app' }],
  ['is that of a file', { args: [...login, '--oauth-file', '/app'], files: application }, known],
  [
    'is that of variables, tokens beside them not looked at',
    { environment: { ABIQUO_API_APP_KEY: 'key', ABIQUO_API_APP_SECRET: 'hunter2+', ABIQUO_API_TOKEN: 'x' } },
    known,
  ],
  [
    'is a new one by its flag, whatever the variables say',
    { args: [...login, '--app-name', 'x'], environment: { ABIQUO_API_APP_KEY: 'key' } },
    { kind: 'new', name: 'x' },
  ],
  [
    'is that of a file, whatever the variables say',
    { args: [...login, '--oauth-file', '/app'], files: application, environment: { ABIQUO_API_APP_KEY: 'other' } },
    known,
  ],
])('the application that is authorized %s', (_, given, expected) => {
  expect(read('authorize', given).application).toEqual(expected)
})

test.each<[string, Given, string]>([
  [
    'an application in two ways',
    { args: [...login, '--oauth-file', '/app', '--app-name', 'x'], files: application },
    'Both --app-name and --oauth-file are given; one is for a new application, one for a known',
  ],
  [
    'half an application',
    { environment: { ABIQUO_API_APP_KEY: 'key' } },
    'Half of the OAuth credentials are given: ABIQUO_API_APP_SECRET is missing; give both of an application that the platform knows, or none to register a new one',
  ],
  [
    'a file without an application',
    { args: [...login, '--oauth-file', '/app'], files: { '/app': "ABIQUO_API_TOKEN='x'\n" } },
    '--oauth-file: "/app" holds none of the lines ABIQUO_API_APP_KEY=..., ABIQUO_API_APP_SECRET=...; give both of an application that the platform knows, or none to register a new one',
  ],
  ['an application without a name', { args: [...login, '--app-name', ' '] }, '--app-name: the name is empty'],
  [
    'OAuth as its log-in',
    { args: ['-a', 'https://h/api', '--oauth-file', '/app'], files: application },
    'No log-in is given; set --username and --pass-file (ABIQUO_API_USERNAME and ABIQUO_API_PASSWORD_FILE) or --bearer-file (ABIQUO_API_BEARER_FILE)',
  ],
])('authorize refuses %s in one line', (_, given, line) => {
  expect(refusal('authorize', given)).toBe(line)
})

test('secrets of the settings are known, that of an application too', () => {
  const settings = read('authorize', { args: [...login, '--oauth-file', '/app'], files: application })
  expect(secretsIn(settings)).toEqual(['hunter2', btoa('admin:hunter2'), 'hunter2+', 'hunter2%2B'])
})
