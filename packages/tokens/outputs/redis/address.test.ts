import { describe, expect, test } from 'bun:test'
import { describeRedis, parseRedisUrl, type RedisAddress } from './address.ts'

const plain: RedisAddress = {
  servers: [{ host: 'h', port: 6379 }],
  master: null,
  user: { username: null, password: null },
  passwordFile: null,
  sentinelUser: { username: null, password: null },
  tls: null,
  database: 0,
  namespace: '',
  ttlSeconds: null,
}
const tls = { caFile: null, certFile: null, keyFile: null, insecure: false }
const sentinels = [
  { host: 's1', port: 26_379 },
  { host: '10.0.0.2', port: 5000 },
]

describe('a URL', () => {
  test.each<[string, Partial<RedisAddress>, string]>([
    ['redis://h', {}, 'redis://h:6379/0'],
    ['redis://h/', {}, 'redis://h:6379/0'],
    ['REDIS://h:7000/3', { servers: [{ host: 'h', port: 7000 }], database: 3 }, 'redis://h:7000/3'],
    ['redis://[2001:db8::1]:7000', { servers: [{ host: '2001:db8::1', port: 7000 }] }, 'redis://[2001:db8::1]:7000/0'],
    ['redis://:secret@h', { user: { username: null, password: 'secret' } }, 'redis://h:6379/0'],
    [
      'redis://me@h?password-file=/run/secret',
      { user: { username: 'me', password: null }, passwordFile: '/run/secret' },
      'redis://h:6379/0',
    ],
    ['redis://m%40e:s%2Fe%25:t@h', { user: { username: 'm@e', password: 's/e%:t' } }, 'redis://h:6379/0'],
    ['redis://me:at@home@h', { user: { username: 'me', password: 'at@home' } }, 'redis://h:6379/0'],
    ['redis://h?password-file=/run/secret', { passwordFile: '/run/secret' }, 'redis://h:6379/0'],
    ['redis://h?namespace=east-1', { namespace: 'east-1' }, 'redis://h:6379/0?namespace=east-1'],
    ['redis://h/1?ttl=300', { database: 1, ttlSeconds: 300 }, 'redis://h:6379/1'],
    ['rediss://h', { tls }, 'rediss://h:6379/0'],
    ['rediss://h?insecure=true', { tls: { ...tls, insecure: true } }, 'rediss://h:6379/0'],
    [
      'rediss://h?ca=/a%20b.pem&cert=/c.pem&key=/k.pem',
      { tls: { caFile: '/a b.pem', certFile: '/c.pem', keyFile: '/k.pem', insecure: false } },
      'rediss://h:6379/0',
    ],
    [
      'redis+sentinel://me:secret@s1,10.0.0.2:5000/my-master/2',
      { servers: sentinels, master: 'my-master', database: 2, user: { username: 'me', password: 'secret' } },
      'redis+sentinel://s1:26379,10.0.0.2:5000/my-master/2',
    ],
    [
      'rediss+sentinel://s1,10.0.0.2:5000/m?sentinel-username=u&sentinel-password=p&namespace=x',
      { servers: sentinels, master: 'm', tls, namespace: 'x', sentinelUser: { username: 'u', password: 'p' } },
      'rediss+sentinel://s1:26379,10.0.0.2:5000/m/0?namespace=x',
    ],
  ])('is read: %s', (url, fields, shown) => {
    const address = parseRedisUrl(url)
    expect([address, describeRedis(address)]).toEqual([{ ...plain, ...fields }, shown])
  })

  test.each<[string, string]>([
    ['h:6379', 'a URL like redis://HOST:6379/0 is wanted'],
    ['http://h', 'a URL like redis://HOST:6379/0 is wanted'],
    ['redis://', 'it has no HOST or HOST:PORT that can be'],
    ['redis://secret-host:0', 'it has no HOST or HOST:PORT that can be'],
    ['redis://secret-host:65536', 'it has no HOST or HOST:PORT that can be'],
    ['redis://:sec/ret@h', 'it has no HOST or HOST:PORT that can be'],
    ['redis://2001:db8::1', 'it has no HOST or HOST:PORT that can be'],
    ['redis://[h]', 'it has no HOST or HOST:PORT that can be'],
    ['redis://h/x', 'the number of a database is wanted'],
    ['redis://h/-1', 'the number of a database is wanted'],
    ['redis://h/1/2', 'the number of a database is wanted'],
    ['redis://a,b', 'only redis+sentinel:// takes several hosts'],
    ['redis://secret@h', 'a user without password: a password alone is written redis://:PASSWORD@HOST'],
    ['redis://me:@h', 'a user without password'],
    ['redis:h', 'a URL like redis://HOST:6379/0 is wanted: "//" before the host'],
    ['redis://:sec#ret@h', 'a URL like redis://HOST:6379/0 is wanted'],
    ['redis://:%secret@h', 'user and password have to be percent-encoded'],
    ['redis://:secret@h?password-file=/x', 'the password is given twice'],
    ['redis+sentinel://s1', 'the name of the master is wanted'],
    ['redis+sentinel://s1/m/x', 'the name of the master is wanted'],
    ['redis://h?ttl=29', '"ttl" is a number of seconds, 30 at least'],
    ['redis://h?ttl=5m', '"ttl" is a number of seconds, 30 at least'],
    ['redis://h?namespace=a:b', '"namespace" is made of letters'],
    ['redis://h?namespace=', '"namespace" is empty'],
    ['redis://h?ttl=60&ttl=61', '"ttl" is given twice'],
    ['redis://h?tls=true', '"tls" is not known behind "?": known are namespace, ttl, password-file'],
    ['redis://h?sentinel-password=secret', '"sentinel-password" is not known'],
    ['redis://h?ca=/a.pem', '"ca" is for TLS: begin the URL with rediss'],
    ['rediss://h?key=/a.pem', '"cert" and "key" belong together'],
    ['rediss://h?insecure=yes', '"insecure" is true or false'],
  ])('is refused, and not repeated: %s', (url, why) => {
    let thrown: unknown = null
    try {
      parseRedisUrl(url)
    } catch (error) {
      thrown = error
    }
    expect(thrown).toBeInstanceOf(RangeError)
    const { message } = thrown instanceof Error ? thrown : new Error('none')
    expect([message.startsWith(why), message]).toEqual([
      true,
      expect.not.stringMatching(/secret(?!-|ntinel)|sec\/ret|secret-host/),
    ])
  })
})
