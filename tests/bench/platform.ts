import { join } from 'node:path'
import { type Child, start } from '../support/process.ts'

/** What the mock keeps of a request. */
export interface SeenRequest {
  readonly kind: 'rest' | 'stream'
  /** Path and query. */
  readonly path: string
  readonly bytes: number
}

/** A mock platform in a process of its own. */
export interface Platform extends AsyncDisposable {
  readonly apiUrl: string
  readonly username: string
  readonly password: string
  readonly child: Child
  /** Does one of the actions that the mock lists under `/control/`, and gives what it answers. */
  control<T>(action: string, input?: object): Promise<T>
  /** The requests since the last `control('requests/clear')`. */
  requests(): Promise<readonly SeenRequest[]>
  /** How many lines a right token file has. */
  countTokens(): Promise<number>
}

/** How large a platform is, and the mock's flags beside. */
export interface PlatformOptions {
  readonly vms: number
  readonly enterprises: number
  readonly flags?: readonly string[]
}

const password = 'bench'
/** A hundred thousand VMs are written in some 5 s. */
const readyWithinMs = 120_000

/** Starts a mock platform; it ends with its scope, or with the signal. */
export async function startPlatform(options: PlatformOptions, signal: AbortSignal): Promise<Platform> {
  const { vms, enterprises, flags = [] } = options
  const program = join(import.meta.dir, '../mock-abiquo/main.ts')
  const sizes = ['--vms', String(vms), '--enterprises', String(enterprises), '--password', password]
  const child = start([process.execPath, program, ...sizes, ...flags])
  const stop = () => void child.stop()
  signal.addEventListener('abort', stop, { once: true })
  const end = async () => {
    signal.removeEventListener('abort', stop)
    await child.stop()
  }
  try {
    const line = await child.line('"apiUrl"', readyWithinMs)
    const { apiUrl, username, control: url } = JSON.parse(line) as { apiUrl: string; username: string; control: string }
    const send = async (action: string, input: object = {}): Promise<Response> => {
      const answer = await fetch(`${url}/${action}`, { method: 'POST', body: JSON.stringify(input), signal })
      if (!answer.ok) throw new Error(`The mock refuses "${action}": ${await answer.text()}`)
      return answer
    }
    return {
      apiUrl,
      username,
      password,
      child,
      control: async <T>(action: string, input?: object) => (await (await send(action, input)).json()) as T,
      requests: async () => (await (await send('requests')).json()) as SeenRequest[],
      countTokens: async () => countTexts((await send('tokenLines')).body ?? []),
      [Symbol.asyncDispose]: end,
    }
  } catch (error) {
    await end()
    throw error
  }
}

/** Counts the texts of a JSON array that have no quotes in them, without keeping them: our own memory must stay small. */
async function countTexts(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<number> {
  let quotes = 0
  for await (const chunk of chunks) {
    for (let at = chunk.indexOf(0x22); at >= 0; at = chunk.indexOf(0x22, at + 1)) quotes++
  }
  return quotes / 2
}
