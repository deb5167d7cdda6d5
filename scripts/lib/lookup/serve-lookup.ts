import { isIP } from 'node:net'
import type { Hono } from 'hono'
import { withOrigin } from '../health/with-origin.ts'
import { exitCodes } from '../process/exit-codes.ts'
import { Failure } from '../process/failure.ts'
import { errorCode, reasonOf } from '../settings/files.ts'
import { formatLookupAddress, type LookupAddress } from './lookup-address.ts'
import { answerToken, type LookupAppOptions, lookupApp, tokenIn } from './lookup-app.ts'
import { listenPrivately, removeStaleSocket } from './socket-file.ts'

/** A server of lookups that runs. */
export interface LookupServer {
  /** Where it listens, as `HOST:PORT` or `unix:PATH`. */
  readonly address: string
  /** The port it has, where any free one was asked for too; null for a socket. */
  readonly port: number | null
  /** Ends it with all its connections. */
  stop(): Promise<void>
}

/** What {@link serveLookup} takes. */
export interface ServeLookupOptions extends LookupAppOptions {
  address: LookupAddress
  /** Group of the socket, as a number. @default as the system gives it */
  gid?: number | null
}

// Whole seconds for Bun: longer than a lookup waits.
const idleTimeoutSeconds = 10
const maxRequestBodySize = 16 * 1024

/**
 * Serves lookups of tokens, on a listener of its own: it is asked with whatever a browser called a token.
 * @throws Failure with the exit code of bad settings when the address cannot be had
 */
export async function serveLookup(options: ServeLookupOptions): Promise<LookupServer> {
  const { address, gid = null } = options
  const fetch = handler(options, lookupApp(options))
  const common = { development: false, maxRequestBodySize, fetch } as const
  if (address.kind === 'unix') await removeStaleSocket(address.path)
  try {
    if (address.kind === 'unix') {
      const { path } = address
      const server = listenPrivately(path, () => Bun.serve({ ...common, unix: path }), gid)
      return { port: null, address: formatLookupAddress(address), stop: () => server.stop(true) }
    }
    const { host, port } = address
    // Bun's default in production would share the port: a second program would silently get half of the lookups.
    const server = Bun.serve({ ...common, hostname: host, port, idleTimeout: idleTimeoutSeconds, reusePort: false })
    const taken = server.port ?? port
    const at = formatLookupAddress({ kind: 'tcp', host, port: taken })
    return { port: taken, address: at, stop: () => server.stop(true) }
  } catch (error) {
    throw listenFailure(address, error)
  }
}

/** Nearly all requests ask for a token, and need no routes. */
function handler(options: LookupAppOptions, app: Hono): (request: Request) => Response | Promise<Response> {
  return (request) => {
    const asked = request.method === 'GET' ? tokenIn(request.url) : null
    return asked === null ? app.fetch(withOrigin(request)) : answerToken(options, asked, request)
  }
}

function listenFailure(address: LookupAddress, cause: unknown): Failure {
  return new Failure(`Cannot listen on ${formatLookupAddress(address)}: ${whyNot(address, cause)}`, {
    exitCode: exitCodes.usage,
    hint: 'give another address with --lookup, or --lookup off',
    cause,
  })
}

function whyNot(address: LookupAddress, cause: unknown): string {
  switch (errorCode(cause)) {
    case 'EADDRINUSE':
      return address.kind === 'unix' ? 'something is there' : 'the port is in use'
    case 'EADDRNOTAVAIL':
      return 'this machine has no such address'
    default:
      // Bun says EINVAL of a name that nobody knows.
      if (address.kind === 'tcp' && isIP(address.host) === 0) return 'the host name cannot be resolved'
      return reasonOf(cause)
  }
}
