import { expect, test } from 'bun:test'
import { nameOfTarget } from './output-target.ts'
import { secretsIn } from './settings.ts'
import { type Given, login, read, refusal } from './testing.ts'

test.each<[readonly string[], Record<string, string>, readonly string[]]>([
  [[], {}, ['/opt/websockify/config.vnc']],
  [['--lookup', 'off'], {}, ['/opt/websockify/config.vnc']],
  [['--lookup', '127.0.0.1:1'], {}, []],
  [[], { NOVNC_TOKENS_LOOKUP: 'unix:s' }, []],
  [['--lookup', 'off'], { NOVNC_TOKENS_LOOKUP: 'unix:s' }, ['/opt/websockify/config.vnc']],
  [['-f', 'x'], { NOVNC_TOKENS_LOOKUP: 'unix:s' }, ['/srv/x']],
  [['-f', 'x'], {}, ['/srv/x']],
  [['-o', 'a', '-o', 'file:/b'], {}, ['/srv/a', '/b']],
  [['-f', 'x', '-o', 'dir:a'], {}, ['/srv/x', '/srv/a']],
])('with the flags %j and the variables %j run writes to %j', (args, environment, names) => {
  const { outputs } = read('run', { args: [...login, ...args], environment })
  expect(outputs.map(nameOfTarget)).toEqual([...names])
})

test('regen has nothing to write where tokens are for lookups alone, and writes to stdout even so', () => {
  const environment = { NOVNC_TOKENS_LOOKUP: 'unix:s' }
  expect(refusal('regen', { environment })).toBe(
    'regen has nothing to write, as tokens are for --lookup alone; give --file or --output',
  )
  const { outputs, stdout } = read('regen', { args: [...login, '-f', '-'], environment })
  expect({ outputs, stdout }).toEqual({ outputs: [], stdout: true })
})

const sentinels = 'rediss+sentinel://u:hunter2@a,b/m/1?namespace=n&sentinel-password=hunter2&password-file='

test('a Redis is named without its secrets, which are known to be such', () => {
  const environment = { NOVNC_TOKENS_OUTPUT: 'redis://bob:h%2Bunter2@h:1/2 redis://h2?ttl=60&password-file=pw' }
  const settings = read('run', { environment })
  expect(settings.outputs.map(nameOfTarget)).toEqual(['redis://h:1/2', 'redis://h2:6379/0'])
  expect(JSON.stringify(settings.outputs)).not.toContain('unter2')
  expect(secretsIn(settings)).toEqual(expect.arrayContaining(['h+unter2', 'h%2Bunter2']))
  expect(settings.notes).toEqual([])
})

test.each<[string, Given, readonly string[]]>([
  [
    'a password in ps',
    { args: [...login, '-o', 'redis://:hunter2@h'] },
    [
      '--output shows the password of Redis to every user of this machine (ps); put it into a password-file, or the URL into NOVNC_TOKENS_OUTPUT',
    ],
  ],
  [
    'a file with a password that all may read',
    { args: [...login, '-o', 'redis://h?password-file=redis'], files: { '/srv/redis!': 'hunter2' } },
    ['redis://h:6379/0: every user of this machine may read "/srv/redis"; chmod o-r it'],
  ],
  ['a file with a password that few may read', { args: [...login, '-o', 'redis://h?password-file=redis'] }, []],
])('%s is warned about', (_, given, notes) => {
  expect(read('run', given).notes).toEqual([...notes])
})

test.each<[string, Given, string]>([
  [
    'a Redis given twice',
    { args: [...login, '-o', 'redis://h', '-o', 'redis://:hunter2@h:6379/0?ttl=60'] },
    'The output "redis://h:6379/0" is given twice; keep one',
  ],
  ['two passwords', { args: [...login, '-o', `${sentinels}/x`] }, '--output: the password is given twice: keep one'],
  [
    'a wrong Redis',
    { args: [...login, '-o', 'redis://:hunter2@h:99999'] },
    '--output: it has no HOST or HOST:PORT that can be; in user and password "/", "?" and "#" have to be percent-encoded',
  ],
  [
    'one of several',
    { environment: { NOVNC_TOKENS_OUTPUT: 'dir:/a redis:h' } },
    'NOVNC_TOKENS_OUTPUT: of output 2: a URL like redis://HOST:6379/0 is wanted: "//" before the host, and "#" of a password as "%23"',
  ],
  [
    'an unknown output',
    { args: [...login, '-o', 'http://hunter2@h'] },
    '--output: "http:" is not a known kind of output: known are file:PATH, a plain path, dir:PATH, redis://... and redis+sentinel://... (./http:... for a file of that name)',
  ],
  [
    'an output given twice',
    { args: [...login, '-f', 'x', '-o', 'file:/srv/x'] },
    'The output "/srv/x" is given twice; keep one',
  ],
  [
    'a folder that is a file as well',
    { args: [...login, '-f', 'x', '-o', 'dir:/srv/x/'] },
    'The output "/srv/x" is given twice; keep one',
  ],
  [
    'a file in a folder of tokens',
    { args: [...login, '-f', '/t/config.vnc', '-o', 'dir:/t'] },
    'The output "/t/config.vnc" lies in "/t", where websockify takes each file for a token; name another folder',
  ],
  [
    'a folder in a folder of tokens',
    { args: [...login, '-o', 'dir:/t/u', '-o', 'dir:/t'] },
    'The output "/t/u" lies in "/t", where websockify takes each file for a token; name another folder',
  ],
  [
    'the daemon writing to stdout',
    { args: [...login, '-f', '-'] },
    'run cannot write to stdout (-f -); name a file, or use regen',
  ],
  ['an empty file name', { args: [...login, '-f', ''] }, '--file: the path is empty'],
  ['a bad group', { args: [...login, '--group', 'a b'] }, '--group: "a b" is not the name or number of a group'],
])('%s is refused in one line', (_, given, line) => {
  expect(refusal('run', given)).toBe(line)
})
