import { expect, test } from 'bun:test'
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { tokenOf } from '@novnc-tokens/tokens'
import { Failure } from '../process/failure.ts'
import { fakeLookup } from './fake-lookup.ts'
import { type ServeLookupOptions, serveLookup } from './serve-lookup.ts'

const host = '127.0.0.1'
const address = { host: '10.60.1.79', port: 5901 }
const token = tokenOf(address)
const body = '{"host":"10.60.1.79","port":5901}'

async function serving(options: Partial<ServeLookupOptions> = {}) {
  const fake = await fakeLookup(address)
  const server = await serveLookup({ lookup: fake.lookup, address: { kind: 'tcp', host, port: 0 }, ...options })
  return { ...fake, server, port: server.port ?? 0, [Symbol.asyncDispose]: () => server.stop() }
}

function folder() {
  const path = mkdtempSync(join(tmpdir(), 'lookup-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) }
}

/** Sends bytes as they are, and gives what comes back until `enough` or the end of the connection. */
async function exchange(to: { port: number } | { unix: string }, request: string, enough: RegExp): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<void>()
  let answer = ''
  const handlers = {
    data: (_: unknown, bytes: Buffer) => {
      answer += bytes.toString('latin1')
      if (enough.test(answer)) resolve()
    },
    close: () => resolve(),
    error: () => resolve(),
  }
  const socket = await ('unix' in to
    ? Bun.connect({ unix: to.unix, socket: handlers })
    : Bun.connect({ hostname: host, port: to.port, socket: handlers }))
  socket.write(request)
  await promise
  socket.terminate()
  return answer
}

const found = /^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\n\{"host":"10\.60\.1\.79","port":5901\}$/
const ended = /\r\n\r\n[\s\S]+/

test.each<[string, string, RegExp]>([
  ['HTTP/1.0 without a Host', `GET /tokens/${token} HTTP/1.0\r\n\r\n`, found],
  ['HTTP/1.1', `GET /tokens/${token} HTTP/1.1\r\nHost: 127.0.0.1:41340\r\nConnection: keep-alive\r\n\r\n`, found],
  ['an odd Host', `GET /tokens/${token} HTTP/1.1\r\nHost: a b\r\n\r\n`, found],
  ['an absolute target', `GET http://other/tokens/${token} HTTP/1.1\r\nHost: a\r\n\r\n`, found],
  ['a path that leads elsewhere', 'GET /tokens/..%2Fadmin HTTP/1.1\r\nHost: a\r\n\r\n', /^HTTP\/1\.1 404 /],
  ['an unknown token', `GET /tokens/${'0'.repeat(32)} HTTP/1.0\r\n\r\n`, /^HTTP\/1\.1 404 /],
  ['nothing much', 'GET / HTTP/1.0\r\n\r\n', /^HTTP\/1\.1 404 /],
  ['another method', `POST /tokens/${token} HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n`, /^HTTP\/1\.1 405 /],
])('%s is answered', async (_, request, wanted) => {
  await using all = await serving()
  expect(await exchange({ port: all.port }, request, ended)).toMatch(wanted)
})

test('HEAD has the headers of GET, and no body', async () => {
  await using all = await serving()
  const answer = await exchange({ port: all.port }, `HEAD /tokens/${token} HTTP/1.0\r\n\r\n`, /\r\n\r\n/)
  expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\n$/)
  expect(answer.toLowerCase()).toContain(`content-length: ${body.length}\r\n`)
})

test('a token that is awaited is answered when it comes', async () => {
  await using all = await serving()
  all.state.awaited = true
  const late = { host: '10.0.0.9', port: 5999 }
  const answer = fetch(`http://${host}:${all.port}/tokens/${tokenOf(late)}`)
  while (all.lookup.status().waiting === 0) await new Promise(setImmediate)
  await all.add(late)
  expect(await (await answer).json()).toEqual(late)
})

test('who goes away is not waited for any more', async () => {
  await using all = await serving()
  all.state.awaited = true
  const ending = new AbortController()
  const url = `http://${host}:${all.port}/tokens/${'0'.repeat(32)}`
  const answer = fetch(url, { signal: ending.signal }).catch((error: unknown) => error)
  while (all.lookup.status().waiting === 0) await new Promise(setImmediate)
  ending.abort()
  await answer
  while (all.lookup.status().waiting > 0) await new Promise(setImmediate)
  expect(all.lookup.status().unknown).toBe(1)
})

test('its end ends what waits', async () => {
  const all = await serving()
  all.state.awaited = true
  const answer = fetch(`http://${host}:${all.port}/tokens/${'0'.repeat(32)}`).catch(() => 'cut')
  while (all.lookup.status().waiting === 0) await new Promise(setImmediate)
  await all.server.stop()
  expect(await answer).toBe('cut')
})

