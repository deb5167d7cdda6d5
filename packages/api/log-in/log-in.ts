import { ApiError } from '../errors.ts'
import { readEntity } from '../notation/collection.ts'
import { type Format, mediaType } from '../notation/media-types.ts'
import { readAnswer } from '../request/answer.ts'
import { Deadline } from '../request/deadline.ts'
import { answeredError } from '../request/failures.ts'
import { parseAnswer } from '../request/parse-answer.ts'
import { quickRetryDelay } from '../request/quick-retry.ts'
import type { Transport } from '../request/transport.ts'
import type { Clock } from '../time/clock.ts'
import { httpDate } from '../time/http-date.ts'

/** How a log-in is asked for. */
export interface LogInOptions {
  transport: Transport
  /** URL of the log-in. */
  url: string
  format: Format
  /** Longest silence, in milliseconds. */
  timeoutMs: number
  clock: Clock
  random: () => number
  signal: AbortSignal
}

const maxBytes = 2 ** 20

/**
 * Asks for `/login`, with at most two quick retries where it is out of reach, and tells the authorization of its success.
 *
 * @throws ApiError `login-refused` where the platform says 401 or 403, with the advice of the authorization
 */
export async function logIn(options: LogInOptions): Promise<void> {
  const { clock, random, signal } = options
  for (let retries = 0; ; retries++) {
    try {
      return await logInOnce(options)
    } catch (error) {
      const delay = quickRetryDelay(error, retries, random)
      if (delay === null) throw error
      await clock.sleep(delay, signal)
    }
  }
}

async function logInOnce({ transport, url, format, timeoutMs, clock, signal }: LogInOptions): Promise<void> {
  const { authorization } = transport
  using deadline = new Deadline(timeoutMs, signal)
  const request = { url, accept: mediaType('user', format), login: true }
  const response = await transport.send(request, deadline)
  if (response.status === 401 || response.status === 403) {
    const error = await answeredError(response, request, deadline, clock.wall())
    const at = httpDate(response.headers.get('date'))
    const advice = authorization.advice?.(at === null ? null : clock.wall() - at) ?? 'Check the credentials'
    throw refusal(authorization.user, error, advice)
  }
  const { body, contentType } = await readAnswer(response, request, { maxBytes, deadline, clock })
  parseAnswer(url, () => readEntity(body, contentType, 'user'))
  authorization.loggedIn?.(response.headers)
}

function refusal(user: string, error: ApiError, advice: string): ApiError {
  const { url, status, abiquoCode } = error
  const answer = `${status}${abiquoCode === null ? '' : ` (${abiquoCode})`}`
  const message = `The platform refuses the log-in of ${JSON.stringify(user)}: GET "${url}" answered ${answer}. ${advice}`
  return new ApiError('login-refused', message, {
    url,
    cause: error,
    ...(status === null ? {} : { status }),
    ...(abiquoCode === null ? {} : { abiquoCode }),
  })
}
