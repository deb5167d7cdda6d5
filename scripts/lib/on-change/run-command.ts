import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { type Clock, messageOf } from '@novnc-tokens/api'
import { LineCutter } from './line-cutter.ts'

/** What {@link runCommand} takes. */
export interface RunCommandOptions {
  /** For `/bin/sh -c`. */
  command: string
  environment: Readonly<Record<string, string | undefined>>
  /** Told of each line of its output, the longest ones cut. */
  onLine: (line: string, stream: 'stdout' | 'stderr') => void
  /** How long it may take, in milliseconds. */
  limitMs: number
  /** Ends it before. */
  signal: AbortSignal
  clock: Clock
}

/** How a command ended. */
export interface CommandEnd {
  /** Null where it did what it should. */
  readonly failure: string | null
  /** How many lines were too many to be told. */
  readonly untoldLines: number
}

/** From TERM to KILL. */
const graceMs = 1000

type Child = ChildProcessByStdio<null, Readable, Readable>

/**
 * Runs a shell command in a process group of its own until it has ended and its output too: what it leaves running in the
 * background has to let go of that. At its limit, or by the signal, the whole group gets TERM, and a second later KILL.
 */
export async function runCommand(options: RunCommandOptions): Promise<CommandEnd> {
  const { command, environment, onLine, limitMs, signal, clock } = options
  const child = spawn('/bin/sh', ['-c', command], {
    // A group of its own: signals for the daemon are none for the command, and both are ended as a whole.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...environment },
  })
  const cutters = [
    cut(child.stdout, (line) => onLine(line, 'stdout')),
    cut(child.stderr, (line) => onLine(line, 'stderr')),
  ]
  const ended = endOf(child)
  const over = new AbortController()
  void ended.then(() => over.abort())
  const limit = await waitFor(clock, limitMs, over.signal, signal)
  if (limit !== 'over') {
    killGroup(child, 'SIGTERM')
    if ((await waitFor(clock, graceMs, over.signal)) !== 'over') {
      killGroup(child, 'SIGKILL')
      // A process that has left the group may hold the output open for ever.
      child.stdout.destroy()
      child.stderr.destroy()
    }
  }
  const failure = await ended
  for (const cutter of cutters) cutter.end()
  const untoldLines = cutters.reduce((sum, { untold }) => sum + untold, 0)
  if (limit === 'over') return { failure, untoldLines }
  const why = limit === 'limit' ? `it took longer than ${limitMs / 1000} s` : 'the daemon ends'
  return { failure: `it was ended: ${why}`, untoldLines }
}

function cut(stream: Readable, onLine: (line: string) => void): LineCutter {
  const cutter = new LineCutter(onLine)
  stream.on('data', (bytes: Uint8Array) => cutter.push(bytes))
  // Whatever becomes of its output, what counts is how the command ends.
  stream.on('error', () => {})
  return cutter
}

/** Why the command failed, once it and its output have ended; null where it did not. */
async function endOf(child: Child): Promise<string | null> {
  try {
    const [code, signal] = await once(child, 'close')
    if (code === 0) return null
    return signal === null ? `it ended with code ${code}${meaningOf(code)}` : `${signal} ended it`
  } catch (error) {
    return `it cannot be run: ${messageOf(error)}`
  }
}

/**
 * What the shell means by a code of its own
 * (https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_08_02).
 */
function meaningOf(code: unknown): string {
  if (code === 126) return ': the shell may not execute it (chmod +x?)'
  return code === 127 ? ': the shell does not find it' : ''
}

/** What comes first: that it is over, the limit, or the end of the daemon. */
async function waitFor(
  clock: Clock,
  ms: number,
  over: AbortSignal,
  ending?: AbortSignal,
): Promise<'over' | 'limit' | 'ending'> {
  const either = ending === undefined ? over : AbortSignal.any([over, ending])
  try {
    await clock.sleep(ms, either)
    return 'limit'
  } catch {
    return over.aborted ? 'over' : 'ending'
  }
}

function killGroup({ pid }: Child, signal: NodeJS.Signals): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, signal)
  } catch {
    // All of the group have ended by themselves.
  }
}
