#!/usr/bin/env bun
/** Prints the events of the platform: those that were missed, and new ones as they happen. */
import { isatty } from 'node:tty'
import { messageOf, systemClock } from '@novnc-tokens/api'
import { watch } from '@novnc-tokens/stream'
import { parseCommandLine } from './lib/command-line/command-line.ts'
import { eventJson } from './lib/events/event-json.ts'
import { eventLine } from './lib/events/event-line.ts'
import { printEvents } from './lib/events/print-events.ts'
import { allowsColours } from './lib/events/terminal.ts'
import { watchLog } from './lib/events/watch-log.ts'
import { connect, credentialsOf } from './lib/platform.ts'
import { type ExitCode, exitCodes } from './lib/process/exit-codes.ts'
import { main } from './lib/process/main.ts'
import { onSignals } from './lib/process/signals.ts'
import { writeAside, writeStdout } from './lib/process/standard-streams.ts'
import { runTask, type TaskContext } from './lib/process/task.ts'
import { watchFiles } from './lib/process/watch-files.ts'

/** The task `events`. */
export async function events({ settings, logger, secrets, reload }: TaskContext<'events'>): Promise<ExitCode> {
  const confidants = { secrets, logger }
  using connection = connect(settings, confidants, { looksOut: settings.follow })
  const { filters, follow, idleTimeoutMs, pollIntervalMs, since, streamUrl } = settings
  const watching = watch({
    connection,
    url: streamUrl,
    mode: settings.watch,
    filters,
    follow,
    order: 'time',
    idleTimeoutMs,
    pollIntervalMs,
    ...(since === null ? {} : { since }),
  })
  const renew = () => {
    try {
      const next = reload()
      connection.renew(credentialsOf(next, confidants))
      files.follow(next.secretFiles)
      watching.retryNow()
    } catch (error) {
      logger.error(`The settings cannot be used, so the earlier ones stay: ${messageOf(error)}`)
    }
  }
  const stopping = new AbortController()
  const stop = () => stopping.abort()
  using _signals = onSignals({ INT: stop, TERM: stop })
  using files = watchFiles(settings.secretFiles, renew)
  const style = { colours: allowsColours(process.env) }
  const complete = await printEvents({
    watching,
    render: isatty(1) ? (event) => eventLine(event, style) : eventJson,
    write: (text) => writeStdout(text, writeAside),
    tell: watchLog({ logger, clock: systemClock, status: () => watching.status() }),
    follow,
    stop: stopping.signal,
    clock: systemClock,
  })
  return complete || follow ? exitCodes.done : exitCodes.api
}

if (import.meta.main) {
  const program = { command: 'events', program: 'bun run scripts/events.ts' } as const
  await main((report) => runTask(parseCommandLine(process.argv.slice(2), program), { events }, report))
}
