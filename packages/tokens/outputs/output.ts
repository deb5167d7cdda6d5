import type { SortedLines } from '../lines.ts'
import type { Token } from '../token.ts'

/** What an output had before us. */
export interface Loaded {
  readonly lines: SortedLines
  /** How many of its lines were no token lines. */
  readonly refused: number
  /** Whether it is, byte for byte, what writing these lines would make it. */
  readonly exact: boolean
  /** Whether there was an output at all. */
  readonly existed: boolean
  /** When it was last written, in milliseconds since 1970. */
  readonly modifiedAt: number | null
}

/** A token source of websockify that we keep true. */
export interface Output extends AsyncDisposable {
  /** For messages: where it is. */
  readonly name: string
  /** Reads what it has now; what is written later replaces that. */
  load(): Promise<Loaded>
  /** Whether somebody else changed it since it was last loaded or written. */
  changed(): Promise<boolean>
  /**
   * Makes it have these lines as they are when it is called, though they change meanwhile: readers see the old line of a
   * token or the new one, never a part.
   *
   * @param changed the tokens whose lines it lacks; null where all of them are to be compared
   */
  write(lines: SortedLines, changed: ReadonlySet<Token> | null): Promise<void>
  /** Throws where it is plain that `write` would, for who asks without writing. */
  check(): Promise<void>
  /** Tells readers of its age that its content is still right. */
  confirm(): Promise<void>
  /** How many lines it cannot carry, as their hosts are IPv6; for outputs that carry all, missing. */
  readonly uncarried?: number
}

/** Why an output cannot be used: `unreadable` what it has cannot be read, `unwritable` it cannot be changed. */
export type OutputErrorCode = 'unreadable' | 'unwritable'

/** An output that cannot be read or written. Its message says what to do. */
export class OutputError extends Error {
  override readonly name = 'OutputError'
  readonly code: OutputErrorCode

  constructor(code: OutputErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
  }
}
