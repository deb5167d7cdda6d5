import { FakeClock, settled } from '../../api/testing/fake-clock.ts'
import { SseLoop, type SseLoopOptions } from '../sse/sse-loop.ts'

/** One attempt of a loop, answered by a test. */
export interface Attempt {
  readonly lastEventId: string
  readonly signal: AbortSignal
  /** Whether its body is still open at the server's side. */
  readonly open: boolean
  /** Whether its body was taken back by its reader. */
  readonly cancelled: boolean
  /** Answers with a stream, or with what else a response may be. */
  answer(init?: ResponseInit): void
  fail(error: unknown): void
  send(text: string): void
  end(): void
  breakOff(error: unknown): void
}

/** A loop whose attempts a test answers, on a clock that stands still. */
export interface Looping {
  readonly loop: SseLoop
  readonly clock: FakeClock
  readonly attempts: readonly Attempt[]
  /** What was called, in order, as short texts. */
  readonly told: string[]
  /** The attempt that runs, or ran last. */
  last(): Attempt
}

/** Starts a loop that waits 1 s after each failure. */
export function looping(options: Partial<SseLoopOptions> = {}): Looping {
  const clock = new FakeClock()
  const attempts: Attempt[] = []
  const told: string[] = []
  const loop = new SseLoop({
    connect: ({ lastEventId, signal }) => {
      const { attempt, answered } = attemptOf(lastEventId, signal)
      attempts.push(attempt)
      told.push(`connect ${lastEventId}`)
      return answered
    },
    delayAfter: () => 1000,
    onOpen: ({ status }) => void told.push(`open ${status}`),
    onMessage: ({ type, data, id }) => void told.push(`${type} ${data} ${id}`),
    onError: (error, retryInMs) => void told.push(`error ${error.message}, ${retryInMs}`),
    idleTimeoutMs: 60_000,
    clock,
    ...options,
  })
  return {
    loop,
    clock,
    attempts,
    told,
    last() {
      const attempt = attempts.at(-1)
      if (attempt === undefined) throw new Error('The loop made no attempt')
      return attempt
    },
  }
}

/** Lets everything happen that was set going, however many turns it takes. */
export async function quiet(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) await settled()
}

function attemptOf(lastEventId: string, signal: AbortSignal): { attempt: Attempt; answered: Promise<Response> } {
  const response = Promise.withResolvers<Response>()
  let sender: ReadableStreamDefaultController<Uint8Array> | null = null
  let cancelled = false
  let answered = false
  let open = false
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      sender = controller
    },
    cancel() {
      cancelled = true
      open = false
    },
  })
  const release = () => {
    const was = open
    open = false
    return was
  }
  const onAbort = () => response.reject(signal.reason)
  if (signal.aborted) onAbort()
  else signal.addEventListener('abort', onAbort, { once: true })
  const attempt: Attempt = {
    lastEventId,
    signal,
    get open() {
      return open
    },
    get cancelled() {
      return cancelled
    },
    answer(init = {}) {
      if (answered || signal.aborted) return
      answered = true
      open = init.status !== 204
      const headers = { 'content-type': 'text/event-stream' }
      response.resolve(new Response(init.status === 204 ? null : body, { headers, ...init }))
    },
    fail(error) {
      answered = true
      response.reject(error)
    },
    send: (text) => void (open && sender?.enqueue(Buffer.from(text))),
    end: () => void (release() && sender?.close()),
    breakOff: (error) => void (release() && sender?.error(error)),
  }
  return { attempt, answered: response.promise }
}
