import { describe, expect, test } from 'bun:test'
import { createMetrics } from '../metrics/metrics.ts'
import { type FakeChanges, fakeStatus, fakeTimes } from './fake-status.ts'
import { healthApp } from './health.ts'

const { wall, now } = fakeTimes
const clock = { wall: () => wall, now: () => now }

function app(changes: FakeChanges = {}) {
  const status = () => fakeStatus(changes)
  return healthApp({ status, metrics: () => createMetrics({ clock }).render(status()), clock })
}

const nothing: FakeChanges = {
  list: { completeSince: null, endedAt: null },
  outputs: [{ existed: false, modifiedAt: null }],
}

test.each<[string, FakeChanges, number, string]>([
  ['/healthz', {}, 200, '{"status":"ok"}\n'],
  ['/healthz', { turnedAt: wall - 60_000 }, 200, '{"status":"ok"}\n'],
  ['/healthz', { turnedAt: wall - 61_000 }, 503, '{"status":"stuck","error":"The loop has not turned for 61 s"}\n'],
  [
    '/readyz',
    {},
    200,
    '{"status":"ready","degraded":[],"checks":{"list":{"ok":true,"ageSeconds":60,"why":null},"outputs":[{"name":"/opt/websockify/config.vnc","ok":true,"ageSeconds":58,"held":0,"why":null}],"watch":{"ok":true,"state":"open","lastByteAgeSeconds":5,"why":null}}}\n',
  ],
  ['/readyz?max_age=', {}, 400, '{"error":"max_age: \\"\\" is not a duration such as 500ms, 5s, 5m or 1h"}\n'],
  ['/readyz?max_age=15', {}, 400, '{"error":"max_age: \\"15\\" is not a duration such as 500ms, 5s, 5m or 1h"}\n'],
  ['/readyz?max_age=0s', {}, 400, '{"error":"max_age: \\"0s\\" is out of bounds: from 1ms to 8760h"}\n'],
  ['/readyz?max_age=1s&max_age=1h', {}, 400, '{"error":"max_age is given more than once"}\n'],
  ['/metrics/', {}, 404, '{"error":"There are /, /healthz, /readyz, /metrics and /status here"}\n'],
  [
    '/tokens/0123456789abcdef0123456789abcdef',
    {},
    404,
    '{"error":"There are /, /healthz, /readyz, /metrics and /status here"}\n',
  ],
  ['//readyz', {}, 404, '{"error":"There are /, /healthz, /readyz, /metrics and /status here"}\n'],
])('GET %s', async (path, changes, status, body) => {
  const answer = await app(changes).request(path)
  expect([answer.status, await answer.text()]).toEqual([status, body])
  expect(answer.headers.get('content-type')).toBe('application/json')
  expect(answer.headers.get('cache-control')).toBe('no-store')
})

test.each<[string, FakeChanges, number, string]>([
  ['/readyz', nothing, 503, 'unready'],
  ['/readyz', { refusedAddresses: 2 }, 200, 'degraded'],
  ['/readyz?max_age=1m', {}, 200, 'ready'],
  ['/readyz?max_age=59s', {}, 503, 'unready'],
  ['/readyz?other=1', {}, 200, 'ready'],
])('GET %s says whether consoles may come: %#', async (path, changes, status, word) => {
  const answer = await app(changes).request(path)
  const body: unknown = await answer.json()
  expect(answer.status).toBe(status)
  expect(body).toMatchObject({ status: word })
})

test('metrics are text for Prometheus', async () => {
  const answer = await app().request('/metrics')
  expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
  expect(await answer.text()).toContain('\nnovnc_tokens_ready 1\n')
})

test('the page for people shows what is held and why, what lets it go, and what became of the last gap', async () => {
  const last = { at: wall - 9000, why: 'cut', healed: 'list', healedAt: wall } as const
  const heldWhy = '25 of 40 tokens would go by lists alone'
  const answer = await app({
    gaps: { healed: { history: 0, list: 1 }, last },
    outputs: [{ held: 25, heldWhy, heldSince: wall - 60_000 }],
  }).request('/')
  const facts = [...(await answer.text()).matchAll(/<dt>(.*?)<\/dt><dd>(.*?)<\/dd>/g)].map(([, name, value]) => [
    name,
    value,
  ])
  const told = new Set(['Last gap', 'Held by the guard', 'Held since', 'Held, as', 'Let go'])
  expect(facts.filter(([name = '']) => told.has(name))).toEqual([
    ['Last gap', '9 s ago, made up for by a list'],
    ['Held by the guard', '25'],
    ['Held since', '60 s ago'],
    ['Held, as', heldWhy],
    ['Let go', 'they go once another list, one --resync later, agrees; at once at the signal USR2'],
  ])
})

