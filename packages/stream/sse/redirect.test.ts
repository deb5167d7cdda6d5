import { describe, expect, test } from 'bun:test'
import { isHttp, isRedirect, nameOf, redirected, type SseTarget } from './redirect.ts'

const target = (more: Partial<SseTarget> = {}): SseTarget => ({
  url: new URL('http://h:1/a/b?q=1#f'),
  method: 'GET',
  withBody: false,
  foreign: false,
  ...more,
})

test('five statuses lead elsewhere', () => {
  const all = Array.from({ length: 500 }, (_, index) => index + 100)
  expect(all.filter(isRedirect)).toEqual([301, 302, 303, 307, 308])
})

describe('a redirect changes', () => {
  const places: readonly (readonly [location: string, url: string, foreign: boolean])[] = [
    ['/c', 'http://h:1/c', false],
    ['c?d', 'http://h:1/a/c?d', false],
    ['?d', 'http://h:1/a/b?d', false],
    ['http://h:1/c', 'http://h:1/c', false],
    ['HTTP://H:1/c', 'http://h:1/c', false],
    ['http://user:pw@h:1/c', 'http://h:1/c', false],
    ['http://h/c', 'http://h/c', true],
    ['http://h:2/c', 'http://h:2/c', true],
    ['https://h:1/c', 'https://h:1/c', true],
    ['//other:1/c', 'http://other:1/c', true],
    ['//user:pw@other', 'http://other/', true],
  ]
  test.each(places)('the URL: %s', (location, url, foreign) => {
    const { url: to, ...rest } = redirected(target(), 302, location)
    expect([to.href, rest]).toEqual([url, { method: 'GET', withBody: false, foreign }])
  })

  const methods: readonly (readonly [status: number, from: string, to: string])[] = [
    [301, 'POST', 'GET'],
    [302, 'POST', 'GET'],
    [302, 'post', 'GET'],
    [303, 'POST', 'GET'],
    [307, 'POST', 'POST'],
    [308, 'POST', 'POST'],
    [301, 'REPORT', 'REPORT'],
    [302, 'REPORT', 'REPORT'],
    [303, 'REPORT', 'GET'],
    [307, 'REPORT', 'REPORT'],
    [308, 'REPORT', 'REPORT'],
  ]
  test.each(methods)('the method: %d %s', (status, from, to) => {
    const { method, withBody } = redirected(target({ method: from, withBody: true }), status, '/c')
    expect([method, withBody]).toEqual([to, to !== 'GET'])
  })

  test.each([301, 302, 303, 307, 308])('nothing of a GET or HEAD: %d', (status) => {
    for (const method of ['GET', 'HEAD', 'head'])
      expect(redirected(target({ method }), status, '/').method).toBe(method)
  })

  test('nothing of where it was once sent: back at its origin it is still foreign', () => {
    const away = redirected(target(), 307, 'http://other/')
    const back = redirected(away, 307, 'http://h:1/')
    expect([away, back, redirected(back, 307, '/c')].map(({ foreign }) => foreign)).toEqual([true, true, true])
  })
})

describe('a redirect is an error', () => {
  const nowhere: readonly (readonly [what: string, location: string | null, where: string])[] = [
    ['without Location', null, 'nowhere: its answer has no usable Location'],
    ['with an empty one', '', 'nowhere: its answer has no usable Location'],
    ['with one that is no URL', 'http://', 'nowhere: its answer has no usable Location'],
    ['to a file', 'file:///etc/passwd', 'to a URL of file:'],
    ['to data', 'data:text/event-stream,data:%20a%0a%0a', 'to a URL of data:'],
  ]
  test.each(nowhere)('%s', (_, location, where) => {
    const follow = () => redirected(target({ method: 'POST' }), 307, location)
    expect(follow).toThrow(
      expect.objectContaining({
        code: 'redirect',
        status: 307,
        message: `POST "http://h:1/a/b" is redirected ${where}`,
      }),
    )
  })
})

test('a request is named without what may be secret', () => {
  expect(nameOf('GET', new URL('https://user:pw@h/a?token=b#c'))).toBe('GET "https://h/a"')
})

test('HTTP has two schemes', () => {
  const urls = ['http://h', 'https://h', 'file:///h', 'ws://h', 'blob:http://h/1', 's3://h']
  expect(urls.filter((url) => isHttp(new URL(url)))).toEqual(['http://h', 'https://h'])
})
