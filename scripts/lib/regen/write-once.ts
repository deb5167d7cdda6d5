import { type Loaded, type Output, OutputError, type Plan, type SortedLines } from '@novnc-tokens/tokens'
import type { Logger } from '../log/log.ts'

/** What is to be done to an output. */
export interface OneWrite {
  readonly have: Pick<Loaded, 'lines' | 'exact'>
  readonly change: Plan
  /** Whether it is right once that is done. */
  readonly right: boolean
}

/** How often a long write tells how far it is. */
const progressEveryMs = 1000

/**
 * Changes an output, where there is something to change; else tells readers of its age that it is right.
 * @throws OutputError where it cannot be written, or another process writes it
 */
export async function writeOnce(output: Output, { have, change, right }: OneWrite, logger: Logger): Promise<void> {
  const { put, drop } = change
  if (put.size === 0 && drop.size === 0 && have.exact) {
    logger.debug({ output: output.name, tokens: have.lines.size }, 'Nothing to change')
    // Its time tells readers since when it is known to be right.
    if (right) await confirm(output, have.lines)
    return
  }
  const began = performance.now()
  have.lines.change(put, drop)
  const changed = have.exact ? new Set([...put.keys(), ...drop]) : null
  const { outcome } = await output.write(have.lines, changed, { onProgress: progress(output, logger) })
  if (outcome === 'standby') throw keptByAnother(output, put.size, drop.size)
  const durationMs = Math.round(performance.now() - began)
  const counts = { added: put.size, removed: drop.size, tokens: have.lines.size, durationMs }
  logger.info({ output: output.name, ...counts }, 'Written')
}

/** The failure to change an output that a daemon, or another run, writes. */
export function keptByAnother({ name }: Output, lacks: number, excess: number): OutputError {
  const state = `the output lacks ${lacks} tokens and has ${excess} too many`
  const advice = 'That process has to put it right: USR1 makes it list at once'
  return new OutputError('unwritable', `Another process writes "${name}", and ${state}. ${advice}`)
}

function progress({ name }: Output, logger: Logger): (done: number, total: number) => void {
  let toldAt = performance.now()
  return (done, total) => {
    if (performance.now() - toldAt < progressEveryMs) return
    toldAt = performance.now()
    logger.info({ output: name, done, total }, 'Writing the output')
  }
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
