import { expect, test } from 'bun:test'
import { withOrigin } from './with-origin.ts'

test.each<[string, string, string]>([
  ['GET', '/readyz?max_age=5m', 'GET http://health/readyz?max_age=5m'],
  ['GET', 'http://a/readyz', 'GET http://health/readyz'],
  ['HEAD', 'http://evil.com:99999/readyz', 'GET http://health/readyz'],
  ['GET', 'http://a', 'GET http://health/'],
  ['GET', 'http://a?x=1', 'GET http://health/?x=1'],
  ['GET', '//other/readyz', 'GET http://health//other/readyz'],
  ['GET', '/?u=http://a/b', 'GET http://health/?u=http://a/b'],
  ['GET', '', 'GET http://health/'],
  ['CONNECT', 'a:80', 'POST http://health/a:80'],
  ['TRACE', '/', 'POST http://health/'],
])('%s %s', (method, url, wanted) => {
  const request = withOrigin({ method, url })
  expect(`${request.method} ${request.url}`).toBe(wanted)
})
