import { redactText } from '../log/redact.ts'
import { visible } from '../log/visible.ts'
import { type ExitCode, exitCodes } from './exit-codes.ts'
import { Failure } from './failure.ts'
import { StdoutClosed, writeStderr } from './standard-streams.ts'

/** How errors that end the program are told; a task sets it as soon as it knows its settings. */
export interface ErrorReport {
  /** Stacks too: set at log level debug. @default false */
  stacks: boolean
  /** What must never be shown. @default nothing */
  secrets: () => readonly string[]
}

/** What {@link main} uses of the process. */
export interface MainProcess {
  on(event: 'uncaughtException' | 'unhandledRejection', listener: (error: unknown) => void): unknown
  /** Ends the process. */
  exit(code: number): void
  writeStderr(text: string): void
}

const systemProcess: MainProcess = {
  on: (event, listener) => process.on(event, listener),
  exit: (code) => process.exit(code),
  writeStderr,
}

/**
 * Runs a task as the whole program and ends the process with its exit code. Whatever is thrown becomes one line on
 * stderr: uncaught, an error of the compiled binary prints pages of minified source.
 * @param task gets the report to fill in; gives the exit code
 */
export async function main(
  task: (report: ErrorReport) => Promise<ExitCode> | ExitCode,
  host: MainProcess = systemProcess,
): Promise<void> {
  const report: ErrorReport = { stacks: false, secrets: () => [] }
  const end = (error: unknown) => {
    const { text, exitCode } = describe(error, report)
    host.writeStderr(text)
    host.exit(exitCode)
  }
  host.on('uncaughtException', end)
  host.on('unhandledRejection', end)
  try {
    host.exit(await task(report))
  } catch (error) {
    end(error)
  }
}

function describe(error: unknown, report: ErrorReport): { text: string; exitCode: ExitCode } {
  if (error instanceof StdoutClosed) return { text: '', exitCode: exitCodes.done }
  const line = error instanceof Failure ? error.sentence : `Unexpected error: ${messageOf(error)}`
  const stack = report.stacks && !(error instanceof Failure) && error instanceof Error ? stackLines(error) : []
  const lines = [`novnc-tokens: ${line}`, ...stack].map((each) => `${visible(redactText(each, report.secrets()))}\n`)
  return { text: lines.join(''), exitCode: error instanceof Failure ? error.exitCode : exitCodes.unexpected }
}

function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return message === '' ? 'without a message' : message
}

function stackLines(error: Error): string[] {
  const own = (error.stack ?? '').split('\n')
  const cause = error.cause instanceof Error ? [`caused by ${error.cause.message}`, ...stackLines(error.cause)] : []
  return [...own, ...cause]
}
