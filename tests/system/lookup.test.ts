import { expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { request } from 'node:http'
import { startMock } from '../mock-abiquo/index.ts'
import { binary } from '../support/binary.ts'
import { freePort } from '../support/ports.ts'
import { start } from '../support/process.ts'
import { tempFolder } from '../support/temp.ts'
import { waitFor } from '../support/wait.ts'
import { type SiteOptions, startSite } from './support.ts'
import { lineOf, some } from './vms.ts'

/** A site whose daemon also answers lookups. */
async function startWithLookup(options: SiteOptions = {}) {
  const port = await freePort()
  const site = await startSite({ flags: ['--lookup', `127.0.0.1:${port}`], ...options })
  const origin = `http://127.0.0.1:${port}`
  const ask = async (token: string) => {
    const answer = await fetch(`${origin}/tokens/${token}`)
    return { status: answer.status, body: await answer.text() }
  }
  const metrics = async () => await (await fetch(`http://127.0.0.1:${site.daemon.healthPort}/metrics`)).text()
  return { site, origin, ask, metrics, [Symbol.asyncDispose]: () => site[Symbol.asyncDispose]() }
}

/** What a right lookup of a line's token answers. */
function answerOf(line: string): { status: number; body: string } {
  const [, host = '', port = ''] = /: (.*):(\d+)$/.exec(line) ?? []
  return { status: 200, body: `{"host":"${host}","port":${port}}` }
}

const unknown = { status: 404, body: '{"error":"There is no such token"}\n' }

test('each token is answered with its address, IPv6 too, and follows deploys and undeploys', async () => {
  await using all = await startWithLookup()
  const { mock } = all.site
  for (const line of mock.platform.tokenLines()) expect(await all.ask(line.slice(0, 32))).toEqual(answerOf(line))
  const vm = mock.platform.deploy(some(mock, false).id, { address: { ip: '2001:db8::1', port: 5901 } })
  const token = lineOf(vm).slice(0, 32)
  const has = (there: boolean) =>
    waitFor('the answer', async () => (await all.ask(token)).status === (there ? 200 : 404))
  await has(true)
  expect(await all.ask(token)).toEqual({ status: 200, body: '{"host":"2001:db8::1","port":5901}' })
  mock.platform.undeploy(vm.id)
  await has(false)
  expect(await all.ask(token)).toEqual(unknown)
})

test('a lookup that comes while the read for its deploy is under way waits for it', async () => {
  await using all = await startWithLookup()
  const { mock } = all.site
  using _late = mock.faults.add({ kind: 'delay', ms: 300 }, { path: /\/virtualmachines\/\d+$/ })
  const vm = mock.platform.deploy(some(mock, false).id)
  const read = () => mock.requests.all.some(({ path, status }) => path.endsWith(`/${vm.id}`) && status === null)
  await waitFor('the read', read, { everyMs: 1 })
  expect(await all.ask(lineOf(vm).slice(0, 32))).toEqual(answerOf(lineOf(vm)))
  expect(await all.metrics()).toMatch(/^novnc_tokens_lookups_total\{result="found"\} 1$/m)
})

test('a lookup of what no read brings is told so as soon as nothing is read any more', async () => {
  await using all = await startWithLookup()
  const { mock } = all.site
  const fault = mock.faults.add({ kind: 'delay', ms: 100 }, { path: /\/virtualmachines\/\d+$/, times: 1 })
  mock.platform.deploy(some(mock, false).id)
  await waitFor('the read', () => fault.hits === 1, { everyMs: 1 })
  expect(await all.ask('0'.repeat(32))).toEqual(unknown)
})

/** Asks for a path as it stands: `fetch` would tidy it up first. */
function statusOf(origin: string, path: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const asking = request(origin, { path, agent: false }, (answer) => {
      answer.resume()
      answer.on('end', () => resolve(answer.statusCode))
    })
    asking.on('error', reject)
    asking.end()
  })
}

