import type { SortedLines } from '../token/lines.ts'
import type { Token } from '../token/token.ts'

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

/**
 * Why what is known of an output may not hold any more: `others` changed it; it is `inherited` from another process, which
 * wrote it until now, as this one does from now on; or one cannot be `unsure` enough, though nobody may have changed it.
 */
export type Doubt = 'others' | 'inherited' | 'unsure'

/** Who writes an output that several processes share: this one, or another one while this one stands by. */
export type OutputRole = 'leader' | 'standby'

/** What goes along with a write. */
export interface WriteOptions {
  /** Ends a long write before its time; what it has done stays done. */
  readonly signal?: AbortSignal
  /** Told now and then during a long write: how many of how many changes are done. */
  readonly onProgress?: (done: number, total: number) => void
}

/** What became of a write. */
export interface Written {
  /** `interrupted` by the signal before all was done; `standby`: another process writes the output, and this one nothing. */
  readonly outcome: 'written' | 'interrupted' | 'standby'
  /** How many tokens it put and removed, where it knows that better than the caller; else null. */
  readonly done: { readonly added: number; readonly removed: number } | null
}

/** A token source of websockify that we keep true. */
export interface Output extends AsyncDisposable {
  /** For messages: where it is. */
  readonly name: string
  /** Reads what it has now; what is written later replaces that. */
  load(): Promise<Loaded>
  /** Whether what was last loaded or written may not hold any more, and why; null where it holds. */
  changed(): Promise<Doubt | null>
  /**
   * Makes it have these lines as they are when it is called, though they change meanwhile: readers see the old line of a
   * token or the new one, never a part.
   *
   * @param changed the tokens whose lines it lacks; null where all of them are to be compared
   */
  write(lines: SortedLines, changed: ReadonlySet<Token> | null, options?: WriteOptions): Promise<Written>
  /** Throws where it is plain that `write` would, for who asks without writing. */
  check(): Promise<void>
  /** Tells readers of its age that its content is still right. */
  confirm(): Promise<void>
  /**
   * Looks at all that it has, as readers see it; false where that is not these lines, as they are when it is called. It may
   * put that off to a later call where it takes long. Missing where it finds out by itself.
   */
  verify?(lines: SortedLines): Promise<boolean>
  /** Leaves word for a later process, or none; missing where a file beside it serves for that. */
  leaveWord?(word: string | null): Promise<void>
  /** The word that an earlier process left; null where there is none. */
  word?(): Promise<string | null>
  /** How many lines it cannot carry, as their hosts are IPv6; for outputs that carry all, missing. */
  readonly uncarried?: number
  /** Who writes it; missing where only one process does, and before that is known. */
  readonly role?: OutputRole | undefined
  /** Whether another process writes it because that one sees the platform, and this one does not. */
  readonly yielded?: boolean
  /** Takes whether this process sees the platform: false where it is blind, null where that is unclear. */
  sees?(sees: boolean | null): void
  /** Has `changed` doubt what no glance tells, as somebody asks for it; missing where a glance tells all. */
  mistrust?(): void
  /** Takes what to call when it is worth a look at once: it works again, its role changed, or it is in doubt. */
  listen?(onNews: () => void): void
}

/**
 * Why an output cannot be used: `unreadable` what it has cannot be read, `unwritable` it cannot be changed, `blocked` it
 * was changed but for some tokens.
 */
export type OutputErrorCode = 'unreadable' | 'unwritable' | 'blocked'

/** An output that cannot be read or written. Its message says what to do. */
export class OutputError extends Error {
  override readonly name = 'OutputError'
  readonly code: OutputErrorCode

  constructor(code: OutputErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
  }
}

/** A write that did all but some tokens, which something is in the way of. */
export class BlockedError extends OutputError {
  /** The tokens whose lines the output still lacks. */
  readonly left: ReadonlySet<Token>
  readonly done: { readonly added: number; readonly removed: number }

  constructor(message: string, left: ReadonlySet<Token>, done: BlockedError['done']) {
    super('blocked', message)
    this.left = left
    this.done = done
  }
}
