import { ApiError, messageOf } from '@novnc-tokens/api'
import { SseError } from '@novnc-tokens/stream'
import { adviceFor } from './advice.ts'
import { exitCodes } from './process/exit-codes.ts'
import { Failure } from './process/failure.ts'

/**
 * The end of a task for which the platform could not be used: refused log-ins have an exit code of their own.
 * @param what what could not be done, for errors that do not say it
 */
export function apiFailure(error: unknown, what?: string): Failure {
  const message = messageOf(error)
  const told = isLoginRefusal(error) || what === undefined ? message : `${what}: ${message}`
  const exitCode = isRefusal(error) ? exitCodes.login : exitCodes.api
  return new Failure(`${told}${adviceFor(error)}`, { exitCode, cause: error })
}

function isRefusal(error: unknown): boolean {
  if (!(error instanceof ApiError) && !(error instanceof SseError)) return false
  return isLoginRefusal(error) || error.status === 401 || error.status === 403
}

function isLoginRefusal(error: unknown): boolean {
  return error instanceof ApiError && error.code === 'login-refused'
}
