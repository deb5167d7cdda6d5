import { FakeClock } from '../../api/testing/fake-clock.ts'
import { SseRequest, type SseRequestOptions } from '../sse/sse-request.ts'
import type { StreamRequest } from './stream-server.ts'

/** One request of a client, on a clock that stands still. */
export interface Opening {
  readonly clock: FakeClock
  readonly signal: AbortSignal
  /** The answer, or what was thrown. */
  readonly opened: Promise<unknown>
  end(): void
}

/** Sends a request, as one attempt of a client does. */
export function open(url: string, options: SseRequestOptions = {}, lastEventId = ''): Opening {
  const clock = new FakeClock()
  const attempt = new AbortController()
  const { signal } = attempt
  const opened = new SseRequest(url, options, clock).open({ lastEventId, signal }).catch((error: unknown) => error)
  return { clock, signal, opened, end: () => attempt.abort(new Error('over')) }
}

/** Some headers of a request, null for each that it lacks. */
export function headersOf({ headers }: StreamRequest, ...names: readonly string[]): readonly (string | null)[] {
  return names.map((name) => headers.get(name))
}
