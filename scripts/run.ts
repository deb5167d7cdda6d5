#!/usr/bin/env bun
/** The daemon: keeps the token sources true, and answers health checks. */
import { Inventory, messageOf, systemClock } from '@novnc-tokens/api'
import { type EventWatch, watch as watchEvents } from '@novnc-tokens/stream'
import { Keeper, Runner, type TakeNote, watchedEntities } from '@novnc-tokens/tokens'
import { parseCommandLine } from './lib/command-line/command-line.ts'
import { healthApp, serveHealth } from './lib/health/health.ts'
import { logLogin } from './lib/log/log-login.ts'
import { logNote } from './lib/log/notes.ts'
import { lazyMetrics } from './lib/metrics/lazy-metrics.ts'
import { openOutputs } from './lib/outputs.ts'
import { connect, credentialsOf, listsAtOnce } from './lib/platform.ts'
import { lockOutputs } from './lib/process/daemon-lock.ts'
import { type ExitCode, exitCodes } from './lib/process/exit-codes.ts'
import { garbageCollector, giveBack } from './lib/process/garbage.ts'
import { main } from './lib/process/main.ts'
import { onSignals } from './lib/process/signals.ts'
import { runTask, type TaskContext } from './lib/process/task.ts'
import { programVersion } from './lib/process/version.ts'
import { watchFiles } from './lib/process/watch-files.ts'
import type { RunSettings } from './lib/settings/settings.ts'

/** A write in progress may finish, but nobody waits longer than this for the end. */
const stopWithinMs = 1800

/** The task `run`. */
export async function run({ settings, logger, secrets, reload }: TaskContext<'run'>): Promise<ExitCode> {
  const ending = new AbortController()
  const files = settings.outputs.map(({ path }) => path)
  using _locks = lockOutputs(files, { logger, onHeld: (failure) => ending.abort(failure) })
  const confidants = { secrets, logger }
  using connection = connect(settings, confidants, { patient: true, onLogin: logLogin(logger, systemClock) })
  const metrics = lazyMetrics()
  const log = logNote(logger, systemClock)
  const note: TakeNote = (each) => {
    metrics.observe(each)
    log(each)
    if (each.kind === 'listed' || each.kind === 'list-incomplete') void giveBack()
  }
  const watch = watchOf(settings, connection)
  const share = settings.guard?.share ?? null
  const common = { clock: systemClock, random: Math.random, note }
  const outputs = openOutputs(settings, true).map(
    (output) =>
      new Runner({
        output,
        guard: { share, confirmAfterMs: settings.resyncMs },
        onChangedByOthers: () => keeper.outputChanged(),
        ...common,
      }),
  )
  const keeper = new Keeper({
    inventory: new Inventory(connection),
    watch,
    outputs,
    resyncMs: settings.resyncMs,
    listConcurrency: listsAtOnce(connection, settings.format),
    readConcurrency: settings.concurrency,
    login: () => connection.login(),
    onPage: garbageCollector(settings.format),
    ...common,
  })
  const onError = (err: unknown) => logger.error({ err }, 'A health answer failed')
  const app = healthApp({ status: () => keeper.status(), metrics: () => metrics.render(keeper.status()), onError })
  const server = settings.listen === null ? null : serveHealth({ ...settings.listen, app })
  const reloadNow = (why: string, list: boolean) => {
    logger.info(`Reading secrets, certificates and settings again${list ? ', and listing' : ''} (${why})`)
    watched.read()
    try {
      const next = reload()
      logger.level = next.logLevel
      connection.renew(credentialsOf(next, confidants))
      watched.follow(next.secretFiles)
      for (const name of changedForRestart(settings, next)) logger.warn(`${name} changed: a restart applies it`)
    } catch (error) {
      logger.error(`The settings cannot be used, so the earlier ones stay: ${messageOf(error)}`)
    }
    watch?.retryNow()
    if (list) keeper.listNow()
  }
  using _signals = onSignals({
    TERM: () => ending.abort(null),
    INT: () => ending.abort(null),
    HUP: () => reloadNow('HUP', true),
    USR1: () => {
      logger.info('Listing at once (USR1)')
      keeper.listNow()
    },
    USR2: () => {
      const held = keeper.status().outputs.reduce((sum, output) => sum + output.held, 0)
      logger.info({ held }, held === 0 ? 'No removals are held (USR2)' : 'Letting go of what is held (USR2)')
      keeper.release()
    },
  })
  // A bearer token is renewed every few minutes, which is no reason to list, unless nothing could be listed before.
  const onFiles = () => reloadNow('a file changed', connection.login().state !== 'accepted')
  using watched = watchFiles(settings.secretFiles, onFiles)
  logger.info({ version: programVersion, api: settings.api, outputs: files, listen: server?.address }, 'Started')
  const keeping = keeper.run(ending.signal)
  await Promise.race([keeping, aborted(ending.signal)])
  logger.info('Stopping')
  connection[Symbol.dispose]()
  await Promise.race([Promise.all([keeping, server?.stop()]), systemClock.sleep(stopWithinMs)])
  if (ending.signal.reason !== null) throw ending.signal.reason
  return exitCodes.done
}

function watchOf(settings: RunSettings, connection: ReturnType<typeof connect>): EventWatch | null {
  if (settings.watch === 'none') return null
  return watchEvents({
    connection,
    url: settings.streamUrl,
    mode: settings.watch,
    filters: { entity: watchedEntities },
    // A trigger is not better for coming in order.
    order: 'arrival',
    idleTimeoutMs: settings.idleTimeoutMs,
    pollIntervalMs: settings.pollIntervalMs,
  })
}

/** Flags of the settings, where they have another name. */
const flagNames: Readonly<Record<string, string>> = {
  api: '--api',
  apiLocation: '--api-location',
  streamUrl: '--stream-url',
  format: '--api-format',
  timeoutMs: '--timeout',
  concurrency: '--concurrency',
  watch: '--watch',
  pollIntervalMs: '--poll-interval',
  resyncMs: '--resync',
  idleTimeoutMs: '--idle-timeout',
  guard: '--guard',
  outputs: '--file or --output',
  mode: '--mode',
  group: '--group',
  listen: '--listen',
  logFormat: '--log-format',
}

/** Settings that a reload found changed, but that only a restart applies. */
function changedForRestart(before: RunSettings, after: RunSettings): string[] {
  const applied = new Set(['login', 'tls', 'notes', 'secretFiles', 'logLevel'])
  return Object.entries(after)
    .filter(([name, value]) => !applied.has(name) && !Bun.deepEquals(value, Reflect.get(before, name)))
    .map(([name]) => flagNames[name] ?? name)
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}

if (import.meta.main) {
  const program = { command: 'run', program: 'bun run scripts/run.ts' } as const
  await main((report) => runTask(parseCommandLine(process.argv.slice(2), program), { run }, report))
}
