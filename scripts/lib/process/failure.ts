import type { ExitCode } from './exit-codes.ts'

/** What a {@link Failure} is made of beside its message. */
export interface FailureOptions {
  /** The exit code of the program when nothing handles the failure. */
  exitCode: ExitCode
  /** What the user can do about it: a phrase that follows the message after a semicolon. */
  hint?: string
  /** The error behind it, for the log at level debug. */
  cause?: unknown
}

/** An expected end of a task: told in one line, without a stack, and turned into an exit code. Holds no secret. */
export class Failure extends Error {
  override readonly name = 'Failure'
  readonly exitCode: ExitCode
  readonly hint: string | undefined

  constructor(message: string, options: FailureOptions) {
    super(message, options.cause === undefined ? {} : { cause: options.cause })
    this.exitCode = options.exitCode
    this.hint = options.hint
  }

  /** The message and the hint in one line. Not called "line": errors of JavaScriptCore have that as their own. */
  get sentence(): string {
    return this.hint === undefined ? this.message : `${this.message}; ${this.hint}`
  }
}
