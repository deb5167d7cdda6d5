import { type Clock, messageOf, networkReason, systemClock } from '@novnc-tokens/api'
import { createParser } from 'eventsource-parser'
import { SseError } from './errors.ts'
import type { SseMessage } from './sse-message.ts'
import { Watchdog } from './watchdog.ts'

/** How a stream is read. */
export interface ReadOptions {
  /**
   * Called for each message, at once and in order; must not take long, since nothing is read meanwhile. What it throws
   * ends the reading, as do the other functions.
   */
  onMessage: (message: SseMessage) => void
  /** Called for each comment, without its colon and one blank after it. Without it comments are skipped unread. */
  onComment?: (text: string) => void
  /** Called when the last event id is set: before the message that sets it, and also by a block without data. */
  onId?: (id: string) => void
  /** Called for each `retry` field: milliseconds that the server asks to wait before a reconnection. */
  onRetryTime?: (ms: number) => void
  /** Called for each chunk of bytes. */
  onBytes?: () => void
  /** Longest silence, in milliseconds; null: for ever. */
  idleTimeoutMs: number | null
  /** Longest message, in UTF-16 units; of a line of another kind too, where it has to be kept. @default 16 Mi */
  maxMessageLength?: number
  /** The last event id that earlier connections left. @default '' */
  lastEventId?: string
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
  let ending: { reason: unknown } | null = null
  const reader = body.getReader()
  const end = (reason: unknown) => {
    ending ??= { reason }
    // Cancelling a reader that already failed rejects with that failure, which the pending read tells anyway.
    reader.cancel(reason).catch(() => undefined)
  }
  const { onId, onComment, onRetryTime } = options
  let id = options.lastEventId ?? ''
  let overflow = false
  const parser = createParser({
    onId: (value) => {
      id = value
      if (ending === null) onId?.(value)
    },
    onEvent: ({ event, data }) => {
      // The parser bounds what it keeps from chunk to chunk, not a message that came in one.
      overflow ||= data.length > maxMessageLength
      // A function that was called for an earlier message of the chunk may have ended it all.
      if (!overflow && ending === null) onMessage({ type: event ?? 'message', data, id })
    },
    ...(onComment ? { onComment: (text: string) => void (ending === null && onComment(text)) } : {}),
    ...(onRetryTime ? { onRetry: (ms: number) => void (ending === null && onRetryTime(ms)) } : {}),
    // It counts the name of the field, too.
    maxBufferSize: maxMessageLength + 'data: '.length,
    onError: (error) => {
      overflow ||= error.type === 'max-buffer-size-exceeded'
    },
  })
  // The parser joins what the last chunk left with all it gets next: with one line of it, reading costs half as much.
  const feed = (text: string) => {
    const line = text.indexOf('\n') + 1
    if (line > 0) parser.feed(text.slice(0, line))
    if (line < text.length && !overflow) parser.feed(text.slice(line))
  }
  // The decoder strips exactly one BOM. The parser would strip another one, and one that was decoded as Latin-1: a blank
  // line, which means nothing, takes it past the beginning.
  parser.feed('\n')
  const decoder = new TextDecoder()
  using watchdog = idleTimeoutMs === null ? null : watch(idleTimeoutMs, clock, end)
  const onAbort = () => end(signal?.reason)
  if (signal?.aborted) onAbort()
  else signal?.addEventListener('abort', onAbort, { once: true })
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (ending !== null || done) break
      watchdog?.feed()
      try {
        onBytes?.()
        feed(decoder.decode(value, { stream: true }))
      } catch (error) {
        end(new SseError('handler', `A handler of the stream failed: ${messageOf(error)}`, { cause: error }))
      }
      if (overflow) end(new SseError('too-large', `An event is over ${maxMessageLength} characters`))
    }
  } catch (error) {
    end(new SseError('broken', `The stream broke off: ${networkReason(error)}`, { cause: error }))
  } finally {
    signal?.removeEventListener('abort', onAbort)
  }
  const { reason }: { reason: unknown } = ending ?? { reason: new SseError('ended', 'The server ended the stream') }
  throw reason
}

function watch(idleMs: number, clock: Clock, end: (reason: SseError) => void): Watchdog {
  return new Watchdog(idleMs, clock, () => end(new SseError('silent', `The stream was silent for ${idleMs / 1000} s`)))
}
