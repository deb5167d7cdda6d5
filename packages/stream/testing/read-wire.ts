import { FakeClock } from '../../api/testing/fake-clock.ts'
import { SseError } from '../sse/errors.ts'
import { type ReadOptions, readMessages } from '../sse/read-messages.ts'
import type { SseMessage } from '../sse/sse-message.ts'
import type { Told } from './wire-cases.ts'

/** What a reader told of a whole stream, and why it ended: the code of its SseError. */
export interface ReadWire extends Told {
  readonly end: string
}

/** Reads a stream that comes in these chunks. */
export async function readWire(chunks: readonly Uint8Array[], options: Partial<ReadOptions> = {}): Promise<ReadWire> {
  const messages: SseMessage[] = []
  const comments: string[] = []
  const retryTimes: number[] = []
  let lastEventId = options.lastEventId ?? ''
  let next = 0
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const chunk = chunks[next++]
        if (chunk === undefined) controller.close()
        else controller.enqueue(chunk)
      },
    },
    { highWaterMark: 0 },
  )
  const error = await readMessages(body, {
    onMessage: (message) => messages.push(message),
    onComment: (text) => comments.push(text),
    onRetryTime: (ms) => retryTimes.push(ms),
    onId: (id) => {
      lastEventId = id
    },
    idleTimeoutMs: null,
    clock: new FakeClock(),
    ...options,
  }).catch((thrown: unknown) => thrown)
  return { messages, comments, retryTimes, lastEventId, end: error instanceof SseError ? error.code : String(error) }
}

/** Bytes cut into chunks at these places. */
export function cut(bytes: Uint8Array, places: readonly number[]): readonly Uint8Array[] {
  const sorted = [0, ...places.map((place) => Math.min(place, bytes.length)).sort((a, b) => a - b), bytes.length]
  return sorted.slice(1).map((end, index) => bytes.subarray(sorted[index], end))
}

/** The ways to send bytes: whole, byte by byte, and cut in two at each place. */
export function* waysToSend(bytes: Uint8Array): Generator<readonly Uint8Array[]> {
  yield [bytes]
  yield [...bytes].map((byte) => Uint8Array.of(byte))
  for (let place = 0; place <= bytes.length; place++) yield cut(bytes, [place])
}
