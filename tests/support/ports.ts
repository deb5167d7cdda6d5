import { createServer, type Server } from 'node:net'

/**
 * Ports on 127.0.0.1 that nobody listens on, chosen by the kernel. All are held open together while they are
 * collected, so that no two are the same.
 *
 * @param count how many to find
 */
export async function freePorts(count: number): Promise<number[]> {
  const held = await Promise.all(Array.from({ length: count }, hold))
  await Promise.all(held.map(({ server }) => new Promise((done) => server.close(done))))
  return held.map(({ port }) => port)
}

/** One port on 127.0.0.1 that nobody listens on. */
export async function freePort(): Promise<number> {
  const { server, port } = await hold()
  await new Promise((done) => server.close(done))
  return port
}

function hold(): Promise<{ server: Server; port: number }> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      if (address === null || typeof address === 'string') reject(new Error('The kernel gave no port'))
      else resolve({ server, port: address.port })
    })
  })
}