test('the page for people shows the facts, loads nothing and runs nothing', async () => {
  const answer = await app({ refusedAddresses: 2 }).request('/')
  const page = await answer.text()
  expect(answer.headers.get('content-type')).toStartWith('text/html')
  expect(answer.headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-[\w+/]{43}='; /)
  expect(page).toContain('<span class="state degraded">degraded</span>')
  expect(page).toContain('<li>2 virtual machines without a token')
  expect(page).not.toMatch(/<script|https?:|src=/)
})

const hostile = '<script>alert(1)</script>"\''

test('nothing from elsewhere becomes markup', async () => {
  const answer = await app({
    list: { why: hostile },
    watch: { state: 'down', error: hostile },
    sight: { blind: true, hint: hostile },
    login: { state: 'failing', why: hostile, retryAt: now },
    refusedEnterprises: [{ id: hostile, why: hostile }],
    outputs: [{ name: hostile, error: hostile, held: 1, heldWhy: hostile, retryAt: now }],
  }).request('/')
  const page = await answer.text()
  expect(page).not.toMatch(/<script|"'/)
  expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;')
})

describe('methods', () => {
  test.each(['/', '/healthz', '/readyz', '/metrics', '/status'])('HEAD %s is GET without its body', async (path) => {
    const [get, head] = [await app().request(path), await app().request(path, { method: 'HEAD' })]
    expect([head.status, await head.text()]).toEqual([get.status, ''])
    expect(Object.fromEntries(head.headers)).toEqual(Object.fromEntries(get.headers))
  })

  test.each(['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])(
    '%s is refused, and is unknown elsewhere',
    async (method) => {
      const answer = await app().request('/readyz', { method })
      expect(answer.status).toBe(405)
      expect(answer.headers.get('allow')).toBe('GET, HEAD')
      expect(await answer.json()).toEqual({ error: '/readyz takes GET and HEAD only' })
      expect((await app().request('/other', { method })).status).toBe(404)
    },
  )
})

test('an unexpected error is told to us, not to the asker', async () => {
  const errors: unknown[] = []
  const failing = healthApp({
    status: () => {
      throw new Error('secret')
    },
    metrics: () => '',
    onError: (error) => errors.push(error),
  })
  const answer = await failing.request('/readyz')
  expect([answer.status, await answer.text()]).toEqual([500, '{"error":"An unexpected error; the log names it"}\n'])
  expect(answer.headers.get('cache-control')).toBe('no-store')
  expect(errors).toEqual([new Error('secret')])
})

test('no answer names a token, an address of a VM or a user', async () => {
  const token = '0123456789abcdef0123456789abcdef'
  const leak = `user bob at 10.1.2.3:5900 with ${token}`
  const changes: FakeChanges = {
    login: {
      state: 'refused',
      why: `The platform refuses the log-in of "bob": answered 401 (X: ${leak})`,
      retryAt: now,
    },
    list: { why: `Enterprise 1: GET "https://h/api" answered 409 Conflict (X-1: ${leak})` },
    watch: { state: 'down', error: `GET "https://h/m/stream" answered 403 (${leak})`, retryAt: now },
    refusedEnterprises: [{ id: '1', why: `GET "https://h/api" answered 403 (X-1: ${leak})` }],
    outputs: [
      {
        name: `/tokens/${token}`,
        error: `Cannot write "/tokens/${token}": 10.1.2.3:5900`,
        retryAt: now,
        held: 1,
        heldWhy: token,
      },
    ],
  }
  for (const path of ['/', '/healthz', '/readyz', '/status', '/metrics']) {
    const text = await (await app(changes).request(path)).text()
    expect(`${path} ${text}`).not.toMatch(/bob|10\.1\.2\.3|0123456789abcdef/)
  }
})
