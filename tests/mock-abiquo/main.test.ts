import { expect, test } from 'bun:test'
import { fileURLToPath } from 'node:url'
import { waitFor } from '../support/wait.ts'
import type { OAuthClient } from './oauth-credentials.ts'
import { basic, signed } from './test-client.ts'

const main = fileURLToPath(new URL('./main.ts', import.meta.url))

async function firstLine(stream: ReadableStream<Uint8Array>): Promise<string> {
  let text = ''
  const reader = stream.getReader()
  while (!text.includes('\n')) {
    const { value, done } = await reader.read()
    if (done) break
    text += Buffer.from(value).toString()
  }
  reader.releaseLock()
  return text
}

test('the program tells its addresses, does what it is told over HTTP, and stops on TERM', async () => {
  await using child = Bun.spawn([process.execPath, main, '--vms', '20', '--enterprises', '2', '--churn', '5'], {
    stdout: 'pipe',
  })
  const ready = JSON.parse(await firstLine(child.stdout)) as { apiUrl: string; control: string }
  const post = async (name: string, body: object = {}) =>
    (await fetch(`${ready.control}/${name}`, { method: 'POST', body: JSON.stringify(body) })).json()
  expect(await post('setRawVdrp', { id: 1, ip: '10.60.1.79', port: 5901 })).toMatchObject({ id: 1, port: 5901 })
  expect(await post('truth')).toContainEqual({ ip: '10.60.1.79', port: 5901 })
  expect(await post('faults', { fault: { kind: 'status', status: 500 } })).toHaveLength(1)
  expect((await fetch(`${ready.apiUrl}/login`)).status).toBe(500)
  expect(await post('faults/clear')).toEqual({})
  expect((await fetch(`${ready.apiUrl}/login`)).status).toBe(401)
  expect(await post('stats')).toMatchObject({ requests: 2, vms: 20 })
  expect(await post('move', {})).toEqual({ error: 'Give "id"' })
  const { actions } = (await (await fetch(ready.control)).json()) as { actions: string[] }
  expect(['deploy', 'faults', 'faults/clear', 'stats'].filter((name) => !actions.includes(name))).toEqual([])
  expect(await post('nonsense')).toMatchObject({ error: 'There is no "nonsense"' })
  const events = async () => ((await post('stats')) as { events: number }).events
  expect(await post('churn', { perSecond: 1000, inTurn: true, moves: 0.5 })).toEqual({})
  await waitFor('changes', async () => (await events()) > 1000)
  expect(await post('churn', { perSecond: 0 })).toEqual({})
  expect(await events()).toBe(await events())
  await post('churn', { perSecond: 10 })
  child.kill('SIGTERM')
  expect(await child.exited).toBe(0)
})

test('flags and actions that tests of a whole program need', async () => {
  const args = ['--vms', '2', '--basic-restricted', '--token-life', '60000', '--bearer', 'b1', '--bearer', 'b2']
  args.push('--no-stream', '--clock-skew=-3600000', '--event-lag', '1000000000', '--event-lag-max', '0')
  args.push('--no-event-ids', '--max-page-size', '2', '--history', '60000', '--stream-life', '0')
  await using child = Bun.spawn([process.execPath, main, ...args], { stdout: 'pipe' })
  const { apiUrl, streamUrl, control } = JSON.parse(await firstLine(child.stdout)) as Record<string, string>
  const post = async (name: string, body: object = {}) =>
    (await fetch(`${control}/${name}`, { method: 'POST', body: JSON.stringify(body) })).json()
  const ask = (path: string, authorization: string) => fetch(`${apiUrl}${path}`, { headers: { authorization } })
  const events = async (authorization: string) => {
    const { collection } = (await (await ask('/events', authorization)).json()) as { collection: { message: string }[] }
    return collection.map((event) => ['id' in event, event.message])
  }
  const login = await ask('/login', basic('admin', 'xabiquo'))
  const token = `Token ${login.headers.get('x-abiquo-token')}`
  expect(Date.parse(login.headers.get('date') ?? '')).toBeLessThan(Date.now() - 3_500_000)
  expect((await ask('/events', basic('admin', 'xabiquo'))).status).toBe(401)

  expect(await post('burst', { count: 5, prefix: 'b' })).toEqual({})
  expect(await events('Bearer b1')).toEqual([])
  expect(await post('events/lag', { ms: 0 })).toEqual({})
  await post('emit', { event: { entity: 'USER', action: 'LOGIN', message: 'm' } })
  await post('burst', { count: 1, perSecond: 1000, prefix: 'c' })
  expect(await events(token)).toEqual([
    [false, 'c-1'],
    [false, 'm'],
  ])

  await post('accounts/expireTokens')
  await post('accounts/bearers', { bearers: ['b3'] })
  const statuses = await Promise.all(
    [token, 'Bearer b2', 'Bearer b3'].map(async (header) => (await ask('/login', header)).status),
  )
  expect(statuses).toEqual([401, 401, 200])
  const client = (await post('oauth/client', { name: 'novnc' })) as OAuthClient
  expect(Object.keys(client)).toEqual(['appKey', 'appSecret', 'token', 'tokenSecret'])
  const signer = { ...client, parameters: { oauth_timestamp: String(Math.floor(Date.now() / 1000) - 3600) } }
  expect((await ask('/login', signed('GET', `${apiUrl}/login`, signer))).status).toBe(200)
  expect(await post('oauth/client', { name: 'novnc' })).toEqual({ error: '"admin" has an application "novnc"' })
  await post('oauth/revoke', { token: client.token })
  expect((await ask('/login', signed('GET', `${apiUrl}/login`, signer))).status).toBe(401)

  const stream = async () => {
    const response = await fetch(`${streamUrl}?X-Atmosphere-Transport=sse`, { headers: { authorization: 'Bearer b3' } })
    return [response.status, (await response.text()).length]
  }
  expect((await stream())[0]).toBe(404)
  await post('stream/available')
  await post('stream/cutAfterBytes', { bytes: { min: 50, max: 50 }, streams: 'next', how: 'clean' })
  expect(await stream()).toEqual([200, 50])
  expect(await post('stats')).toMatchObject({ streamsCutByBytes: 1, events: 7 })
  await post('clock', { ms: 0 })
  const now = Date.parse((await ask('/login', 'Bearer b3')).headers.get('date') ?? '')
  expect(now).toBeGreaterThan(Date.now() - 60_000)
  expect(await post('burst')).toEqual({ error: 'Give "count"' })
  child.kill('SIGTERM')
  expect(await child.exited).toBe(0)
})

const usage: [args: string[], stderr: string][] = [
  [['--vms', 'many'], '--vms takes a number, not "many"\n'],
  [['--event-lag=-1'], '--event-lag takes a number, not "-1"\n'],
  [['--clock-skew', 'x'], '--clock-skew takes a number, not "x"\n'],
  [['--dialect', '3'], '--dialect takes 1.0, 1.1, 2.1, 2.3, not "3"\n'],
]
test.each(usage)('%p is refused with status 2', async (args, stderr) => {
  const child = Bun.spawn([process.execPath, main, ...args], { stderr: 'pipe' })
  expect([await child.exited, await child.stderr.text()]).toEqual([2, stderr])
})
