#!/usr/bin/env bun
/**
 * Looks tokens up over connections that stay open, the next one on each as soon as the last is answered, and prints the
 * milliseconds that took: `bun load-lookups.ts PORT REQUESTS CONNECTIONS FILE`, where FILE is a token file.
 */
import { readFileSync } from 'node:fs'

const tokenLength = 32
const lineFeed = 0x0a
/** What ends the body of each answer, and stands nowhere else in it. */
const closingBrace = 0x7d

/** Requests for the tokens of a file, in an order that has nothing to do with theirs. */
function requestsFor(file: string): Buffer[] {
  const bytes = readFileSync(file)
  const requests: Buffer[] = []
  for (let at = 0; at >= 0 && at + tokenLength < bytes.length; at = bytes.indexOf(lineFeed, at) + 1 || -1) {
    const token = bytes.toString('latin1', at, at + tokenLength)
    requests.push(Buffer.from(`GET /tokens/${token} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`))
  }
  const step = 7919
  return requests.map((_, index) => requests[(index * step) % requests.length] ?? Buffer.alloc(0))
}

async function load(port: number, count: number, connections: number, requests: readonly Buffer[]): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  let asked = 0
  let answered = 0
  const next = (): Buffer => requests[asked++ % requests.length] ?? Buffer.alloc(0)
  const sockets = await Promise.all(
    Array.from({ length: connections }, () =>
      Bun.connect({
        hostname: '127.0.0.1',
        port,
        socket: {
          data(socket, bytes) {
            if (!bytes.subarray(0, 15).equals(ok)) reject(new Error(`Answered: ${bytes}`))
            // The rest of an answer that came in parts.
            if (bytes.at(-1) !== closingBrace) return
            if (++answered === count) resolve()
            else if (asked < count) socket.write(next())
          },
          close: () => reject(new Error('The server closed a connection')),
          error: (_, error) => reject(error),
        },
      }),
    ),
  )
  const began = performance.now()
  for (const socket of sockets) socket.write(next())
  await promise
  return performance.now() - began
}

const ok = Buffer.from('HTTP/1.1 200 OK')

if (import.meta.main) {
  const [port, count, connections, file = ''] = process.argv.slice(2)
  const requests = requestsFor(file)
  await load(Number(port), 2000, Number(connections), requests)
  console.log(await load(Number(port), Number(count), Number(connections), requests))
  process.exit(0)
}
