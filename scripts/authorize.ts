#!/usr/bin/env bun
/** The OAuth 1.0a flow: makes the four credentials by which this program can log in. */
import {
  ApiError,
  authorize as authorizeApplication,
  type OAuth1Credentials,
  type OAuthApplication,
} from '@novnc-tokens/api'
import { apiFailure } from './lib/api-failure.ts'
import { parseCommandLine } from './lib/command-line/command-line.ts'
import { envLine } from './lib/env-block.ts'
import { tellingFirstWait } from './lib/first-answer.ts'
import { credentialsOf } from './lib/platform.ts'
import { type ExitCode, exitCodes } from './lib/process/exit-codes.ts'
import { Failure } from './lib/process/failure.ts'
import { main } from './lib/process/main.ts'
import { writeStdout } from './lib/process/standard-streams.ts'
import { runTask, type TaskContext } from './lib/process/task.ts'
import { formsOf } from './lib/settings/login/login.ts'

/** The task `authorize`. */
export async function authorize({ settings, logger, secrets }: TaskContext<'authorize'>): Promise<ExitCode> {
  const { api, apiLocation, timeoutMs, application } = settings
  const { authorization, tls } = credentialsOf(settings, { secrets, logger })
  const registered: OAuthApplication[] = []
  let credentials: OAuth1Credentials
  try {
    credentials = await authorizeApplication({
      api,
      apiLocation,
      authorization,
      timeoutMs,
      application:
        application.kind === 'new'
          ? { name: application.name }
          : { key: application.appKey, secret: application.appSecret.reveal() },
      onRegistered: (given) => {
        secrets.keep(formsOf(given.secret))
        registered.push(given)
        logger.info({ key: given.key }, 'The application is registered')
      },
      fetch: tellingFirstWait({ api, logger }),
      ...(tls === undefined ? {} : { tls }),
    })
  } catch (error) {
    for (const each of registered) await saveApplication(each)
    const { message, exitCode } = apiFailure(error)
    const hint = application.kind === 'new' ? nextStep(error, registered.length > 0) : null
    throw new Failure(message, { exitCode, cause: error, ...(hint === null ? {} : { hint }) })
  }
  const { consumerKey, consumerSecret, token, tokenSecret } = credentials
  secrets.keep([token, tokenSecret].flatMap(formsOf))
  await writeStdout(
    block({
      ABIQUO_API_APP_KEY: consumerKey,
      ABIQUO_API_APP_SECRET: consumerSecret,
      ABIQUO_API_TOKEN: token,
      ABIQUO_API_TOKEN_SECRET: tokenSecret,
    }),
  )
  logger.info('These credentials act for the user who logged in: keep them where only their program can read them')
  return exitCodes.done
}

/** What flags help where a new application cannot be registered, or is and nothing more. */
function nextStep(error: unknown, registered: boolean): string | null {
  if (registered) return 'what is printed is the --oauth-file to go on with'
  if (!(error instanceof ApiError)) return null
  const known = '--oauth-file FILE takes key and secret of one that the platform knows'
  if (error.status === 409) return `--app-name NAME registers it under another name, ${known}`
  return error.code === 'forbidden' ? known : null
}

/** The platform tells the secret of an application once: a later run goes on with it. */
async function saveApplication({ key, secret }: OAuthApplication): Promise<void> {
  await writeStdout(block({ ABIQUO_API_APP_KEY: key, ABIQUO_API_APP_SECRET: secret }))
}

function block(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${envLine(name, value)}\n`)
    .join('')
}

if (import.meta.main) {
  const program = { command: 'authorize', program: 'bun run scripts/authorize.ts' } as const
  await main((report) => runTask(parseCommandLine(process.argv.slice(2), program), { authorize }, report))
}
