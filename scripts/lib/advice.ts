import { ApiError, messageOf } from '@novnc-tokens/api'
import { SseError } from '@novnc-tokens/stream'

/**
 * What a person can do about an error of the connection, by its flags, as a phrase that follows its message; empty where
 * unknown.
 * @param error the error, or its text where that is all that is left of it
 */
export function adviceFor(error: unknown): string {
  const message = messageOf(error)
  if (message.includes('certificate is not trusted')) return '; trust its CA with --ca FILE'
  if (isWithoutStream(error, message)) {
    return '; where a platform has no event stream, --watch auto or --watch poll asks the API for its events'
  }
  if (isNoApi(error, message)) return '; is this the URL of the API (--api)? It usually ends in /api'
  // Only what OAuth signs is said to depend on it.
  if (message.includes('the API location')) return '; --api-location gives the API location'
  return ''
}

/** Abiquo removed the stream in 6.2; a proxy may answer with a page of its own. */
function isWithoutStream(error: unknown, message: string): boolean {
  if (!(error instanceof SseError)) {
    return /\/m\/stream" answered (?:204|404|410)\b| instead of text\/event-stream$/.test(message)
  }
  const { code, status } = error
  return code === 'content-type' || code === 'stopped' || status === 404 || status === 410
}

/** Whether the log-in, which every API has, is not there. */
function isNoApi(error: unknown, message: string): boolean {
  if (error instanceof ApiError) return error.code === 'not-found' && new URL(error.url).pathname.endsWith('/login')
  return /\/login" answered (?:404|410)\b/.test(message)
}
