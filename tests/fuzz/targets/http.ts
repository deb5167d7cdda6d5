import { type AddressInfo, createServer } from 'node:net'
import { ApiError, basic, Connection } from '@novnc-tokens/api'
import { mustHide, secret } from '../oracles.ts'
import { must, type Target } from '../target.ts'

const maxBytes = 100_000
/** A server that says no more is left so soon, in ms. */
const timeoutMs = 400

/** Whole answers as they come over the wire, to the `fetch` of the runtime. */
export const http: Target = {
  name: 'http',
  about: 'bytes of HTTP answers, over a socket: a bounded body, or a typed error, in time',
  words: [
    'Content-Length: ',
    'Transfer-Encoding: chunked\r\n',
    'Content-Encoding: br\r\n',
    'Location: //evil/\r\n',
    '\r\n\r\n',
    '\r\n0\r\n\r\n',
    'ffffffffffffffff\r\n',
    '-1',
    'HTTP/1.1 ',
    'HTTP/2 ',
    '\u0000',
    '999',
    '101',
  ],
  withinMs: 30_000,
  async run(input, random) {
    const ends = random() < 0.9
    const server = createServer((socket) => {
      // Whoever has enough of it closes its side, or resets it.
      socket.on('error', () => {})
      socket.once('data', (request) => {
        const loggingIn = request.toString('latin1').startsWith('GET /api/login ')
        socket.write(loggingIn ? loggedIn : input)
        if (ends || loggingIn) socket.end()
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    using connection = new Connection({
      api: `http://127.0.0.1:${port}/api`,
      authorization: basic('admin', secret),
      timeoutMs,
      clock: { now: () => performance.now(), wall: () => Date.now(), sleep: () => Promise.resolve() },
      random,
    })
    try {
      const { body } = await connection.get('/admin/enterprises', { accept: 'enterprises', maxBytes })
      const text = 'text' in body ? body.text : JSON.stringify(body.json)
      must(text.length <= maxBytes * 1.1, `a body of ${text.length} characters was taken`)
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      mustHide(error, [secret])
      must(error.message.length < 1500, `a message has ${error.message.length} characters`)
    } finally {
      server.close()
    }
  },
}

const loggedIn =
  'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 8\r\nConnection: close\r\n\r\n{"id":1}'
