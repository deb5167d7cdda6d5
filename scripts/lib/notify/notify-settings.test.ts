import { expect, test } from 'bun:test'
import { notifySettings } from './notify-settings.ts'

const address = '/run/systemd/notify'

test.each<[string, Record<string, string>, ReturnType<typeof notifySettings>]>([
  ['nothing', {}, null],
  ['an empty socket', { NOTIFY_SOCKET: '' }, null],
  ['a watchdog without a socket', { WATCHDOG_USEC: '1000000' }, null],
  ['a socket', { NOTIFY_SOCKET: address }, { address, watchdogMs: null }],
  ['an abstract socket', { NOTIFY_SOCKET: '@a/b' }, { address: '@a/b', watchdogMs: null }],
  ['a watchdog of whoever', { NOTIFY_SOCKET: address, WATCHDOG_USEC: '1500' }, { address, watchdogMs: 1.5 }],
  [
    'a watchdog of ours',
    { NOTIFY_SOCKET: address, WATCHDOG_USEC: '60000000', WATCHDOG_PID: '42' },
    { address, watchdogMs: 60_000 },
  ],
  [
    "a parent's watchdog",
    { NOTIFY_SOCKET: address, WATCHDOG_USEC: '60000000', WATCHDOG_PID: '41' },
    { address, watchdogMs: null },
  ],
  ...['0', '-1', '', 'infinity', '1e6', '0x10'].map(
    (micros): [string, Record<string, string>, ReturnType<typeof notifySettings>] => [
      `a watchdog of "${micros}"`,
      { NOTIFY_SOCKET: address, WATCHDOG_USEC: micros },
      { address, watchdogMs: null },
    ],
  ),
])('%s', (_, environment, settings) => {
  expect(notifySettings(environment, 42)).toEqual(settings)
})
