import { connect } from 'node:net'

/**
 * What a client that opens a console meets:
 * `open`: the VNC server's greeting came through; `unreachable`: websockify knows the token and can't reach its
 * target; `refused`: the connection was closed without an answer, as websockify does for a token it does not know;
 * a number: the HTTP status of whoever else answered, such as 503 of a load balancer without a server.
 */
export type ConsoleAnswer = 'open' | 'unreachable' | 'refused' | number

/**
 * Opens a console as noVNC does, by a WebSocket upgrade, and says how far that came.
 *
 * @param port port of websockify or of a balancer before it, on 127.0.0.1
 * @throws Error when nobody listens there, or no answer comes within 10 s
 */
export function openConsole(port: number, token: string): Promise<ConsoleAnswer> {
  return new Promise((resolve, reject) => {
    let received: Uint8Array = new Uint8Array()
    const socket = connect(port, '127.0.0.1')
    const settle = (answer: ConsoleAnswer): void => {
      resolve(answer)
      socket.destroy()
    }
    socket.setTimeout(10_000, () => socket.destroy(new Error(`No answer within 10 s from port ${port}`)))
    socket.on('error', (error: NodeJS.ErrnoException) => {
      // websockify may close with our request unread, which the kernel tells as a reset.
      if (error.code === 'ECONNRESET' && received.length === 0) settle('refused')
      else reject(error)
    })
    socket.on('connect', () => socket.write(upgradeRequest(port, token)))
    socket.on('data', (chunk: Uint8Array) => {
      received = Buffer.concat([received, chunk])
      const answer = read(Buffer.from(received))
      if (answer !== null) settle(answer)
    })
    socket.on('close', () => {
      if (received.length === 0) settle('refused')
      else reject(new Error(`The console closed within its answer: ${Buffer.from(received).toString('latin1')}`))
    })
  })
}

function upgradeRequest(port: number, token: string): string {
  const lines = [
    `GET /websockify?token=${token} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Protocol: binary',
  ]
  return `${lines.join('\r\n')}\r\n\r\n`
}

const finalBinaryFrame = 0x82
const finalCloseFrame = 0x88

/** The answer in what was received so far, or null while it can't be told. */
function read(received: Buffer): ConsoleAnswer | null {
  const head = received.indexOf('\r\n\r\n')
  if (head < 0) return null
  const status = Number(received.toString('latin1').split(' ')[1])
  if (status !== 101) return status
  // A frame of a server: one byte of flags and kind, one of length (no greeting or reason is over 125), the payload.
  const frame = received.subarray(head + 4)
  const payload = frame.subarray(2)
  if (frame[0] === finalCloseFrame) return 'unreachable'
  if (frame[0] === finalBinaryFrame && payload.toString('latin1').startsWith('RFB ')) return 'open'
  return null
}
