import { createServer, type Socket } from 'node:net'

/** One request for a stream, as its server sees it. */
export interface StreamRequest {
  readonly method: string
  /** Path and query. */
  readonly url: string
  /** What came after the headers. */
  readonly body: string
  readonly headers: Headers
  /** Answers with the headers of an event stream, and others. */
  open(headers?: Readonly<Record<string, string>>): void
  /** Sends a part of the stream as one chunk. */
  send(part: string | Uint8Array): void
  /** Ends the stream cleanly; the connection stays open. */
  end(): void
  /** Breaks the connection. */
  reset(): void
  /** Answers with something else than a stream, and closes the connection. */
  answer(status: number, headers?: Readonly<Record<string, string>>, body?: string): void
}

/** A platform that knows `/api/login` and, anywhere else, streams. */
export interface StreamServer extends AsyncDisposable {
  /** URL of its API. */
  readonly api: string
  /** URL of its stream. */
  readonly stream: string
  /** How many log-ins there were. */
  readonly logins: number
  /** How many streams were asked for. */
  readonly streams: number
  /** How many connections are open. */
  readonly open: number
  /** The next request for a stream that was not handed out yet. */
  next(): Promise<StreamRequest>
}

/**
 * Starts the server.
 *
 * @param answerLogin answers a log-in, if not with 200
 */
export async function serveStreams(answerLogin?: (request: StreamRequest) => void): Promise<StreamServer> {
  const sockets = new Set<Socket>()
  const ready: StreamRequest[] = []
  const waiting: ((request: StreamRequest) => void)[] = []
  const counts = { logins: 0, streams: 0 }
  const take = (request: StreamRequest): void => {
    if (request.url === '/api/login') {
      counts.logins++
      if (answerLogin) answerLogin(request)
      else request.answer(200, { 'content-type': 'application/json' }, '{"id":1}')
      return
    }
    counts.streams++
    const next = waiting.shift()
    if (next) next(request)
    else ready.push(request)
  }
  const server = createServer((socket) => {
    sockets.add(socket)
    let text = ''
    socket.setNoDelay(true)
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1')
      for (let end = text.indexOf('\r\n\r\n'); end >= 0; end = text.indexOf('\r\n\r\n')) {
        const head = text.slice(0, end)
        const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0)
        const rest = text.slice(end + 4)
        if (rest.length < length) break
        take(requestOf(socket, head, Buffer.from(rest.slice(0, length), 'latin1').toString()))
        text = rest.slice(length)
      }
    })
    // A client that leaves may reset the connection.
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const origin = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  return {
    api: `${origin}/api`,
    stream: `${origin}/m/stream`,
    get logins() {
      return counts.logins
    },
    get streams() {
      return counts.streams
    },
    get open() {
      return sockets.size
    },
    next() {
      const request = ready.shift()
      return request ? Promise.resolve(request) : new Promise((resolve) => waiting.push(resolve))
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function requestOf(socket: Socket, head: string, body: string): StreamRequest {
  const [first = '', ...lines] = head.split('\r\n')
  const headers = new Headers()
  for (const line of lines) headers.append(line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim())
  const write = (status: number, all: Readonly<Record<string, string>>, rest: string) => {
    const text = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
    socket.write(`HTTP/1.1 ${status} Test\r\n${text.join('')}\r\n${rest}`)
  }
  return {
    method: first.split(' ')[0] ?? '',
    url: first.split(' ')[1] ?? '',
    body,
    headers,
    open: (more = {}) =>
      write(200, { 'content-type': 'text/event-stream;charset=utf-8', 'transfer-encoding': 'chunked', ...more }, ''),
    send(part) {
      const bytes = Buffer.from(part)
      socket.write(Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]))
    },
    end: () => void socket.write('0\r\n\r\n'),
    reset: () => void socket.resetAndDestroy(),
    answer: (status, more = {}, body = '') => {
      write(status, { 'content-length': String(Buffer.byteLength(body)), connection: 'close', ...more }, body)
      socket.end()
    },
  }
}
