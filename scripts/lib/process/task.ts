import type { CommandLine, Flags } from '../command-line/command-line.ts'
import type { CommandName } from '../command-line/commands.ts'
import { createLogger, type Logger } from '../log/log.ts'
import { Secrets } from '../log/secrets.ts'
import { defaultEnvFile } from '../settings/checkout.ts'
import { systemFiles } from '../settings/files.ts'
import { readSettings, type SettingsOf, secretsIn } from '../settings/settings.ts'
import type { ExitCode } from './exit-codes.ts'
import { exitCodes } from './exit-codes.ts'
import { Failure } from './failure.ts'
import type { ErrorReport } from './main.ts'
import { writeStdout } from './standard-streams.ts'

/** What a task works with. */
export interface TaskContext<Name extends CommandName> {
  readonly settings: SettingsOf[Name]
  readonly logger: Logger
  /** What is kept out of the log: for secrets that only come to be known while it runs. */
  readonly secrets: Secrets
  /** Reads the settings again; what they hold is then kept out of the log too. Throws where they are bad. */
  readonly reload: () => SettingsOf[Name]
}

/** A task of the program: does its work and gives the exit code. */
export type Task<Name extends CommandName> = (context: TaskContext<Name>) => Promise<ExitCode>

/** Some tasks by their commands. */
export type Tasks = { readonly [Name in CommandName]?: Task<Name> }

/** Runs what a command line asks for, with one of the tasks. */
export async function runTask(commandLine: CommandLine, tasks: Tasks, report: ErrorReport): Promise<ExitCode> {
  switch (commandLine.kind) {
    case 'help':
      await writeStdout(commandLine.text)
      return commandLine.exitCode
    case 'version':
      await writeStdout(commandLine.text)
      return exitCodes.done
    case 'error':
      throw new Failure(commandLine.message, { exitCode: commandLine.exitCode })
    case 'run':
      return await start(commandLine.command, commandLine.flags, tasks, report)
  }
}

async function start<Name extends CommandName>(
  command: Name,
  flags: Flags,
  tasks: Tasks,
  report: ErrorReport,
): Promise<ExitCode> {
  const task: Task<Name> | undefined = tasks[command]
  if (task === undefined) throw new Error(`There is no task for ${command}`)
  const secrets = new Secrets()
  const reload = () => {
    const settings = readSettings(command, flags, {
      environment: process.env,
      files: systemFiles,
      workingDirectory: process.cwd(),
      defaultEnvFile: defaultEnvFile(),
    })
    secrets.keep(secretsIn(settings))
    return settings
  }
  report.secrets = () => secrets.all()
  const settings = reload()
  report.stacks = settings.logLevel === 'debug'
  const logger = createLogger({ format: settings.logFormat, level: settings.logLevel, secrets: () => secrets.all() })
  for (const note of settings.notes) logger.warn(note)
  return await task({ settings, logger, secrets, reload })
}
