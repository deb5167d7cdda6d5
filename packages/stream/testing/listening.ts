import { FakeClock, settled } from '../../api/testing/fake-clock.ts'
import { SseClient, type SseClientOptions } from '../sse/sse-client.ts'
import type { SseUpdate } from '../sse/sse-update.ts'
import type { StreamServer } from './stream-server.ts'

/** A general client whose updates a test takes one by one, without chance and on a clock that stands still. */
export interface Listening extends AsyncDisposable {
  readonly client: SseClient
  readonly clock: FakeClock
  /** The next update; null at the end. */
  next(): Promise<SseUpdate | null>
  /** The next updates, as short texts. */
  told(count: number): Promise<readonly string[]>
}

/** Starts a client of the server. */
export function listening(server: Pick<StreamServer, 'stream'>, options: SseClientOptions = {}): Listening {
  const clock = new FakeClock()
  const client = new SseClient(server.stream, { clock, random: () => 0, ...options })
  const updates = client[Symbol.asyncIterator]()
  const next = async (): Promise<SseUpdate | null> => {
    const { done, value } = await updates.next()
    return done ? null : value
  }
  return {
    client,
    clock,
    next,
    async told(count) {
      const told: string[] = []
      while (told.length < count && told.at(-1) !== 'end') {
        const update = await next()
        told.push(update === null ? 'end' : brief(update))
      }
      return told
    },
    [Symbol.asyncDispose]: () => client.close(),
  }
}

/** Resolves once something is so. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await settled()
}

function brief(update: SseUpdate): string {
  switch (update.kind) {
    case 'open':
      return 'open'
    case 'message':
      return `${update.message.type} ${update.message.data} ${update.message.id}`.trim()
    case 'comment':
      return `: ${update.text}`
    case 'error':
      return `${update.error.code}, ${update.retryInMs}`
    case 'overflow':
      return `overflow ${update.dropped}`
  }
}
