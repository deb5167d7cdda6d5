/** A request as a test server got it. */
export interface Seen {
  /** Method, path and query, such as `GET /api/login`. */
  readonly line: string
  readonly headers: Headers
}

/** A server of one test, on a free port of this machine. */
export interface WebServer extends AsyncDisposable {
  readonly origin: string
  /** URL of what would be the API. */
  readonly api: string
  /** Everything that was asked, in order. */
  readonly requests: readonly Seen[]
  /** Method, path and query of everything that was asked. */
  readonly lines: readonly string[]
}

/** What a server answers: a whole response, or one that is made for the request. */
export type Handler = (request: Request, line: string) => Response | Promise<Response>

/**
 * Starts a server that answers as it is told.
 *
 * @param tls certificate and key in PEM, for a server that speaks TLS
 */
export async function serveWeb(handler: Handler, tls?: { cert: string; key: string }): Promise<WebServer> {
  const requests: Seen[] = []
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    // Bun otherwise ends a silent response after 10 s.
    idleTimeout: 0,
    development: false,
    ...(tls === undefined ? {} : { tls }),
    fetch: (request) => {
      const { pathname, search } = new URL(request.url)
      const line = `${request.method} ${pathname}${search}`
      requests.push({ line, headers: request.headers })
      return handler(request, line)
    },
    error: () => new Response('the test server failed', { status: 599 }),
  })
  const origin = `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${server.port}`
  return {
    origin,
    api: `${origin}/api`,
    requests,
    get lines() {
      return requests.map(({ line }) => line)
    },
    [Symbol.asyncDispose]: () => server.stop(true),
  }
}

/** A JSON answer of the platform. */
export function json(value: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Response {
  const all = { 'content-type': 'application/json', ...headers }
  return new Response(JSON.stringify(value), { status, headers: all })
}

/** An error in Abiquo's own format. */
export function abiquoError(status: number, code: string, headers: Readonly<Record<string, string>> = {}): Response {
  return json({ collection: [{ code, message: `Said ${code}` }], links: [] }, status, headers)
}
