#!/usr/bin/env bun
/** One list of the platform, one write of each output. */
import { Inventory, systemClock } from '@novnc-tokens/api'
import {
  Coverage,
  type LeftOutCounts,
  type Note,
  Selection,
  Sightings,
  SortedLines,
  Survey,
  type SurveyResult,
  Tally,
  Ticks,
  type Want,
} from '@novnc-tokens/tokens'
import { apiFailure } from './lib/api-failure.ts'
import { parseCommandLine } from './lib/command-line/command-line.ts'
import type { Logger } from './lib/log/log.ts'
import { noneInDatacenter } from './lib/log/none-in-datacenter.ts'
import { closeOutputs, openOutputs } from './lib/outputs.ts'
import { connect, listsAtOnce } from './lib/platform.ts'
import { type ExitCode, exitCodes } from './lib/process/exit-codes.ts'
import { garbageCollector } from './lib/process/garbage.ts'
import { main } from './lib/process/main.ts'
import { writeStdout } from './lib/process/standard-streams.ts'
import { runTask, type TaskContext } from './lib/process/task.ts'
import { type Listed, rebuild } from './lib/regen/rebuild.ts'

/** What one run found out. */
interface Found extends Listed {
  readonly result: SurveyResult
  readonly leftOut: LeftOutCounts
}

/** The task `regen`. */
export async function regen(context: TaskContext<'regen'>): Promise<ExitCode> {
  const { settings, logger } = context
  const telling = { logger, print: writeStdout }
  const outputs = openOutputs(settings, false)
  const found = await survey(context)
  Bun.gc(true)
  const codes: ExitCode[] = []
  try {
    let second: Promise<Found> | null = null
    const again = () => (second ??= survey(context))
    for (const output of outputs) codes.push(await rebuild(output, found, settings, telling, again))
  } finally {
    await closeOutputs(outputs)
  }
  if (settings.stdout && found.proven) await writeStdout(linesOf(found.want).render())
  tellLeftOut(found, logger)
  if (!found.result.complete || !found.proven) {
    logger.error(`The list is not complete, so nothing was removed: ${whyNot(found)}`)
    codes.push(exitCodes.api)
  }
  return [exitCodes.output, exitCodes.api, exitCodes.held].find((code) => codes.includes(code)) ?? exitCodes.done
}

async function survey({ settings, logger, secrets }: TaskContext<'regen'>): Promise<Found> {
  using connection = connect(settings, { secrets, logger })
  const began = Date.now()
  const want = new Tally()
  const coverage = new Coverage()
  const note = (each: Note) => logNote(each, logger)
  const surveying = new Survey({
    inventory: new Inventory(connection),
    book: want,
    addressesOnly: true,
    coverage,
    sightings: new Sightings(note, new Selection(settings.selection)),
    ticks: new Ticks(),
    concurrency: listsAtOnce(connection, settings.format),
    clock: systemClock,
    random: Math.random,
    announced: () => false,
    note,
    onChanges: () => {},
    onPage: garbageCollector(settings.format),
  })
  const result = await surveying.all(new AbortController().signal)
  if (result.enterprises === 0 && result.error !== null) throw apiFailure(result.error, 'Cannot list enterprises')
  const proven = result.complete && coverage.excused().length === 0
  return { want, result, began, proven, leftOut: surveying.lists.leftOut() }
}

/** What is left out on purpose is no news; what cannot be told apart may be missing. */
function tellLeftOut({ want, leftOut }: Found, logger: Logger): void {
  const none = noneInDatacenter(want.tokens, leftOut)
  if (none !== null) logger.warn(none)
  for (const what of ['datacenter', 'enterprise'] as const) {
    const vms = leftOut[`no-${what}`]
    if (vms > 0) logger.warn({ vms }, `Virtual machines are left out, as the platform does not tell their ${what}`)
  }
}

function linesOf(want: Want): SortedLines {
  const lines = new SortedLines()
  lines.change(new Map(want.lines()), new Set())
  return lines
}

function whyNot({ result }: Found): string {
  return result.why ?? 'an enterprise refuses this user, so its tokens cannot be told from others'
}

function logNote(note: Note, logger: Logger): void {
  if (note.kind === 'address-refused') logger.warn(`${note.vm}: ${note.why}; it gets no token`)
  if (note.kind === 'enterprise-refused') logger.warn(`Enterprise ${note.enterprise} refuses this user: ${note.why}`)
  if (note.kind === 'enterprise-unknown') logger.warn(`The platform has no enterprise ${note.enterprise}`)
}

if (import.meta.main) {
  const program = { command: 'regen', program: 'bun run scripts/regen.ts' } as const
  await main((report) => runTask(parseCommandLine(process.argv.slice(2), program), { regen }, report))
}
