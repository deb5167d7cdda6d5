import { expect, test } from 'bun:test'
import { hasNoPath, parseHttpUrl } from './http-url.ts'

test.each([
  ['https://abiquo.example.com/api', 'https://abiquo.example.com/api'],
  ['https://abiquo.example.com/api/', 'https://abiquo.example.com/api'],
  ['HTTPS://Abiquo.Example.com:443/api//', 'https://abiquo.example.com/api'],
  ['http://[::1]:8080', 'http://[::1]:8080'],
  ['http://10.0.0.1:8009/a/b', 'http://10.0.0.1:8009/a/b'],
])('%s becomes %s', (text, url) => {
  expect(parseHttpUrl(text)).toBe(url)
})

test.each([
  '',
  'abiquo.example.com/api',
  '//abiquo.example.com/api',
  'https:/abiquo.example.com',
  'https:///api',
  'ftp://abiquo.example.com',
  'https://h:99999/api',
  'https://h/a b',
  ' https://h/api',
  'https://h\\api',
  'https://h/\napi',
])('%p is refused with an example', (text) => {
  expect(() => parseHttpUrl(text)).toThrow('is not a URL such as https://abiquo.example.com/api')
})

test.each(['https://user:hunter2@h/api', 'user:hunter2@h/api', 'https://h/api?token=hunter2', 'https://h/api#hunter2'])(
  'the message about %s shows nothing of it',
  (text) => {
    expect(() => parseHttpUrl(text)).toThrow(/^a URL with a [^"]* is refused/)
    expect(() => parseHttpUrl(text)).not.toThrow(/hunter2/)
  },
)

test('only a URL that ends after its host has no path', () => {
  expect([hasNoPath('https://h'), hasNoPath('https://h:8443'), hasNoPath('https://h/api')]).toEqual([true, true, false])
})
