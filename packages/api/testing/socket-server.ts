import { createServer, type Socket } from 'node:net'
import { settled } from './fake-clock.ts'

/** One connection to a {@link SocketServer}, once the head of its request is there. */
export interface Connected {
  readonly socket: Socket
  /** Request line and headers. */
  readonly head: string
}

/** A server that writes bytes as a test tells it, for what no HTTP server would send. */
export interface SocketServer extends AsyncDisposable {
  readonly origin: string
  /** Everything that was asked, in order. */
  readonly heads: readonly string[]
  /** How many connections are open now. */
  readonly open: number
  /** Resolves once no connection is open. */
  idle(): Promise<void>
}

/** Starts a server that calls `onRequest` for each request; one connection may carry several. */
export async function serveSocket(onRequest: (connected: Connected) => void): Promise<SocketServer> {
  const sockets = new Set<Socket>()
  const heads: string[] = []
  let whenClosed = Promise.withResolvers<void>()
  const server = createServer((socket) => {
    sockets.add(socket)
    let text = ''
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1')
      for (let end = text.indexOf('\r\n\r\n'); end >= 0; end = text.indexOf('\r\n\r\n')) {
        const head = text.slice(0, end)
        text = text.slice(end + 4)
        heads.push(head)
        onRequest({ socket, head })
      }
    })
    // A client that leaves resets the connection: its right.
    socket.on('error', () => undefined)
    socket.on('close', () => {
      sockets.delete(socket)
      whenClosed.resolve()
      whenClosed = Promise.withResolvers<void>()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('The test server has no port')
  return {
    origin: `http://127.0.0.1:${address.port}`,
    heads,
    get open() {
      return sockets.size
    },
    async idle() {
      while (sockets.size > 0) await whenClosed.promise
      await settled()
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Status line and headers of an answer. */
export function head(status: string, headers: Readonly<Record<string, string | number>>): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/1.1 ${status}\r\n${lines.join('')}\r\n`
}
