#!/usr/bin/env bun
/** One list of the platform, one atomic write. */
import { Inventory, messageOf, systemClock } from '@novnc-tokens/api'
import {
  Coverage,
  Guard,
  type Loaded,
  type Note,
  type Output,
  OutputError,
  type Plan,
  plan,
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
import { readHeld, writeHeld } from './lib/held-file.ts'
import type { Logger } from './lib/log/log.ts'
import { openOutputs } from './lib/outputs.ts'
import { connect, listsAtOnce } from './lib/platform.ts'
import { type ExitCode, exitCodes } from './lib/process/exit-codes.ts'
import { garbageCollector } from './lib/process/garbage.ts'
import { main } from './lib/process/main.ts'
import { writeStdout } from './lib/process/standard-streams.ts'
import { runTask, type TaskContext } from './lib/process/task.ts'
import type { RegenSettings } from './lib/settings/settings.ts'

/** A later run may confirm what this one holds after so long. */
const confirmAfterMs = 60_000

/** What one run knows: what the platform has, and how far that is all. */
interface Found {
  readonly want: Want
  readonly result: SurveyResult
  /** Whether lists prove that nobody holds what is not in the book. */
  readonly proven: boolean
  /** When the list began, in milliseconds since 1970. */
  readonly began: number
}

/** The task `regen`. */
export async function regen(context: TaskContext<'regen'>): Promise<ExitCode> {
  const { settings, logger } = context
  const outputs = openOutputs(settings, false)
  const found = await survey(context)
  Bun.gc(true)
  const codes: ExitCode[] = []
  for (const output of outputs) codes.push(await rebuild(output, found, settings, logger))
  if (settings.stdout && found.proven) await writeStdout(linesOf(found.want).render())
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
    sightings: new Sightings(note),
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
  return { want, result, began, proven: result.complete && coverage.excused().length === 0 }
}

/** Makes one output what it should be; gives the exit code that this output alone would mean. */
async function rebuild(output: Output, found: Found, settings: RegenSettings, logger: Logger): Promise<ExitCode> {
  try {
    const have = await loadable(output, found.proven)
    const held = await readHeld(output.name, found.began)
    const share = settings.guard?.share ?? null
    const guard = new Guard({ share, confirmAfterMs }, held)
    const { want, proven, began } = found
    // Who held a token at an earlier run is not known: without proof all that nobody holds now may be somebody's.
    const unproven = new Set(proven ? [] : [...have.lines.tokens()].filter((token) => !want.holds(token)))
    const ground = { want, unproven, agreedSince: began, now: began }
    let change = plan(have.lines, ground, guard)
    const why = guard.why
    if (settings.force) change = { put: change.put, drop: new Set([...change.drop, ...guard.release()]) }
    if (settings.dryRun) {
      await writeStdout(changesOf(change, have.lines))
      const counts = { add: change.put.size, remove: change.drop.size, held: guard.held.size, tokens: have.lines.size }
      logger.info({ output: output.name, ...counts }, 'Would be changed so')
      await output.check()
    } else {
      await write(output, have, change, proven && guard.held.size === 0, logger)
      if (proven) await leaveWord(output, guard.held)
    }
    if (guard.held.size === 0) return exitCodes.done
    const later = want.tokens === 0 ? '' : `run it again after ${confirmAfterMs / 1000} s, or `
    logger.error(`${guard.held.size} removals are held: ${why}; if that is right, ${later}use --force`)
    return exitCodes.held
  } catch (error) {
    if (!(error instanceof OutputError)) throw error
    logger.error(error.message)
    return exitCodes.output
  }
}

async function leaveWord(output: Output, held: Guard['held']): Promise<void> {
  try {
    await writeHeld(output.name, held)
  } catch (error) {
    throw new OutputError('unwritable', `Cannot note what is held beside "${output.name}": ${messageOf(error)}`, error)
  }
}

/** What the output has; where that cannot be read, nothing, provided that all that it should have is known. */
async function loadable(output: Output, proven: boolean): Promise<Pick<Loaded, 'lines' | 'exact'>> {
  try {
    return await output.load()
  } catch (error) {
    if (proven && error instanceof OutputError && error.code === 'unreadable') {
      return { lines: new SortedLines(), exact: false }
    }
    throw error
  }
}

async function write(
  output: Output,
  have: Pick<Loaded, 'lines' | 'exact'>,
  { put, drop }: Plan,
  right: boolean,
  logger: Logger,
): Promise<void> {
  if (put.size === 0 && drop.size === 0 && have.exact) {
    logger.debug({ output: output.name, tokens: have.lines.size }, 'Nothing to change')
    // Its time tells readers since when it is known to be right.
    if (right) await confirm(output, have.lines)
    return
  }
  const began = performance.now()
  have.lines.change(put, drop)
  await output.write(have.lines, have.exact ? new Set([...put.keys(), ...drop]) : null)
  const durationMs = Math.round(performance.now() - began)
  const counts = { added: put.size, removed: drop.size, tokens: have.lines.size, durationMs }
  logger.info({ output: output.name, ...counts }, 'Written')
}

/** Where the time of the file may not be set, as it is another user's, writing it again sets it. */
async function confirm(output: Output, lines: SortedLines): Promise<void> {
  try {
    await output.confirm()
  } catch (error) {
    if (!(error instanceof OutputError)) throw error
    await output.write(lines, null)
  }
}

function changesOf({ put, drop }: Plan, have: SortedLines): string {
  const removed = [...drop].sort().map((token) => `- ${have.line(token)}\n`)
  const lines = new SortedLines()
  for (const [token, address] of put) lines.set(token, address)
  const added = [...lines.tokens()].map((token) => `+ ${lines.line(token)}\n`)
  return [...removed, ...added].join('')
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
}

if (import.meta.main) {
  const program = { command: 'regen', program: 'bun run scripts/regen.ts' } as const
  await main((report) => runTask(parseCommandLine(process.argv.slice(2), program), { regen }, report))
}
