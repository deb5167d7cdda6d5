#!/usr/bin/env bun
/** The daemon: keeps the token sources true, and answers health checks and lookups of tokens. */
import { Inventory, messageOf, systemClock } from '@novnc-tokens/api'
import { type EventWatch, watch as watchEvents } from '@novnc-tokens/stream'
import { Keeper, Lookup, type Output, Runner, Selection, type TakeNote, watchedEntities } from '@novnc-tokens/tokens'
import { parseCommandLine } from './lib/command-line/command-line.ts'
import { healthApp, serveHealth } from './lib/health/health.ts'
import { standingStill } from './lib/health/liveness.ts'
import { FreshnessLog, lookEveryMs } from './lib/log/freshness-log.ts'
import type { Logger } from './lib/log/log.ts'
import { logLogin } from './lib/log/log-login.ts'
import { noteLog } from './lib/log/notes.ts'
import { isOpenToOthers } from './lib/lookup/lookup-address.ts'
import { seedLookup } from './lib/lookup/seed-lookup.ts'
import { type LookupServer, serveLookup } from './lib/lookup/serve-lookup.ts'
import { lazyMetrics } from './lib/metrics/lazy-metrics.ts'
import { serviceManager } from './lib/notify/service-manager.ts'
import { statusLine } from './lib/notify/status-line.ts'
import { OnChange } from './lib/on-change.ts'
import { closeOutputs, groupId, lockedPaths, openOutputs } from './lib/outputs.ts'
import { connect, credentialsOf, listsAtOnce } from './lib/platform.ts'
import { lockOutputs } from './lib/process/daemon-lock.ts'
import { type ExitCode, exitCodes } from './lib/process/exit-codes.ts'
import { garbageCollector, leavesGarbage, memoryReturn } from './lib/process/garbage.ts'
import { main } from './lib/process/main.ts'
import { onSignals } from './lib/process/signals.ts'
import { runTask, type TaskContext } from './lib/process/task.ts'
import { programVersion } from './lib/process/version.ts'
import { watchFiles } from './lib/process/watch-files.ts'
import { changedForRestart } from './lib/settings/changed-settings.ts'
import { nameOfTarget } from './lib/settings/output-target.ts'
import type { RunSettings } from './lib/settings/settings.ts'

/** A write in progress may finish, but nobody waits longer than this for the end. */
const stopWithinMs = 1800
/** The rest is for outputs to close: others wait for the lease of a leader that goes, whatever still hangs. */
const closeWithinMs = 1300

