import { SseClient } from '../sse/sse-client.ts'
import type { SseUpdate } from '../sse/sse-update.ts'

/** How a harness wants a stream to be read. */
interface StreamParams {
  readonly streamUrl: string
  readonly callbackUrl: string
  readonly initialDelayMs?: number | null
  readonly readTimeoutMs?: number | null
  readonly lastEventId?: string | null
  readonly headers?: Readonly<Record<string, string>> | null
  readonly method?: string | null
  readonly body?: string | null
}

/** What the client can do beyond the standard, in the words of the harness. */
export const capabilities: readonly string[] = [
  ...['204', 'bom', 'comments', 'headers', 'last-event-id', 'payload-size-stress-testable'],
  ...['post', 'read-timeout', 'report', 'restart'],
]

/** A service that runs clients for a harness, which speaks to it and is told by callbacks what they saw. */
export interface ContractService extends AsyncDisposable {
  readonly url: string
}

/**
 * Serves {@link SseClient} to a language-neutral suite of contract tests: `POST /` starts a client, whose updates go to
 * `callbackUrl/1`, `callbackUrl/2` and so on; `POST /streams/N` sends it a command, `DELETE` ends it.
 */
export function serveContract(): ContractService {
  const clients = new Map<string, SseClient>()
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    idleTimeout: 0,
    development: false,
    routes: {
      '/': {
        GET: () => Response.json({ name: '@novnc-tokens/stream', capabilities }),
        POST: async (request) => {
          const params = (await request.json()) as StreamParams
          const path = `/streams/${clients.size + 1}`
          const client = clientOf(params)
          clients.set(path, client)
          void report(client, params.callbackUrl)
          return new Response(null, { status: 201, headers: { location: path } })
        },
      },
      '/streams/:id': {
        POST: async (request) => {
          const client = clients.get(new URL(request.url).pathname)
          const { command } = (await request.json()) as { command: string }
          if (client === undefined || command !== 'restart') return new Response(null, { status: client ? 400 : 404 })
          client.restart()
          return new Response(null, { status: 202 })
        },
        DELETE: async (request) => {
          const client = clients.get(new URL(request.url).pathname)
          await client?.close()
          return new Response(null, { status: client ? 204 : 404 })
        },
      },
    },
  })
  return {
    url: `http://127.0.0.1:${server.port}`,
    async [Symbol.asyncDispose]() {
      for (const client of clients.values()) await client.close()
      await server.stop(true)
    },
  }
}

function clientOf(params: StreamParams): SseClient {
  const { streamUrl, initialDelayMs, readTimeoutMs, lastEventId, headers, method, body } = params
  return new SseClient(streamUrl, {
    comments: true,
    ...(typeof initialDelayMs === 'number' ? { initialDelayMs } : {}),
    ...(typeof readTimeoutMs === 'number' ? { readTimeoutMs } : {}),
    ...(lastEventId ? { lastEventId } : {}),
    ...(headers ? { headers } : {}),
    ...(method ? { method } : {}),
    ...(body ? { body } : {}),
  })
}

async function report(client: SseClient, callbackUrl: string): Promise<void> {
  let count = 0
  for await (const update of client) {
    const callback = callbackOf(update)
    if (callback === null) continue
    const request = { method: 'POST', body: JSON.stringify(callback) }
    // A harness that is done with a stream hears no more of it.
    await fetch(`${callbackUrl}/${++count}`, request).catch(() => undefined)
  }
}

function callbackOf(update: SseUpdate): object | null {
  if (update.kind === 'message') return { kind: 'event', event: update.message }
  if (update.kind === 'comment') return { kind: 'comment', comment: update.text }
  return update.kind === 'error' ? { kind: 'error', comment: update.error.message } : null
}
