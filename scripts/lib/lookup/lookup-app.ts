import type { Lookup } from '@novnc-tokens/tokens'
import { type Context, Hono } from 'hono'

/** What {@link lookupApp} asks. */
export interface LookupAppOptions {
  lookup: Pick<Lookup, 'known' | 'find'>
  /** Told of what must not happen; the asker gets a 500 without details. @default nothing */
  onError?: (error: unknown) => void
}

/** A target that asks for a token, behind whatever origin. Nothing is decoded: `%61` is no part of a token. */
const target = /^(?:https?:\/\/[^/?#]*)?\/tokens\/([0-9a-f]{32})$/

const json = { 'content-type': 'application/json', 'cache-control': 'no-store' }
const noSuchToken = `${JSON.stringify({ error: 'There is no such token' })}\n`

/** The token that a URL asks for; null where it asks for anything else. */
export function tokenIn(url: string): string | null {
  return target.exec(url)?.[1] ?? null
}

/** The answer about a token: at once where it is known, else as soon as that can be told. */
export function answerToken(
  { lookup }: LookupAppOptions,
  asked: string,
  request: Pick<Request, 'signal'>,
): Response | Promise<Response> {
  const known = lookup.known(asked)
  return known === null ? find(lookup, asked, request.signal) : found(known)
}

async function find(lookup: LookupAppOptions['lookup'], asked: string, signal: AbortSignal): Promise<Response> {
  const address = await lookup.find(asked, signal)
  return address === null ? new Response(noSuchToken, { status: 404, headers: json }) : found(address)
}

function found({ host, port }: { readonly host: string; readonly port: number }): Response {
  return new Response(`{"host":${JSON.stringify(host)},"port":${port}}`, { headers: json })
}

/**
 * The answers to websockify's JSONTokenApi: `GET /tokens/TOKEN` gives `{"host":"...","port":5900}`, with IPv6 bare, or
 * 404. Nobody logs a lookup: who guesses tokens must not fill the log.
 */
export function lookupApp(options: LookupAppOptions): Hono {
  const app = new Hono()
  const refused = (c: Context) => {
    c.header('allow', 'GET, HEAD')
    return c.body(`${JSON.stringify({ error: 'A token takes GET and HEAD only' })}\n`, 405, json)
  }
  app.all('*', (c) => {
    const asked = tokenIn(c.req.url)
    if (asked === null) return c.notFound()
    return c.req.method === 'GET' ? answerToken(options, asked, c.req.raw) : refused(c)
  })
  app.notFound((c) => c.body(noSuchToken, 404, json))
  app.onError((error, c) => {
    options.onError?.(error)
    return c.body(`${JSON.stringify({ error: 'An unexpected error; the log names it' })}\n`, 500, json)
  })
  return app
}
