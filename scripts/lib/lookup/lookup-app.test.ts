import { expect, test } from 'bun:test'
import { tokenOf } from '@novnc-tokens/tokens'
import { fakeLookup } from './fake-lookup.ts'
import { lookupApp, tokenIn } from './lookup-app.ts'

const v4 = { host: '10.60.1.79', port: 5901 }
const v6 = { host: '2001:db8::1', port: 5900 }
const token = tokenOf(v4)
const none = '{"error":"There is no such token"}\n'

test.each<[string, string, number, string]>([
  ['GET', `/tokens/${token}`, 200, '{"host":"10.60.1.79","port":5901}'],
  ['GET', `/tokens/${tokenOf(v6)}`, 200, '{"host":"2001:db8::1","port":5900}'],
  ['GET', `/tokens/${'0'.repeat(32)}`, 404, none],
  ['GET', `/tokens/${token.toUpperCase()}`, 404, none],
  ['GET', `/tokens/${token}0`, 404, none],
  ['GET', `/tokens/${token.slice(1)}`, 404, none],
  ['GET', `/tokens/%32${token.slice(1)}`, 404, none],
  ['GET', `/tokens/${token}%0a`, 404, none],
  ['GET', `/tokens/${token}/`, 404, none],
  ['GET', `/tokens/${token}?x=1`, 404, none],
  ['GET', `/tokens//${token}`, 404, none],
  ['GET', `/Tokens/${token}`, 404, none],
  ['GET', `/${token}`, 404, none],
  ['GET', '/tokens/..%2Fadmin', 404, none],
  ['GET', '/tokens/', 404, none],
  ['GET', '/', 404, none],
  ['GET', '/healthz', 404, none],
  ['POST', `/tokens/${token}`, 405, '{"error":"A token takes GET and HEAD only"}\n'],
  ['DELETE', `/tokens/${token}`, 405, '{"error":"A token takes GET and HEAD only"}\n'],
  ['POST', '/tokens/..%2Fadmin', 404, none],
])('%s %s: %p', async (method, path, status, body) => {
  const { lookup } = await fakeLookup(v4, v6)
  const answer = await lookupApp({ lookup }).request(path, { method })
  expect([answer.status, await answer.text(), answer.headers.get('allow')]).toEqual([
    status,
    body,
    status === 405 ? 'GET, HEAD' : null,
  ])
})

test('every answer is JSON that nobody keeps', async () => {
  const { lookup } = await fakeLookup(v4)
  const paths = [`/tokens/${token}`, `/tokens/${'0'.repeat(32)}`, '/other']
  const answers = await Promise.all(paths.map((path) => lookupApp({ lookup }).request(path)))
  expect(answers.map(({ headers }) => [headers.get('content-type'), headers.get('cache-control')])).toEqual(
    paths.map(() => ['application/json', 'no-store']),
  )
})

test.each<[string, string | null]>([
  [`http://127.0.0.1:41340/tokens/${token}`, token],
  [`/tokens/${token}`, token],
  [`https://a b/tokens/${token}`, token],
  [`http://a/x/tokens/${token}`, null],
  [`http://a?/tokens/${token}`, null],
  [`x/tokens/${token}`, null],
  [`/tokens/${token}\n`, null],
])('%j asks for the token %p', (url, wanted) => {
  expect(tokenIn(url)).toBe(wanted)
})

test('what must not happen is told, and answered without details', async () => {
  const told: unknown[] = []
  const failure = new Error('secret')
  const lookup = {
    known: () => {
      throw failure
    },
    find: async () => null,
  }
  const answer = await lookupApp({ lookup, onError: (error) => told.push(error) }).request(`/tokens/${token}`)
  expect([answer.status, await answer.text(), told]).toEqual([
    500,
    '{"error":"An unexpected error; the log names it"}\n',
    [failure],
  ])
})
