/** How a stream ends. */
export type Ending =
  /** In good order, the connection left open. */
  | 'clean'
  /** By a reset: what the client has not read yet may be lost. */
  | 'abrupt'
  /** The connection is closed where the body should go on: all that was sent arrives. */
  | 'short'

/** Where streams are cut. */
export interface CutOptions {
  /** Those that are open, those that will be, or both. @default 'all' */
  readonly streams?: 'open' | 'next' | 'all'
  /** `any`: one of the three, drawn by the seed. @default 'clean' */
  readonly how?: Ending | 'any'
  /** How many streams are cut. @default 1, of open ones alone all */
  readonly times?: number
}

/** A number of bytes, or one drawn from a range by the seed, its ends included. */
export type ByteCount = number | { readonly min: number; readonly max: number }

/** A cut that waits for its byte. */
export interface PlannedCut {
  /** Bytes of the body before it. */
  readonly bytes: number
  readonly how: Ending
}

const endings: readonly Ending[] = ['clean', 'abrupt', 'short']

/** The cuts of streams that are still to be opened. */
export class StreamCuts {
  readonly #random: () => number
  #waiting: { readonly draw: () => PlannedCut; left: number }[] = []

  constructor(random: () => number) {
    this.#random = random
  }

  /** Plans cuts: those of the streams that are open, in their order; what is left waits for the next ones. */
  plan(bytes: ByteCount, open: number, { streams = 'all', how = 'clean', times }: CutOptions): PlannedCut[] {
    const draw = () => this.#draw(bytes, how)
    const left = times ?? (streams === 'open' ? open : 1)
    const now = streams === 'next' ? 0 : Math.min(open, left)
    if (streams !== 'open' && left > now) this.#waiting.push({ draw, left: left - now })
    return Array.from({ length: now }, draw)
  }

  /** The cut of a stream that opens now, if any. */
  next(): PlannedCut | null {
    const first = this.#waiting[0]
    if (first === undefined) return null
    if (--first.left <= 0) this.#waiting.shift()
    return first.draw()
  }

  /** Leaves the streams that are still to be opened alone. */
  clear(): void {
    this.#waiting = []
  }

  #draw(bytes: ByteCount, how: Ending | 'any'): PlannedCut {
    const count = typeof bytes === 'number' ? bytes : bytes.min + this.#below(bytes.max - bytes.min + 1)
    return { bytes: count, how: how === 'any' ? (endings[this.#below(endings.length)] ?? 'clean') : how }
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit)
  }
}
