import { binary } from './binary.ts'
import { freePort } from './ports.ts'
import { type Child, start } from './process.ts'
import { waitFor } from './wait.ts'

/** Where the daemon finds the platform, and what it keeps. */
export interface DaemonOptions {
  readonly api: { readonly apiUrl: string; readonly username: string; readonly password: string }
  /** Absolute path of the token file; null where the flags name other outputs, and there is none. */
  readonly file: string | null
  /** Absolute path for the file with the password, which is written here. */
  readonly passwordFile: string
  /** Flags of the log-in. @default those of the user's name and password, for which alone `passwordFile` is written */
  readonly login?: readonly string[]
  /** Port of the health answers, for a daemon that comes back. @default a free one */
  readonly healthPort?: number
  /** More flags. */
  readonly flags?: readonly string[]
  /** Variables of its environment. */
  readonly env?: Readonly<Record<string, string>>
  /** What to put before the command, such as a program that takes privileges from it and then becomes it. */
  readonly inside?: readonly string[]
}

/** What `/readyz` says. */
export interface Readiness {
  readonly status: number
  readonly degraded: readonly unknown[]
}

/** The built binary as `novnc-tokens run`. */
export interface Daemon extends AsyncDisposable {
  readonly child: Child
  /** Port of its health answers on 127.0.0.1. */
  readonly healthPort: number
  readiness(): Promise<Readiness>
  /** Waits until it is ready, and fails with what it wrote when that takes over 10 s. */
  ready(): Promise<void>
}

/** Starts the daemon from the built binary and waits until it answers health checks. */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const { api, file, passwordFile, healthPort = await freePort(), flags = [], env = {}, inside = [] } = options
  if (options.login === undefined) await Bun.write(passwordFile, api.password)
  const login = ['-a', api.apiUrl, ...(options.login ?? ['-u', api.username, '--pass-file', passwordFile])]
  const kept = file === null ? [] : ['-f', file]
  const listen = ['--listen', `127.0.0.1:${healthPort}`]
  const child = start([...inside, await binary(), 'run', ...login, ...kept, ...listen, ...flags], { env })
  const origin = `http://127.0.0.1:${healthPort}`
  try {
    await waitFor('the daemon to answer', async () => (await fetch(`${origin}/healthz`)).ok, {
      unless: () => child.ended() && `it ended: ${child.stderr()}`,
    })
  } catch (error) {
    await child.stop()
    throw error
  }
  const readiness = async (): Promise<Readiness> => {
    const answer = await fetch(`${origin}/readyz`)
    const body: unknown = await answer.json()
    const degraded = typeof body === 'object' && body !== null && 'degraded' in body ? body.degraded : null
    return { status: answer.status, degraded: Array.isArray(degraded) ? degraded : [] }
  }
  return {
    child,
    healthPort,
    readiness,
    async ready() {
      await waitFor('the daemon to be ready', async () => (await readiness()).status === 200).catch(
        (error: unknown) => {
          throw new Error(`${String(error)}\n${child.stderr()}`)
        },
      )
    },
    async [Symbol.asyncDispose]() {
      await child.stop()
    },
  }
}
