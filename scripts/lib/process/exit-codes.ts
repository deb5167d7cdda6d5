/** What each exit code of the program means. Contract with cron jobs, units and scripts: never renumbered. */
export const exitCodes = {
  done: 0,
  unexpected: 1,
  usage: 2,
  api: 3,
  login: 4,
  output: 5,
  held: 6,
} as const

/** One of the exit codes of the program. */
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

/** A short sentence for each exit code, in their order, for the help and the manual. */
export const exitCodeMeanings: ReadonlyMap<ExitCode, string> = new Map<ExitCode, string>([
  [exitCodes.done, 'done'],
  [exitCodes.unexpected, 'unexpected error'],
  [exitCodes.usage, 'bad flags or settings, port in use'],
  [exitCodes.api, 'API out of reach, broken or incomplete answer'],
  [exitCodes.login, 'log-in refused'],
  [exitCodes.output, 'output not written'],
  [exitCodes.held, 'removals held by the guard'],
])
