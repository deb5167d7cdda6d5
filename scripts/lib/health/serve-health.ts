import { isIP } from 'node:net'
import { exitCodes } from '../process/exit-codes.ts'
import { Failure } from '../process/failure.ts'
import { errorCode } from '../settings/files.ts'
import type { ListenAddress } from '../settings/listen-address.ts'
import { withOrigin } from './with-origin.ts'

/** A server of health checks that runs. */
export interface HealthServer {
  /** The port it has, where any free one was asked for too. */
  readonly port: number
  /** Where it listens, as `HOST:PORT`. */
  readonly address: string
  /** Ends it with all its connections: a balancer keeps one open for its next check. */
  stop(): Promise<void>
}

/** What {@link serveHealth} takes. */
export interface ServeOptions extends ListenAddress {
  app: { fetch(request: Request): Response | Promise<Response> }
}

// Whole seconds for Bun, which rounds them up to multiples of 4: balancers ask every few seconds, and whoever holds a
// connection without asking must not keep it.
const idleTimeoutSeconds = 10
// Nothing here takes a body.
const maxRequestBodySize = 16 * 1024

/**
 * Serves health checks.
 * @throws Failure with the exit code of bad settings when the address cannot be had
 */
export function serveHealth({ host, port, app }: ServeOptions): HealthServer {
  let server: ReturnType<typeof Bun.serve>
  try {
    server = Bun.serve({
      hostname: host,
      port,
      development: false,
      // Bun's default in production: a second program would silently get half of the checks.
      reusePort: false,
      idleTimeout: idleTimeoutSeconds,
      maxRequestBodySize,
      fetch: (request) => app.fetch(withOrigin(request)),
    })
  } catch (error) {
    throw listenFailure({ host, port }, error)
  }
  const taken = server.port ?? port
  return { port: taken, address: formatAddress({ host, port: taken }), stop: () => server.stop(true) }
}

/** The failure that an error of listening means. */
export function listenFailure(address: ListenAddress, cause: unknown): Failure {
  const { why, hint } = reasonOf(address, cause)
  return new Failure(`Cannot listen on ${formatAddress(address)}: ${why}`, { exitCode: exitCodes.usage, hint, cause })
}

function reasonOf({ host, port }: ListenAddress, cause: unknown): { why: string; hint: string } {
  const other = 'give another address with --listen, or --listen off'
  switch (errorCode(cause)) {
    case 'EADDRINUSE':
      return { why: 'the port is in use', hint: other }
    case 'EACCES':
    case 'EPERM':
      return { why: `this user may not listen on port ${port}`, hint: 'give a port from 1024 on with --listen' }
    case 'EADDRNOTAVAIL':
      return { why: 'this machine has no such address', hint: other }
    default: {
      // Bun says EINVAL of a name that nobody knows.
      if (isIP(host) === 0) return { why: 'the host name cannot be resolved', hint: other }
      return { why: cause instanceof Error ? cause.message : String(cause), hint: other }
    }
  }
}

function formatAddress({ host, port }: ListenAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}