/** The task `run`. */
export async function run({ settings, logger, secrets, reload }: TaskContext<'run'>): Promise<ExitCode> {
  const ending = new AbortController()
  using _locks = lockOutputs(lockedPaths(settings.outputs), { logger, onHeld: (failure) => ending.abort(failure) })
  const confidants = { secrets, logger }
  using connection = connect(settings, confidants, {
    patient: true,
    looksOut: true,
    onLogin: logLogin(logger, systemClock),
  })
  const metrics = lazyMetrics()
  const onChange = settings.onChange === null ? null : new OnChange({ command: settings.onChange, logger })
  const awaits = (token: string) => keeper.awaits(token)
  const lookup = settings.lookup === null ? null : new Lookup({ awaits, clock: systemClock })
  const written = openOutputs(settings, true)
  const outputs = lookup === null ? written : [...written, lookup.output]
  const log = noteLog(logger, systemClock)
  const giveBack = memoryReturn()
  const note: TakeNote = (each) => {
    metrics.observe(each)
    const ofLookup = 'output' in each && each.output === lookup?.output.name
    // Lookups have what the others have: no need to tell it twice.
    if (!ofLookup || written.length === 0) log.take(each)
    if (!ofLookup) onChange?.take(each)
    if (leavesGarbage(each)) giveBack()
  }
  const watch = watchOf(settings, connection)
  const share = settings.guard?.share ?? null
  const common = { clock: systemClock, random: Math.random, note }
  const keeper = new Keeper({
    inventory: new Inventory(connection),
    watch,
    outputs: outputs.map(
      (output) =>
        new Runner({
          output,
          guard: { share, confirmAfterMs: settings.resyncMs },
          onChangedByOthers: () => keeper.outputChanged(),
          ...common,
        }),
    ),
    selection: new Selection(settings.selection),
    resyncMs: settings.resyncMs,
    listConcurrency: listsAtOnce(connection, settings.format),
    readConcurrency: settings.concurrency,
    login: () => connection.login(),
    onPage: garbageCollector(settings.format),
    onReadsDone: () => lookup?.review(),
    onLoaded: () => service.ready(),
    ...common,
  })
  using _lookout = connection.onBack(() => keeper.platformBack())
  const status = () => ({
    ...keeper.status(),
    lookup: lookup?.status() ?? null,
    onChange: onChange?.status() ?? null,
  })
  using service = serviceManager({
    line: () => statusLine(keeper.status(), { wall: systemClock.wall(), now: systemClock.now() }),
    alive: () => standingStill(keeper.status(), systemClock.wall()) === null,
    clock: systemClock,
    logger,
  })
  const onError = (err: unknown) => logger.error({ err }, 'A health answer failed')
  const app = healthApp({ status, metrics: () => metrics.render(status()), onError })
  const server = settings.listen === null ? null : serveHealth({ ...settings.listen, app })
  const listNow = () => {
    log.listAsked()
    keeper.listNow()
  }
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
    if (list) listNow()
  }
  using _signals = onSignals({
    TERM: () => ending.abort(null),
    INT: () => ending.abort(null),
    HUP: () => service.reload(() => reloadNow('HUP', true)),
    USR1: () => {
      logger.info('Listing at once (USR1)')
      listNow()
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
  const lookups = lookup === null ? null : await startLookups(lookup, written, settings, logger)
  const places = { outputs: settings.outputs.map(nameOfTarget), listen: server?.address, lookup: lookups?.address }
  logger.info({ version: programVersion, api: settings.api, ...places }, 'Started')
  const freshness = new FreshnessLog(logger, systemClock)
  using _looking = every(lookEveryMs, () => freshness.look(keeper.status()))
  const keeping = keeper.run(ending.signal)
  await Promise.race([keeping, aborted(ending.signal)])
  service.stopping()
  logger.info('Stopping')
  connection[Symbol.dispose]()
  const closed = Promise.race([keeping, systemClock.sleep(closeWithinMs)]).then(() => closeOutputs(outputs))
  const stopped = Promise.all([keeping, closed, onChange?.stop(), server?.stop(), lookups?.stop()])
  await Promise.race([stopped, systemClock.sleep(stopWithinMs)])
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

/** Answers lookups, from the start with what the first output has. */
async function startLookups(
  lookup: Lookup,
  [first]: readonly Output[],
  { lookup: address, group }: RunSettings,
  logger: Logger,
): Promise<LookupServer | null> {
  if (address === null) return null
  if (first !== undefined) await seedLookup(lookup.output, first, systemClock)
  const onError = (err: unknown) => logger.error({ err }, 'A lookup failed')
  const server = await serveLookup({ lookup, address, gid: group === null ? null : groupId(group), onError })
  if (isOpenToOthers(address)) {
    logger.warn(`Lookups are open to other machines at ${server.address}: whoever asks there can try tokens out`)
  }
  return server
}

function every(ms: number, step: () => void): Disposable {
  const timer = setInterval(step, ms)
  return { [Symbol.dispose]: () => clearInterval(timer) }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

if (import.meta.main) {
  const program = { command: 'run', program: 'bun run scripts/run.ts' } as const
  await main((report) => runTask(parseCommandLine(process.argv.slice(2), program), { run }, report))
}
