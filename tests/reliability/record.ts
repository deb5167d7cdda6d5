import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** The variable that names the folder in which tests leave what they found. */
export const resultsVariable = 'FAULT_RESULTS'

/** What a fault strikes, in the order of the page. */
export const subjects = ['lists', 'platform', 'network', 'events', 'clock', 'host'] as const

/** What a fault strikes. */
export type Subject = (typeof subjects)[number]

/** A fault that a test caused, and what became of it: a row of docs/reliability.md. */
export interface FaultResult {
  readonly subject: Subject
  /** What was done, the same in each run; no two results have the same. */
  readonly fault: string
  /** What has to happen, the same in each run. */
  readonly expected: string
  /** What did happen; figures may differ from run to run. */
  readonly happened: string
  /** From the end of the fault, or of the wait that the platform asked for, until all was right again. */
  readonly recoverySeconds: number
  /** The most that it may take. */
  readonly boundSeconds: number
}

/**
 * Tells what became of a fault, for docs/reliability.md. The page is written by `bun run reliability` alone; other runs
 * of the tests only check that it has the fault.
 *
 * @throws Error when the recovery took longer than it may
 */
export function recordFault(result: FaultResult): void {
  const { fault, recoverySeconds, boundSeconds } = result
  if (!(recoverySeconds <= boundSeconds))
    throw new Error(`The recovery took ${recoverySeconds} s, of ${boundSeconds} s at most: ${fault}`)
  const folder = process.env[resultsVariable]
  if (folder === undefined) return
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, `${Bun.hash(fault).toString(16)}.json`), JSON.stringify(result))
}

/** Seconds since a moment of `performance.now()`. */
export function secondsSince(moment: number): number {
  return (performance.now() - moment) / 1000
}

/** What the tests of a run have found. */
export function readResults(folder: string): FaultResult[] {
  return readdirSync(folder).map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as FaultResult)
}
