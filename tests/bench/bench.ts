import type { TempFolder } from '../support/temp.ts'
import type { Figure } from './figure.ts'

/** What a bench works with. */
export interface BenchContext {
  /** Path of the built binary. */
  readonly binary: string
  /** For what it writes; goes away with it. */
  readonly folder: TempFolder
  /** Whether to take small sizes and few runs: to try the bench itself, not to learn a figure. */
  readonly quick: boolean
  /** Aborts when the time of the bench is over or it is interrupted; all its children end then. */
  readonly signal: AbortSignal
  /** Tells what is done now. */
  say(line: string): void
}

/** Measures one or more lines of the table. */
export interface Bench {
  readonly name: string
  /** What it measures, in a line of the help. */
  readonly about: string
  /** The most time that it may take, in ms: several times what it needs. */
  readonly withinMs: number
  run(context: BenchContext): Promise<readonly Figure[]>
}
