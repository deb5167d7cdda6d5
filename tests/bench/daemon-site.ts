import { setTimeout as sleep } from 'node:timers/promises'
import { type Daemon, startDaemon } from '../support/daemon.ts'
import { waitFor } from '../support/wait.ts'
import type { BenchContext } from './bench.ts'
import { type Platform, type PlatformOptions, startPlatform } from './platform.ts'

/** A platform and the daemon on it, its first list done. */
export interface DaemonSite extends AsyncDisposable {
  readonly platform: Platform
  readonly daemon: Daemon
  /** Path of the token file. */
  readonly file: string
  /** Name of the token file in the bench's folder. */
  readonly name: string
  /** Milliseconds of the list that the daemon began with. */
  readonly firstListMs: number
}

/** What `/status` says that is used here. */
interface Status {
  readonly list: { readonly complete: number; readonly running: boolean; readonly durationSeconds: number }
  readonly reads: { readonly owed: number }
  readonly outputs: readonly { readonly pending: number }[]
}

const name = 'daemon.vnc'
const settledWithinMs = 60_000

/** Starts a platform and the daemon, and waits until its file is right and it has nothing left to do. */
export async function startDaemonSite(context: BenchContext, options: PlatformOptions): Promise<DaemonSite> {
  const { folder, say, signal } = context
  say(`a platform of ${options.vms} VMs, and the daemon on it`)
  await using stack = new AsyncDisposableStack()
  const platform = stack.use(await startPlatform(options, signal))
  const file = folder.file(name)
  // No periodic list comes in between.
  const flags = ['--log-level', 'warn', '--resync', '24h']
  const daemon = stack.use(await startDaemon({ api: platform, file, passwordFile: folder.file('password'), flags }))
  const stop = () => void daemon.child.stop()
  signal.addEventListener('abort', stop, { once: true })
  stack.defer(() => signal.removeEventListener('abort', stop))
  const status = await waitFor('the first list', () => settled(daemon, platform), {
    withinMs: settledWithinMs,
    everyMs: 50,
    unless: () => daemon.child.ended() && `the daemon ended: ${daemon.child.stderr()}`,
  })
  const owned = stack.move()
  return {
    platform,
    daemon,
    file,
    name,
    firstListMs: status.list.durationSeconds * 1000,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

/** Its status, once it has listed and watches and has nothing left to write or read; null before. */
export async function settled(daemon: Daemon, platform: Platform): Promise<Status | null> {
  const answer = await fetch(`http://127.0.0.1:${daemon.healthPort}/status`)
  const status = (await answer.json()) as Status
  const { list, reads, outputs } = status
  const { streamsOpen } = await platform.control<{ streamsOpen: number }>('stats')
  const busy = list.running || reads.owed > 0 || outputs.some(({ pending }) => pending > 0)
  return list.complete > 0 && streamsOpen === 1 && !busy ? status : null
}

/** Waits, unless the signal ends it. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal })
}
