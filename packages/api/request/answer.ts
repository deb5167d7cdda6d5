import type { Clock } from '../time/clock.ts'
import { httpDate } from '../time/http-date.ts'
import { type Body, readBody } from './body.ts'
import type { Deadline } from './deadline.ts'
import { type Asked, answeredError, failure } from './failures.ts'

/** A body with what is needed to parse it. */
export interface Answer {
  readonly body: Body
  readonly contentType: string | null
  readonly url: string
  /** The platform's clock when it answered (header `Date`), in milliseconds since 1970; null where it does not say. */
  readonly at: number | null
}

/** How an answer is read. */
export interface ReadOptions {
  /** Longest body, in bytes. */
  maxBytes: number
  deadline: Deadline
  clock: Pick<Clock, 'wall'>
}

/**
 * Reads the body of a response; any status but 2xx is an error.
 *
 * @throws ApiError
 */
export async function readAnswer(response: Response, asked: Asked, options: ReadOptions): Promise<Answer> {
  const { maxBytes, deadline, clock } = options
  const { headers } = response
  if (!response.ok) throw await answeredError(response, asked, deadline, clock.wall())
  try {
    const body = await readBody(response, { maxBytes, onProgress: () => deadline.extend() })
    return { body, contentType: headers.get('content-type'), url: asked.url, at: httpDate(headers.get('date')) }
  } catch (error) {
    throw failure(error, asked, deadline, 'broke off')
  }
}
