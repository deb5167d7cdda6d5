/**
 * The request as Hono can route it. Where the Host is missing or odd, Bun gives `request.url` as the path alone or with
 * a host that no URL can have; HAProxy's plain check sends HTTP/1.0 without a Host. Nobody here asks for the host, the
 * headers or the body, so only the target and the kind of method remain.
 */
export function withOrigin({ url, method }: Pick<Request, 'url' | 'method'>): Request {
  const target = url.replace(/^[a-z][a-z\d+.-]*:\/\/[^/?#]*/i, '')
  const path = target.startsWith('/') ? target : `/${target}`
  // To HEAD Bun sends the headers of what it is given, the length too; Hono would take the body away and make that 0.
  // TRACE and CONNECT cannot be asked for by hand (Fetch, 2.2.1), and are refused here as any method that changes things.
  const reads = method === 'HEAD' || method === 'GET'
  return new Request(`http://health${path}`, { method: reads ? 'GET' : 'POST' })
}
