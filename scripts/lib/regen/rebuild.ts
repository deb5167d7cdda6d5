import { messageOf } from '@novnc-tokens/api'
import {
  formatLine,
  Guard,
  isReadable,
  type Loaded,
  type Output,
  OutputError,
  type Plan,
  plan,
  SortedLines,
  type Token,
  type Want,
} from '@novnc-tokens/tokens'
import { readHeld, writeHeld } from '../held-file.ts'
import type { Logger } from '../log/log.ts'
import { type ExitCode, exitCodes } from '../process/exit-codes.ts'
import type { RegenSettings } from '../settings/settings.ts'
import { keptByAnother, writeOnce } from './write-once.ts'

/** A later run may confirm what this one holds after so long. */
const confirmAfterMs = 60_000

/** What one run knows: what the platform has, and how far that is all. */
export interface Listed {
  readonly want: Want
  /** Whether lists prove that nobody holds what is not in the book. */
  readonly proven: boolean
  /** When the list began, in milliseconds since 1970. */
  readonly began: number
}

/** Lists anew, for a second opinion. */
export type ListAgain = () => Promise<Pick<Listed, 'want' | 'proven'>>

/** Where a run tells what it does. */
export interface Telling {
  readonly logger: Logger
  /** Takes the lines of a dry run. */
  readonly print: (text: string) => Promise<void>
}

/**
 * Makes one output what it should be; gives the exit code that this output alone would mean. What another process writes
 * is judged by two lists where the first differs from it: meanwhile that process follows the platform's changes.
 */
export async function rebuild(
  output: Output,
  { want, proven, began }: Listed,
  settings: Pick<RegenSettings, 'dryRun' | 'force' | 'guard'>,
  { logger, print }: Telling,
  again: ListAgain,
): Promise<ExitCode> {
  try {
    const have = await loadable(output, proven)
    const held = await readHeld(output, began)
    const guard = new Guard({ share: settings.guard?.share ?? null, confirmAfterMs }, held)
    // Who held a token at an earlier run is not known: without proof all that nobody holds now may be somebody's.
    const unproven = new Set(proven ? [] : [...have.lines.tokens()].filter((token) => !want.holds(token)))
    const planned = plan(have.lines, { want, unproven, agreedSince: began, now: began }, guard)
    let change = carried(readable(planned, output, logger), output, logger)
    const why = guard.why
    if (settings.force) change = { put: change.put, drop: new Set([...change.drop, ...guard.release()]) }
    if (settings.dryRun) {
      await print(changesOf(change, have.lines))
      const counts = { add: change.put.size, remove: change.drop.size, held: guard.held.size, tokens: have.lines.size }
      logger.info({ output: output.name, ...counts }, 'Would be changed so')
    }
    if (output.role === 'standby') {
      const wrong = { lacks: [...change.put.keys()], excess: [...change.drop, ...guard.held.keys()] }
      await judgeStandby(output, wrong, again, logger)
      return exitCodes.done
    }
    if (settings.dryRun) await output.check()
    else {
      await writeOnce(output, { have, change, right: proven && guard.held.size === 0 }, logger)
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

/** Tokens by which an output differs from a list. */
interface Wrong {
  readonly lacks: readonly Token[]
  readonly excess: readonly Token[]
}

/** An output that another process writes is right, or that one has to make it so: two that write undo each other's work. */
async function judgeStandby(output: Output, first: Wrong, again: ListAgain, logger: Logger): Promise<void> {
  const { lacks, excess } = first.lacks.length + first.excess.length === 0 ? first : await still(output, first, again)
  if (lacks.length + excess.length > 0) throw keptByAnother(output, lacks.length, excess.length)
  logger.info({ output: output.name }, 'Another process writes the output, and it is right')
}

/** What is wrong by a second list too, against what the output has after that. */
async function still(output: Output, { lacks, excess }: Wrong, again: ListAgain): Promise<Wrong> {
  const { want, proven } = await again()
  const { lines } = await output.load()
  return {
    lacks: lacks.filter((token) => want.holds(token) && !lines.has(token)),
    excess: excess.filter((token) => proven && !want.holds(token) && lines.has(token)),
  }
}

/** The plan without lines that no reader could make sense of: one of them may harm all others. */
function readable({ put, drop }: Plan, output: Output, logger: Logger): Plan {
  const possible = new Map([...put].filter(([token, address]) => isReadable(token, formatLine(token, address))))
  const malformed = put.size - possible.size
  if (malformed > 0) {
    logger.error({ output: output.name, tokens: malformed }, 'Lines are left out that no reader could make sense of')
  }
  return { put: possible, drop }
}

/** The plan without what the output cannot carry: it would be put again by each run. */
function carried({ put, drop }: Plan, output: Output, logger: Logger): Plan {
  if (output.uncarried === undefined) return { put, drop }
  const possible = new Map([...put].filter(([, { host }]) => !host.includes(':')))
  const uncarried = put.size - possible.size
  if (uncarried > 0) {
    logger.warn({ output: output.name, tokens: uncarried }, 'The output cannot carry IPv6: tokens are left out')
  }
  return { put: possible, drop }
}

async function leaveWord(output: Output, held: Guard['held']): Promise<void> {
  try {
    await writeHeld(output, held)
  } catch (error) {
    throw new OutputError('unwritable', `Cannot note what is held of "${output.name}": ${messageOf(error)}`, error)
  }
}

function changesOf({ put, drop }: Plan, have: SortedLines): string {
  const removed = [...drop].sort().map((token) => `- ${have.line(token)}\n`)
  const lines = new SortedLines()
  for (const [token, address] of put) lines.set(token, address)
  const added = [...lines.tokens()].map((token) => `+ ${lines.line(token)}\n`)
  return [...removed, ...added].join('')
}
