import { expect, test } from 'bun:test'
import { publicText } from './public-text.ts'

const api = 'https://abiquo.example.com:8443/api'

test.each<[string, string, string]>([
  [
    'the words of the platform, but not its code',
    `Enterprise 3: GET "${api}/admin/enterprises/3" answered 403 Forbidden (GEN-4: admin (of 10.0.0.1) may not) (and 2 other enterprises)`,
    `Enterprise 3: GET "${api}/admin/enterprises/3" answered 403 (GEN-4) (and 2 other enterprises)`,
  ],
  [
    'words of the platform that were cut short',
    `GET "${api}" answered 409 Conflict (VM-1: user bob (`,
    `GET "${api}" answered 409 (VM-1)`,
  ],
  ['words that are no code', `GET "${api}" answered 500 bob (bob: is not here)`, `GET "${api}" answered 500`],
  [
    'the user of a log-in',
    `The platform refuses the log-in of "o\\"brien": GET "${api}/login" answered 401 (AUTH-1). Check user name and password`,
    `The platform refuses the log-in: GET "${api}/login" answered 401 (AUTH-1)`,
  ],
  ['the user in a URL', 'Cannot reach redis://bob:secret@redis:6379/0', 'Cannot reach redis://redis:6379/0'],
  [
    'a token in a path',
    'Cannot write "/tokens/0123456789abcdef0123456789ABCDEF": EACCES',
    'Cannot write "/tokens/[token]": EACCES',
  ],
  [
    'addresses',
    '"10.1.2.3:5900", 10.1.2.3 and esx-1.lab:5901 and esx:5901',
    '"[address]", [address] and [address] and [address]',
  ],
  [
    'who logs in to Sentinels',
    'redis+sentinel://u:p@10.0.0.1:26379,10.0.0.2:26379/m/0 and 10.0.0.3:26379',
    'redis+sentinel://10.0.0.1:26379,10.0.0.2:26379/m/0 and [address]',
  ],
  ['IPv6 addresses', 'at 2001:db8::1:5900, [2001:db8::1]:5900 and ::1', 'at [address], [address] and [address]'],
])('takes out %s', (_, text, shown) => {
  expect(publicText(text)).toBe(shown)
})

test.each([
  `GET "${api}/cloud/virtualdatacenters/3/virtualappliances/4/virtualmachines/5" failed: Unable to connect (ConnectionRefused)`,
  'GET "https://10.0.0.1:443/api/admin/enterprises?limit=250" made no progress for 120 s',
  'GET "https://[2001:db8::1]:443/api" is redirected to "https://10.0.0.2": is this the URL of the API?',
  'Cannot write "/opt/websockify/config.vnc": ENOENT: no such file or directory, open. Create the folder "/opt/websockify"',
  'Cannot write to "redis+sentinel://10.0.0.1:26379,10.0.0.2:26379,[::1]:26379/mymaster/0?namespace=abc": it is closed',
  'Cannot write to "rediss://redis.lab:6380/3": it is closed',
  '31 of 40 tokens would go by lists alone',
  'it lacks 12 VMs, and 3 of 12 asked are still there',
])('leaves alone: %s', (text) => {
  expect(publicText(text)).toBe(text)
})

test('control characters are made visible', () => {
  expect(publicText('a\u001b[2J\nb')).toBe('a\\u001b[2J\\nb')
})
