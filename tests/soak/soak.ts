/** What a soak works with. */
export interface SoakContext {
  /** How long it shall put its subject under load, in minutes; null: as long as it needs at least. */
  readonly minutes: number | null
  /** Aborts when the time is over or someone interrupts; all children end then. */
  readonly signal: AbortSignal
  /** Tells what is done now. */
  say(line: string): void
}

/** One thing that was looked at, and whether it was as it has to be. */
export interface Finding {
  readonly what: string
  readonly seen: string
  /** What it has to be, in words. */
  readonly wanted: string
  readonly met: boolean
}

/** Puts one part of the program under load for minutes of real time. */
export interface Soak {
  readonly name: string
  /** What it does, in a line of the help. */
  readonly about: string
  /** How long it puts its subject under load, in minutes, unless it is told. */
  readonly minutes: number
  /** The most time that it may take beyond that, in ms. */
  readonly beyondMs: number
  run(context: SoakContext): Promise<readonly Finding[]>
}
