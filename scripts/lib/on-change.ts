import { type Clock, messageOf, systemClock } from '@novnc-tokens/api'
import type { Note } from '@novnc-tokens/tokens'
import type { Logger } from './log/log.ts'
import { notifyVariables } from './notify/notify-settings.ts'
import { runCommand } from './on-change/run-command.ts'

/** Settings of an {@link OnChange}. */
export interface OnChangeOptions {
  /** For `/bin/sh -c`. */
  command: string
  logger: Pick<Logger, 'debug' | 'info' | 'warn'>
  /** @default the machine's own clock */
  clock?: Clock
  /** The variables of this process. @default process.env */
  environment?: Readonly<Record<string, string | undefined>>
}

/** How the command of changes stands. */
export interface OnChangeStatus {
  readonly running: boolean
  /** Runs since the start that have ended, and those of them that failed. */
  readonly runs: number
  readonly failures: number
}

/** What was changed in an output since the command last ran for it. */
interface Changed {
  readonly added: number
  readonly removed: number
  readonly tokens: number
}

const limitMs = 30_000
/** A daemon ends within 2 s: a command that runs then has this long to end by itself before it is ended. */
const patienceMs = 500

/** Settings of ours may hold secrets: those of the API always, and those of outputs in their URLs. */
const ownVariable = /^(ABIQUO|NOVNC_TOKENS)_/
/** The service manager listens to the daemon alone: a command that is told of it might speak for the daemon. */
const ownChannel: ReadonlySet<string> = new Set(notifyVariables)

/**
 * Runs a command after outputs have changed, never two at once: what changes meanwhile is summed up for the next run, one
 * for each output. Whatever becomes of it is logged and counted, and never ends anything else.
 *
 * It is told what changed by `NOVNC_TOKENS_OUTPUT` (the output), `NOVNC_TOKENS_ADDED`, `NOVNC_TOKENS_REMOVED` and
 * `NOVNC_TOKENS_TOTAL` (how many tokens it has now).
 */
export class OnChange {
  readonly #options: Required<OnChangeOptions>
  readonly #pending = new Map<string, Changed>()
  readonly #ending = new AbortController()
  #running: Promise<void> | null = null
  #stopped = false
  #runs = 0
  #failures = 0

  constructor(options: OnChangeOptions) {
    this.#options = { clock: systemClock, environment: process.env, ...options }
  }

  /** Takes a note; those of written outputs are what it is about. */
  take(note: Note): void {
    // Written anew with the same lines, as after somebody else's change: what it was told of last is right again.
    if (note.kind !== 'written' || this.#stopped || note.added + note.removed === 0) return
    const { output, added, removed, tokens } = note
    const before = this.#pending.get(output)
    this.#pending.set(output, {
      added: added + (before?.added ?? 0),
      removed: removed + (before?.removed ?? 0),
      tokens,
    })
    this.#running ??= this.#run()
  }

  status(): OnChangeStatus {
    return { running: this.#running !== null, runs: this.#runs, failures: this.#failures }
  }

  /** Begins nothing any more, and resolves once nothing runs: within 2 s, as what runs by then is ended. */
  async stop(): Promise<void> {
    this.#stopped = true
    if (this.#pending.size > 0) this.#options.logger.info('The change command is not run for the last changes')
    this.#pending.clear()
    if (this.#running === null) return
    const over = new AbortController()
    const running = this.#running.finally(() => over.abort())
    await this.#options.clock.sleep(patienceMs, over.signal).catch(() => undefined)
    this.#ending.abort()
    await running
  }

  async #run(): Promise<void> {
    for (const [output, changed] of this.#pending) {
      this.#pending.delete(output)
      await this.#runFor(output, changed)
    }
    this.#running = null
  }

  async #runFor(output: string, { added, removed, tokens }: Changed): Promise<void> {
    const { clock, command, environment, logger } = this.#options
    logger.debug({ output, added, removed, tokens }, 'Running the change command')
    const began = clock.now()
    const { failure, untoldLines } = await runCommand({
      command,
      environment: {
        ...foreign(environment),
        NOVNC_TOKENS_OUTPUT: output,
        NOVNC_TOKENS_ADDED: String(added),
        NOVNC_TOKENS_REMOVED: String(removed),
        NOVNC_TOKENS_TOTAL: String(tokens),
      },
      onLine: (line, stream) => logger.info({ stream, line }, 'The change command says'),
      limitMs,
      signal: this.#ending.signal,
      clock,
    }).catch((error: unknown) => ({ failure: `it cannot be run: ${messageOf(error)}`, untoldLines: 0 }))
    const ms = Math.round(clock.now() - began)
    this.#runs++
    if (untoldLines > 0) logger.info({ lines: untoldLines }, 'The change command says more than is logged')
    if (failure === null) return logger.debug({ output, ms }, 'The change command has ended')
    this.#failures++
    logger.warn({ output, why: failure, ms }, 'The change command failed')
  }
}

/** The variables that are neither settings of ours nor meant for this process alone. */
function foreign(environment: OnChangeOptions['environment']): Record<string, string | undefined> {
  const isForeign = (name: string) => !ownVariable.test(name) && !ownChannel.has(name)
  return Object.fromEntries(Object.entries(environment ?? {}).filter(([name]) => isForeign(name)))
}