test('10,000 wrong tokens at once are all told so, and harm nobody', async () => {
  await using all = await serving()
  const wrong = Array.from({ length: 10_000 }, (_, index) => index.toString(16).padStart(32, '0'))
  const requests = wrong.map((each) => `GET /tokens/${each} HTTP/1.1\r\nHost: a\r\n\r\n`).join('')
  const last = `GET /tokens/${token} HTTP/1.1\r\nHost: a\r\n\r\n`
  const answers = await exchange({ port: all.port }, requests + last, /\{"host[\s\S]*\}$/)
  const { found, unknown } = all.lookup.status()
  expect([answers.match(/HTTP\/1\.1 404 /g)?.length, unknown, found]).toEqual([10_000, 10_000, 1])
})

test('a second server on the port fails, and names the address and the flag', async () => {
  await using all = await serving()
  const options = { lookup: all.lookup, address: { kind: 'tcp', host, port: all.port } } as const
  const failure = await serveLookup(options).catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(Failure)
  expect([failure instanceof Failure && failure.sentence, failure instanceof Failure && failure.exitCode]).toEqual([
    `Cannot listen on 127.0.0.1:${all.port}: the port is in use; give another address with --lookup, or --lookup off`,
    2,
  ])
})

test.each([
  ['192.0.2.1', /^Cannot listen on 192\.0\.2\.1:0: this machine has no such address; /],
  ['no-such-host.invalid', /^Cannot listen on no-such-host\.invalid:0: the host name cannot be resolved; /],
])('the address %s cannot be had', async (name, message) => {
  const failure = await serving({ address: { kind: 'tcp', host: name, port: 0 } }).catch((error: unknown) => error)
  expect(failure instanceof Failure && failure.sentence).toMatch(message)
})

test('a socket answers, is for owner and group alone, and goes with its server', async () => {
  using dir = folder()
  const path = join(dir.path, 'tokens.sock')
  // Only root may give it to any group.
  const gid = process.getuid?.() === 0 ? 12_345 : (process.getgroups?.().at(-1) ?? null)
  const all = await serving({ address: { kind: 'unix', path }, gid })
  const { mode, gid: group } = statSync(path)
  const answer = await exchange({ unix: path }, `GET /tokens/${token} HTTP/1.0\r\n\r\n`, ended)
  const { address: at, port } = all.server
  await all.server.stop()
  expect([mode & 0o777, group === gid, at, port, existsSync(path)]).toEqual([0o660, true, `unix:${path}`, null, false])
  expect(answer).toMatch(found)
})

test('a socket that a killed server left is replaced', async () => {
  using dir = folder()
  const path = join(dir.path, 'tokens.sock')
  const program = `Bun.serve({ unix: ${JSON.stringify(path)}, fetch: () => new Response() }); console.log('up')`
  await using killed = Bun.spawn([process.execPath, '-e', program], { stdout: 'pipe' })
  await killed.stdout.getReader().read()
  killed.kill('SIGKILL')
  await killed.exited
  expect(existsSync(path)).toBe(true)
  await using all = await serving({ address: { kind: 'unix', path } })
  expect(await exchange({ unix: path }, `GET /tokens/${token} HTTP/1.0\r\n\r\n`, ended)).toMatch(found)
  expect(all.server.address).toBe(`unix:${path}`)
})

test.each<[string, (path: string) => unknown, RegExp]>([
  ['another file', (path) => writeFileSync(path, 'mine'), /: something else than a socket is there; /],
  ['nothing, in a folder that is missing', (path) => rmSync(join(path, '..'), { recursive: true }), /there is no such/],
])('where there is %s no socket can be had', async (_, make, message) => {
  const path = join(mkdtempSync(join(tmpdir(), 'lookup-')), 'tokens.sock')
  try {
    make(path)
    const failure = await serving({ address: { kind: 'unix', path } }).catch((error: unknown) => error)
    expect(failure instanceof Failure && failure.sentence).toMatch(message)
  } finally {
    rmSync(join(path, '..'), { recursive: true, force: true })
  }
})

test('a socket that another server answers at stays', async () => {
  using dir = folder()
  const path = join(dir.path, 'tokens.sock')
  await using all = await serving({ address: { kind: 'unix', path } })
  const failure = await serving({ address: { kind: 'unix', path } }).catch((error: unknown) => error)
  expect(failure instanceof Failure && failure.sentence).toBe(
    `Cannot listen on unix:${path}: another program listens there; give another path with --lookup, or --lookup off`,
  )
  expect(await exchange({ unix: path }, `GET /tokens/${token} HTTP/1.0\r\n\r\n`, ended)).toMatch(found)
  expect(all.server.address).toBe(`unix:${path}`)
})
