import { expect, test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Mock, startMock } from './mock.ts'

/** Sends raw bytes, piece by piece, and answers what comes until the server closes. */
async function talk(mock: Mock, pieces: readonly string[]): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  let text = ''
  const socket = await Bun.connect({
    hostname: '127.0.0.1',
    port: Number(new URL(mock.origin).port),
    socket: {
      data: (_, bytes) => {
        text += bytes.toString()
      },
      close: () => resolve(text),
      error: (_, error) => reject(error),
    },
  })
  for (const piece of pieces) {
    socket.write(piece)
    socket.flush()
    await new Promise((next) => setImmediate(next))
  }
  return promise
}

const statuses = (text: string) => [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map((match) => match[1])

test('requests sent at once are answered in turn', async () => {
  await using mock = await startMock({ vms: 1 })
  const ask = (path: string, more = '') => `GET ${path} HTTP/1.1\r\nHost: x\r\n${more}\r\n`
  const text = await talk(mock, [
    ask('/api/version') + ask('/api/login') + ask('/api/version', 'Connection: close\r\n'),
  ])
  expect(statuses(text)).toEqual(['200', '401', '200'])
})

test('a request may come in any pieces', async () => {
  await using mock = await startMock({ vms: 1, control: true })
  const body = '{"id":1}'
  const request = `POST /control/vm HTTP/1.1\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`
  expect(await talk(mock, [...request])).toContain('"label":"vm-1"')
})

test('a client of HTTP/1.0 is answered without chunks, and the connection closes', async () => {
  await using mock = await startMock({ vms: 1 })
  const text = await talk(mock, ['GET /api/version HTTP/1.0\r\nAccept: text/plain\r\n\r\n'])
  expect(text).toEndWith('Connection: close\r\n\r\n4.7')
})

test('what is not HTTP is answered with 400', async () => {
  await using mock = await startMock({ vms: 1 })
  expect(statuses(await talk(mock, ['\x16\x03\x01 hello\r\n\r\n']))).toEqual(['400'])
})

test('HEAD has the head only', async () => {
  await using mock = await startMock({ vms: 1 })
  const text = await talk(mock, ['HEAD /api/version HTTP/1.1\r\nAccept: text/plain\r\nConnection: close\r\n\r\n'])
  expect(text).toEndWith('Content-Length: 3\r\nConnection: close\r\n\r\n')
})

test('a platform with a certificate speaks HTTPS', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'mock-abiquo-'))
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const openssl = ['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  const made = Bun.spawnSync([...openssl, '-subj', '/CN=127.0.0.1', '-keyout', key, '-out', cert])
  expect(made.exitCode).toBe(0)
  const tls = { key: await Bun.file(key).text(), cert: await Bun.file(cert).text() }
  await rm(folder, { recursive: true })
  await using mock = await startMock({ vms: 2000, enterprises: 1, tls })
  const { authorization } = mock
  const url = `${mock.apiUrl}/admin/enterprises/1/action/virtualmachines?limit=0`
  const response = await fetch(url, { headers: { authorization }, tls: { rejectUnauthorized: false } })
  expect(((await response.json()) as { collection: unknown[] }).collection).toHaveLength(2000)
})
