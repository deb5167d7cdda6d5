import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ConsoleVm, createConsoleVm } from '../../bench/console-vm.ts'
import { type Platform, startPlatform } from '../../bench/platform.ts'
import { residentMbOf } from '../../bench/process-figures.ts'
import { type Daemon, type DaemonOptions, startDaemon } from '../../support/daemon.ts'
import { type Child, start } from '../../support/process.ts'
import { type TempFolder, tempFolder } from '../../support/temp.ts'
import { waitFor } from '../../support/wait.ts'
import type { SoakContext } from '../soak.ts'
import type { Sample, Timed } from './samples.ts'

/** What readers of the file saw until now. */
export interface Read {
  readonly reads: number
  readonly versions: number
  readonly torn: number
  readonly first: string
}

/** What the daemon tells of itself. */
export interface Told {
  readonly list: { readonly complete: number; readonly incomplete: number; readonly durationSeconds: number }
  readonly watch: { readonly connects: number }
  readonly outputs: readonly { readonly writes: number; readonly held: number }[]
}

interface Parts {
  readonly platform: Platform
  readonly folder: TempFolder
  readonly vm: ConsoleVm
  readonly options: DaemonOptions & { readonly file: string }
  readonly daemon: Daemon
  readonly signal: AbortSignal
}

const readyWithinMs = 60_000
const sampleEveryMs = 2000

/** A platform in a process of its own, the daemon on it, readers of its file, and what was seen of them. */
export class Site implements AsyncDisposable {
  readonly platform: Platform
  readonly folder: TempFolder
  /** A VM that nothing else changes. */
  readonly vm: ConsoleVm
  readonly samples: Sample[] = []
  readonly latencies: Timed[] = []
  /** What is done now, for the samples. */
  step = 'start'
  /** Error lines and worse of all daemons. */
  readonly complaints: string[] = []
  readonly began = performance.now()
  readonly #options: DaemonOptions & { readonly file: string }
  readonly #readers: Child
  readonly #signal: AbortSignal
  #daemon: Daemon
  #timer: ReturnType<typeof setInterval>

  private constructor({ platform, folder, vm, options, daemon, signal }: Parts) {
    this.platform = platform
    this.folder = folder
    this.vm = vm
    this.#options = options
    this.#daemon = daemon
    this.#signal = signal
    this.#readers = start([process.execPath, 'tests/support/readers.ts', options.file, '1', '1000', '20'])
    this.#timer = setInterval(() => void this.#sample().catch(() => undefined), sampleEveryMs)
  }

  /** Starts all, and waits for the first right file. */
  static async start(vms: number, { signal, say }: SoakContext, flags: readonly string[] = []): Promise<Site> {
    say(`a platform of ${vms} VMs, and the daemon on it`)
    await using stack = new AsyncDisposableStack()
    const folder = stack.use(tempFolder())
    const platform = stack.use(await startPlatform({ vms, enterprises: 10, flags }, signal))
    const options = {
      api: platform,
      file: folder.file('config.vnc'),
      passwordFile: folder.file('password'),
      flags: ['--resync', '1m'],
    }
    const daemon = stack.use(await startDaemon(options))
    await waitFor('the first file', async () => (await readFile(options.file, 'utf8')).length > 0, {
      withinMs: readyWithinMs,
      unless: () => daemon.child.ended() && daemon.child.stderr(),
    })
    const vm = await createConsoleVm(platform)
    const site = new Site({ platform, folder, vm, options, daemon, signal })
    await site.right(readyWithinMs)
    stack.move()
    return site
  }

  get daemon(): Daemon {
    return this.#daemon
  }

  /** Name of the file in the folder. */
  readonly name = 'config.vnc'

  get atMs(): number {
    return performance.now() - this.began
  }

  /** What the daemon tells of itself. */
  async told(): Promise<Told> {
    return (await (await fetch(`http://127.0.0.1:${this.#daemon.healthPort}/status`)).json()) as Told
  }

  /** Waits, unless the signal ends it. */
  async pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#signal })
  }

  /** Waits until the file is just what the platform has, which nothing changes meanwhile; gives how long that took. */
  async right(withinMs: number): Promise<number> {
    const wanted = await this.platform.control<string[]>('tokenLines')
    const text = wanted.map((line) => `${line}\n`).join('')
    const began = performance.now()
    await waitFor('the right file', async () => (await readFile(this.#options.file, 'utf8')) === text, {
      withinMs,
      unless: () => (this.#signal.aborted ? 'it was ended' : null),
    })
    return performance.now() - began
  }

  /** Ends the daemon by a signal and starts another one. */
  async restart(by: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    this.#hear()
    if (by === 'SIGKILL') this.#daemon.child.signal(by)
    await this.#daemon.child.stop()
    this.#daemon = await startDaemon(this.#options)
  }

  /** The end of the daemon's log, without what it tells all the time. */
  lastLines(count: number): string {
    const lines = this.#daemon.child.stderr().split('\n')
    return lines
      .filter((line) => !/ Wrote the output | \(HUP\)/.test(line))
      .slice(-count)
      .join('\n')
  }

  /** Ends the readers, and gives what they saw. */
  async read(): Promise<Read> {
    await this.#readers.stop()
    return JSON.parse(await this.#readers.line('torn')) as Read
  }

  /** Ends the daemon, and gives what is left beside its file. */
  async end(): Promise<readonly string[]> {
    clearInterval(this.#timer)
    this.#hear()
    await this.#daemon.child.stop()
    return (await readdir(this.folder.path)).filter(
      (name) => !['.config.vnc.lock', this.name, 'password'].includes(name),
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer)
    await Promise.all([this.#readers.stop(), this.#daemon.child.stop()])
    await this.platform[Symbol.asyncDispose]()
    await this.folder[Symbol.asyncDispose]()
  }

  #hear(): void {
    const log = this.#daemon.child.stderr()
    this.complaints.push(...(log.match(/^.* (error|fatal) .*$|^.*This must not happen.*$|^.*Error: .*$/gm) ?? []))
  }

  async #sample(): Promise<void> {
    const { atMs, step } = this
    const { pid } = this.#daemon.child
    const descriptors = (await readdir(`/proc/${pid}/fd`)).length
    this.samples.push({ atMs, step, pid, residentMb: await residentMbOf(pid), descriptors })
  }
}
