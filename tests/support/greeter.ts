/** A server that greets as a VNC server does, and no more. */
export interface Greeter extends Disposable {
  readonly port: number
}

/**
 * Starts a server on a loopback address that greets as a VNC server: enough to see that a console leads there.
 *
 * @param hostname such as `127.0.0.1` or `::1`
 */
export function startGreeter(hostname: string): Greeter {
  const open = (socket: { write(text: string): unknown }) => {
    socket.write('RFB 003.008\n')
  }
  const server = Bun.listen({ hostname, port: 0, socket: { open, data: () => {} } })
  return { port: server.port, [Symbol.dispose]: () => server.stop(true) }
}
