import { runMarker } from './leaks.ts'
import { waitFor } from './wait.ts'

/** How a child process ended. */
export interface Exit {
  /** Its exit code, or null when a signal ended it. */
  readonly code: number | null
  /** The signal that ended it, such as `SIGTERM`, or null. */
  readonly signal: string | null
}

/** A child process of a test; leaving its scope ends it, and nothing else. */
export interface Child extends AsyncDisposable {
  readonly pid: number
  /** Resolves when it has ended and its output is read. */
  readonly exited: Promise<Exit>
  /** How it ended, or null while it runs. */
  ended(): Exit | null
  /** What it wrote to stdout so far. */
  stdout(): string
  /** What it wrote to stderr so far. */
  stderr(): string
  /** The first whole line of stdout or stderr that matches, as soon as it is there; fails when the child ends first. */
  line(match: string | RegExp | ((line: string) => boolean), withinMs?: number): Promise<string>
  /** Sends a signal. */
  signal(name: NodeJS.Signals): void
  /** Ends it: TERM first, KILL when it is still there after `graceMs`. */
  stop(graceMs?: number): Promise<Exit>
}

/** Options of {@link start} and {@link run}. */
export interface ChildOptions {
  /** Working directory. @default that of the tests */
  readonly cwd?: string
  /** Variables beside PATH, HOME, LANG and TMPDIR; nothing else of the developer's environment reaches the child. */
  readonly env?: Readonly<Record<string, string>>
  /** Text for its stdin. @default an empty stdin */
  readonly stdin?: string
}

/** Starts a child process and collects its output. */
export function start(command: readonly string[], options: ChildOptions = {}): Child {
  const child = Bun.spawn([...command], {
    cwd: options.cwd ?? process.cwd(),
    env: environmentWith(options.env),
    stdin: options.stdin === undefined ? 'ignore' : new Blob([options.stdin]),
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const output = { stdout: '', stderr: '' }
  const read = Promise.all([
    collect(child.stdout, (text) => {
      output.stdout += text
    }),
    collect(child.stderr, (text) => {
      output.stderr += text
    }),
  ])
  let ended: Exit | null = null
  const exited = child.exited.then(async () => {
    // A grandchild that lives on may hold the pipes open for ever.
    await Promise.race([read, Bun.sleep(1000)])
    const { exitCode, signalCode } = child
    const exit = signalCode === null ? { code: exitCode, signal: null } : { code: null, signal: String(signalCode) }
    ended = exit
    return exit
  })
  const signal = (name: NodeJS.Signals): void => {
    if (child.exitCode === null && child.signalCode === null) child.kill(name)
  }
  const stop = async (graceMs = 5000): Promise<Exit> => {
    signal('SIGTERM')
    const timer = setTimeout(() => signal('SIGKILL'), graceMs)
    try {
      return await exited
    } finally {
      clearTimeout(timer)
    }
  }
  return {
    pid: child.pid,
    exited,
    ended: () => ended,
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    async line(match, withinMs = 10_000) {
      const fits = typeof match === 'function' ? match : matcher(match)
      try {
        return await waitFor(`a line of ${command[0]} that fits ${String(match)}`, () => find(output, fits), {
          withinMs,
          everyMs: 5,
          unless: () => ended && `it ended with ${ended.signal ?? ended.code}`,
        })
      } catch (error) {
        throw new Error(`${String(error)}\nstdout: ${output.stdout}\nstderr: ${output.stderr}`)
      }
    },
    signal,
    stop,
    async [Symbol.asyncDispose]() {
      await stop()
    },
  }
}

/** How a child process ended, and all that it wrote. */
export interface Finished extends Exit {
  readonly stdout: string
  readonly stderr: string
}

/**
 * Runs a child process to its end.
 *
 * @throws Error with its output when it is still running after `withinMs` (it is ended then)
 */
export async function run(
  command: readonly string[],
  options: ChildOptions & { readonly withinMs?: number } = {},
): Promise<Finished> {
  await using child = start(command, options)
  const { withinMs = 30_000 } = options
  const timeout = AbortSignal.timeout(withinMs)
  const late = new Promise<never>((_, reject) => {
    timeout.addEventListener('abort', () => {
      reject(new Error(`${command.join(' ')} still ran after ${withinMs} ms\n${child.stdout()}\n${child.stderr()}`))
    })
  })
  const exit = await Promise.race([child.exited, late])
  return { ...exit, stdout: child.stdout(), stderr: child.stderr() }
}

/** The variables of a child process: of ours only those that it needs, and `extra`. */
export function environmentWith(extra: Readonly<Record<string, string>> = {}): Record<string, string> {
  const kept: Record<string, string> = {}
  for (const name of ['PATH', 'HOME', 'LANG', 'TMPDIR', runMarker]) {
    const value = process.env[name]
    if (value !== undefined) kept[name] = value
  }
  return { ...kept, ...extra }
}

async function collect(stream: ReadableStream<Uint8Array>, take: (text: string) => void): Promise<void> {
  const decoder = new TextDecoder()
  for await (const chunk of stream) take(decoder.decode(chunk, { stream: true }))
}

function matcher(match: string | RegExp): (line: string) => boolean {
  return typeof match === 'string' ? (line) => line.includes(match) : (line) => match.test(line)
}

function find(output: { stdout: string; stderr: string }, fits: (line: string) => boolean): string | undefined {
  return [output.stdout, output.stderr].flatMap((text) => text.split('\n').slice(0, -1)).find(fits)
}
