import { expect, test } from 'bun:test'
import { connect, outcomes, unchanging, user } from '../testing/client.ts'
import { settled } from '../testing/fake-clock.ts'
import { json } from '../testing/web-server.ts'

type Way = 'there' | 'black hole' | 'refused' | 'gateway'

/** A platform without sockets that is there, or away in some way; it tells what it was asked, and when. */
function platformOf(now: () => number) {
  const asked: string[] = []
  const platform = { way: 'there' as Way, asked, fetch }
  async function fetch(url: string, { method = 'GET', signal, headers }: RequestInit): Promise<Response> {
    const { pathname } = new URL(url)
    const who = new Headers(headers).has('authorization') ? '' : ' of nobody'
    asked.push(`${now() / 1000} s: ${method} ${pathname}${who}`)
    if (platform.way === 'black hole') {
      return await new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))
    }
    if (platform.way === 'refused') throw Object.assign(new Error('Refused'), { code: 'ECONNREFUSED' })
    if (platform.way === 'gateway') return new Response('Bad gateway', { status: 502 })
    return json(pathname.endsWith('/login') ? user : {})
  }
  return platform
}

function made(options: { patient?: boolean } = {}) {
  const platform = platformOf(() => client.clock.now())
  const { patient = false } = options
  const fetch = platform.fetch
  const client = connect('https://h/api', { authorization: unchanging, looksOut: true, patient, fetch })
  const back: (number | null)[] = []
  client.connection.onBack((darkSince) => back.push(darkSince))
  return { ...client, platform, back, [Symbol.dispose]: () => client[Symbol.dispose]() }
}

test('a request whose answer was lost in an outage is sent again when the platform is back', async () => {
  using all = made()
  const { clock, platform, back } = all
  platform.way = 'black hole'
  const got = all.get('/x')
  await settled()
  // A sign of life is waited for in real time, so that it is refused here.
  await clock.advance(9000)
  platform.way = 'refused'
  await clock.advance(21_000)
  platform.way = 'there'
  await clock.advance(2000)
  await clock.advance(2000)
  expect(outcomes([await got])).toEqual(['ok'])
  expect(back).toEqual([10_000])
  expect(platform.asked.filter((each) => each.includes('HEAD')).every((each) => each.endsWith(' of nobody'))).toBe(true)
  expect(platform.asked.filter((each) => !each.includes('HEAD'))).toEqual([
    '0 s: GET /api/login',
    '32.2 s: GET /api/login',
    '32.2 s: GET /api/x',
  ])
})

test('a read that was swallowed is sent again after 10 s, once, and a list is waited for', async () => {
  using all = made()
  const { clock, platform } = all
  const { fetch } = platform
  const swallowing = (url: string, init: RequestInit) => {
    const answered = fetch(url, init)
    if (!/\/(swallowed|slow)$/.test(url)) return answered
    return new Promise<Response>((_, reject) => {
      init.signal?.addEventListener('abort', () => reject(init.signal?.reason))
    })
  }
  const authorization = unchanging
  using client = connect('https://h/api', { clock, authorization, looksOut: true, fetch: swallowing })
  void client.get('/swallowed')
  void client.get('/slow', { lane: 'list' })
  for (let second = 0; second < 100; second++) await clock.advance(1000)
  const sent = platform.asked.filter((each) => /swallowed|slow/.test(each))
  expect(sent).toEqual(['0 s: GET /api/swallowed', '0 s: GET /api/slow', '10.2 s: GET /api/swallowed'])
})

test('a log-in that waits after an outage is tried at once, also behind a gateway', async () => {
  for (const way of ['refused', 'gateway'] as const) {
    using all = made({ patient: true })
    const { clock, platform } = all
    platform.way = way
    const got = all.get('/x')
    await clock.advance(171_000)
    platform.way = 'there'
    await clock.advance(2000)
    expect(outcomes([await got])).toEqual(['ok'])
  }
})

test('a refused log-in waits its time', async () => {
  using all = made({ patient: true })
  const { clock, platform } = all
  const { fetch } = platform
  const refusing = (url: string, init: RequestInit) =>
    url.endsWith('/login') ? Promise.resolve(new Response(null, { status: 401 })) : fetch(url, init)
  using client = connect('https://h/api', { clock, looksOut: true, patient: true, fetch: refusing })
  void client.get('/x')
  await clock.advance(60_000)
  expect(client.connection.login()).toMatchObject({ state: 'refused', retryAt: 300_000 })
  client.connection[Symbol.dispose]()
})

test('who does not ask for it sees nobody look', async () => {
  const platform = platformOf(() => client.clock.now())
  const client = connect('https://h/api', { authorization: unchanging, fetch: platform.fetch })
  platform.way = 'refused'
  const got = client.get('/x')
  await client.clock.advance(60_000)
  expect(outcomes([await got])).toEqual(['unreachable'])
  expect(platform.asked.some((each) => each.includes('HEAD'))).toBe(false)
  client[Symbol.dispose]()
})