test('what is no token is 404, wherever it leads', async () => {
  await using all = await startWithLookup()
  const [line = ''] = all.site.mock.platform.tokenLines()
  const token = line.slice(0, 32)
  const wrong = ['..%2Fadmin', '../admin', '%2e%2e/admin', `..%2Ftokens%2F${token}`, `${token}0`, token.slice(1), '']
  const paths = [...wrong.map((each) => `/tokens/${each}`), `/tokens/${token}/`, '/admin', '/status', '/metrics', '/']
  for (const path of paths) expect([path, await statusOf(all.origin, path)]).toEqual([path, 404])
})

test('a flood of wrong tokens adds nothing to the log, and health and right tokens are answered meanwhile', async () => {
  await using all = await startWithLookup()
  const { daemon, mock } = all.site
  const [line = ''] = mock.platform.tokenLines()
  await waitFor('the right answer', async () => (await all.ask(line.slice(0, 32))).status === 200)
  await daemon.child.line('Wrote the output')
  const before = daemon.child.stderr()
  const wrong = 20_000
  let asked = 0
  let others = 0
  const asker = async () => {
    while (asked < wrong) {
      const token = (asked++).toString(16).padStart(32, '0')
      if ((await fetch(`${all.origin}/tokens/${token}`)).status !== 404) others++
    }
  }
  const flood = Promise.all(Array.from({ length: 64 }, asker))
  let healthy = 0
  while (asked < wrong) {
    const health = await fetch(`http://127.0.0.1:${daemon.healthPort}/healthz`)
    const ready = await daemon.readiness()
    const right = await all.ask(line.slice(0, 32))
    if (health.status !== 200 || ready.degraded.length > 0 || right.status !== 200) others++
    healthy++
  }
  await flood
  expect({ others, healthy: healthy > 5, log: daemon.child.stderr() }).toEqual({
    others: 0,
    healthy: true,
    log: before,
  })
  expect(await all.metrics()).toMatch(new RegExp(`^novnc_tokens_lookups_total\\{result="unknown"\\} ${wrong}$`, 'm'))
}, 60_000)

test('after a restart it answers what the first output has, before anything is listed', async () => {
  const line = `${'a'.repeat(32)}: 10.9.9.9:5900`
  await using all = await startWithLookup({
    wait: false,
    before: async (mock, folder) => {
      await folder.write('config.vnc', `${line}\n`)
      mock.refuse()
    },
  })
  await all.site.daemon.child.line('Started')
  expect(await all.ask('a'.repeat(32))).toEqual(answerOf(line))
})

test('by lookups alone, on a socket: ready once all is listed, and the socket goes with the daemon', async () => {
  await using folder = tempFolder()
  await using mock = await startMock({ vms: 30 })
  const socket = folder.file('lookup', 'tokens.sock')
  await mkdir(folder.file('lookup'))
  const login = ['-a', mock.apiUrl, '-u', mock.username, '-p', mock.password, '--listen', '127.0.0.1:0']
  mock.refuse()
  await using child = start([await binary(), 'run', ...login, '--lookup', `unix:${socket}`])
  const [, health = ''] = /listen=(\S+)/.exec(await child.line(/Started/)) ?? []
  const ready = async () => (await fetch(`http://${health}/readyz`)).status
  expect(await ready()).toBe(503)
  mock.accept()
  await waitFor('it to be ready', async () => (await ready()) === 200, { withinMs: 20_000 })
  const [line = ''] = mock.platform.tokenLines()
  const answer = await fetch(`http://localhost/tokens/${line.slice(0, 32)}`, { unix: socket })
  expect({ status: answer.status, body: await answer.text() }).toEqual(answerOf(line))
  expect(await child.stop(4000)).toEqual({ code: 0, signal: null })
  expect(existsSync(socket)).toBe(false)
}, 40_000)

test('where others may ask, that is warned about; where the address is taken, it ends with 2', async () => {
  const port = await freePort()
  await using site = await startSite({ flags: ['--lookup', `0.0.0.0:${port}`] })
  await site.daemon.child.line(/ warn .*open to other machines/)
  await using child = start([
    await binary(),
    'run',
    ...['-a', site.mock.apiUrl, '-u', 'x', '-p', 'y', '--listen', 'off', '--lookup', `0.0.0.0:${port}`],
  ])
  expect(await child.exited).toEqual({ code: 2, signal: null })
  expect(child.stderr()).toContain(`Cannot listen on 0.0.0.0:${port}: the port is in use`)
})
