import { dirname } from 'node:path'
import { program } from './packages.ts'
import { freePort } from './ports.ts'
import { type Child, start } from './process.ts'

/** Options of {@link startWebsockify}. */
export interface WebsockifyOptions {
  /** Absolute path or address that the token plugin reads. */
  readonly tokenSource: string
  /** Name of websockify's token plugin. @default TokenFile */
  readonly tokenPlugin?: string
  /** Port to listen on, for a websockify that comes back. @default a free one */
  readonly port?: number
}

/** A real websockify on 127.0.0.1, which also serves noVNC's pages. */
export interface Websockify extends AsyncDisposable {
  readonly port: number
  readonly child: Child
  /** Address of the noVNC page that opens the console of a token at once. */
  page(token: string): string
}

/** Starts Debian's websockify and waits until it listens. */
export async function startWebsockify(options: WebsockifyOptions): Promise<Websockify> {
  const { tokenSource, tokenPlugin = 'TokenFile', port = await freePort() } = options
  const child = start([
    program('websockify'),
    '--web',
    dirname(program('novnc')),
    `127.0.0.1:${port}`,
    '--token-plugin',
    tokenPlugin,
    '--token-source',
    tokenSource,
  ])
  try {
    await child.line('proxying from')
  } catch (error) {
    await child.stop()
    throw error
  }
  return {
    port,
    child,
    page: (token) =>
      `http://127.0.0.1:${port}/vnc.html?autoconnect=true&path=${encodeURIComponent(`websockify?token=${token}`)}`,
    async [Symbol.asyncDispose]() {
      await child.stop()
    },
  }
}
