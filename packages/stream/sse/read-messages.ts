import { type Clock, messageOf, systemClock } from '@novnc-tokens/api'
import { createParser, type EventSourceMessage } from 'eventsource-parser'
import { SseError } from './errors.ts'
import { Watchdog } from './watchdog.ts'

/** How a stream is read. */
export interface ReadOptions {
  /**
   * Called for each message, at once and in order; must not take long, since nothing is read meanwhile. A message
   * without an id has that of the last one with an id, as the standard wants.
   */
  onMessage: (message: EventSourceMessage) => void
  /** Called for each chunk of bytes. */
  onBytes?: () => void
  /** Longest silence, in milliseconds. */
  idleTimeoutMs: number
  /** Longest message, in UTF-16 units. @default 16 Mi */
  maxMessageLength?: number
  /** Ends the reading; its reason is what the promise then rejects with. */
  signal?: AbortSignal
  clock?: Clock
}

/**
 * Reads a stream of server-sent events until it ends, and always rejects: with an {@link SseError} that tells why, or
 * with the signal's reason. A message without its blank line is dropped, as the standard wants (WHATWG HTML, 9.2.6).
 */
export async function readMessages(body: ReadableStream<Uint8Array>, options: ReadOptions): Promise<never> {
  const { onMessage, onBytes, idleTimeoutMs, maxMessageLength = 16 * 2 ** 20, signal, clock = systemClock } = options
  let overflow = false
  let lastId: string | undefined
  const parser = createParser({
    onId: (id) => {
      lastId = id
    },
    onEvent: (message) => {
      // The parser bounds what it keeps from chunk to chunk, not a message that came in one.
      overflow ||= message.data.length > maxMessageLength
      if (overflow) return
      onMessage(lastId === undefined ? message : { ...message, id: lastId })
    },
    // It counts the name of the field, too.
    maxBufferSize: maxMessageLength + 'data: '.length,
    onError: (error) => {
      overflow ||= error.type === 'max-buffer-size-exceeded'
    },
  })
  // ignoreBOM hands the BOM on to the parser, which strips exactly one.
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  const reader = body.getReader()
  let ending: { reason: unknown } | null = null
  const end = (reason: unknown) => {
    ending ??= { reason }
    // Cancelling a reader that already failed rejects with that failure, which the pending read tells anyway.
    reader.cancel(reason).catch(() => undefined)
  }
  using watchdog = new Watchdog(idleTimeoutMs, clock, () => {
    end(new SseError('silent', `The stream was silent for ${idleTimeoutMs / 1000} s`))
  })
  const onAbort = () => end(signal?.reason)
  if (signal?.aborted) onAbort()
  else signal?.addEventListener('abort', onAbort, { once: true })
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (ending !== null || done) break
      watchdog.feed()
      onBytes?.()
      parser.feed(decoder.decode(value, { stream: true }))
      if (overflow) end(new SseError('too-large', `An event is over ${maxMessageLength} characters`))
    }
  } catch (error) {
    end(new SseError('broken', `The stream broke off: ${messageOf(error)}`, { cause: error }))
  } finally {
    signal?.removeEventListener('abort', onAbort)
  }
  const { reason }: { reason: unknown } = ending ?? { reason: new SseError('ended', 'The server ended the stream') }
  throw reason
}
