import { describe, expect, test } from 'bun:test'
import { getEventListeners } from 'node:events'
import { FakeClock, settled } from '../../api/testing/fake-clock.ts'
import { readWire, waysToSend } from '../testing/read-wire.ts'
import { SseError } from './errors.ts'
import { readMessages } from './read-messages.ts'
import type { SseMessage } from './sse-message.ts'

/** A stream of chunks that a test sends, and that notes whether its reader left. */
function source() {
  let sender: ReadableStreamDefaultController<Uint8Array> | null = null
  const state = { cancelled: undefined as unknown }
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      sender = controller
    },
    cancel(reason) {
      state.cancelled = reason
    },
  })
  return {
    body,
    state,
    send: (chunk: string | Uint8Array) => sender?.enqueue(typeof chunk === 'string' ? Buffer.from(chunk) : chunk),
    end: () => sender?.close(),
    fail: (error: unknown) => sender?.error(error),
  }
}

describe('the end of a line', () => {
  const ways: readonly (readonly [how: string, chunks: readonly (readonly [chunk: string, seen: string])[]])[] = [
    ['LF', [['data: a\n\n', 'a']]],
    ['CR', [['data: a\r\r', 'a']]],
    ['CRLF of which the LF is still to come', [['data: a\r\n\r', 'a']]],
    [
      'CR, whose LF comes later and is no line',
      [
        ['data: a\r', ''],
        ['\r', 'a'],
        ['\ndata: b\r', 'a'],
        ['\n', 'a'],
        ['\r', 'ab'],
        ['\n\n', 'ab'],
      ],
    ],
  ]
  test.each(ways)('%s tells the message at once, and once', async (_, chunks) => {
    const seen: string[] = []
    const stream = source()
    const onMessage = ({ data }: SseMessage) => void seen.push(data)
    const reading = readMessages(stream.body, { onMessage, idleTimeoutMs: null, clock: new FakeClock() })
    const ended = reading.catch((error: unknown) => error)
    for (const [chunk, expected] of chunks) {
      stream.send(chunk)
      await settled()
      expect(seen.join('')).toBe(expected)
    }
    stream.end()
    expect(await ended).toMatchObject({ code: 'ended' })
  })
})

const padding = ' '.repeat(2000)

describe('the limit of size', () => {
  const limits: readonly (readonly [what: string, text: string, messages: readonly string[], tooLarge: boolean])[] = [
    [
      'lets a message of just this size through',
      'data: 1234567890\n\ndata:1234567890\n\n',
      ['1234567890', '1234567890'],
      false,
    ],
    ['counts all lines of a message', 'data: 123456\ndata: 890\n\n', ['123456\n890'], false],
    ['ends the stream at a message that is longer', 'data: a\n\ndata: 12345678901\n\ndata: b\n\n', ['a'], true],
    [
      'ends the stream at a message whose lines are longer together',
      'data: a\n\ndata: 123456\ndata: 8901\n\ndata: b\n\n',
      ['a'],
      true,
    ],
    ['counts characters, not bytes', 'data: éééééééééé\n\n', ['éééééééééé'], false],
    ['does not count padding', `${padding}\ndata: a\n${padding}\n\n`, ['a'], false],
  ]
  test.each(limits)('%s', async (_, text, messages, tooLarge) => {
    for (const chunks of waysToSend(Buffer.from(text))) {
      const { messages: read, end } = await readWire(chunks, { maxMessageLength: 10 })
      expect([read.map(({ data }) => data), end]).toEqual([[...messages], tooLarge ? 'too-large' : 'ended'])
    }
  })

  test('ends a message that never ends, and leaves the stream', async () => {
    const stream = source()
    const reading = readMessages(stream.body, {
      onMessage: () => undefined,
      idleTimeoutMs: 1000,
      maxMessageLength: 1000,
      clock: new FakeClock(),
    })
    const ended = reading.catch((error: unknown) => error)
    stream.send('data: ')
    for (let chunk = 0; chunk < 11; chunk++) stream.send('x'.repeat(100))
    const error = await ended
    expect(error).toEqual(new SseError('too-large', 'An event is over 1000 characters'))
    expect(stream.state.cancelled).toBe(error)
  })
})

describe('a stream ends', () => {
  function start(options: { signal?: AbortSignal; onMessage?: () => void } = {}) {
    const clock = new FakeClock()
    const stream = source()
    let chunks = 0
    const { onMessage = () => undefined, signal } = options
    const onBytes = () => {
      chunks++
    }
    const reading = readMessages(stream.body, {
      onMessage,
      onBytes,
      idleTimeoutMs: 150_000,
      clock,
      ...(signal ? { signal } : {}),
    })
    const ended = reading.catch((error: unknown) => error)
    return { ...stream, clock, ended, chunks: () => chunks }
  }

  test('when the server ends it, and leaves no timer', async () => {
    const { end, ended, clock } = start()
    end()
    expect(await ended).toEqual(new SseError('ended', 'The server ended the stream'))
    await settled()
    expect(clock.left).toEqual([])
  })

  test('when it breaks, with the cause', async () => {
    const { fail, ended, clock } = start()
    const cause = new Error('read ECONNRESET')
    fail(cause)
    const error = await ended
    expect(error).toMatchObject({ code: 'broken', message: 'The stream broke off: read ECONNRESET', cause })
    await settled()
    expect(clock.left).toEqual([])
  })

  test('when no byte came for the idle timeout', async () => {
    const { send, ended, clock, state, chunks } = start()
    await clock.advance(149_999)
    // Bytes of any kind are life, as heartbeats and half lines.
    send(' ')
    await clock.advance(149_999)
    send('data: X')
    await clock.advance(149_999)
    expect(state.cancelled).toBeUndefined()
    await clock.advance(1)
    const error = await ended
    expect(error).toEqual(new SseError('silent', 'The stream was silent for 150 s'))
    expect([state.cancelled, chunks(), clock.left]).toEqual([error, 2, []])
  })

  test("when its signal says so, with the signal's reason", async () => {
    const controller = new AbortController()
    const { send, ended, clock, state } = start({ signal: controller.signal })
    send('data: a\n\n')
    await settled()
    const reason = new Error('enough')
    controller.abort(reason)
    expect(await ended).toBe(reason)
    await settled()
    expect([state.cancelled, clock.left, getEventListeners(controller.signal, 'abort')]).toEqual([reason, [], []])
  })

  test('before it began where its signal had said so', async () => {
    const reason = new Error('before')
    const seen: unknown[] = []
    const { send, ended, state, clock } = start({ signal: AbortSignal.abort(reason), onMessage: () => seen.push(1) })
    expect(await ended).toBe(reason)
    expect(state.cancelled).toBe(reason)
    expect(() => send('data: a\n\n')).toThrow()
    await settled()
    expect([seen, clock.left]).toEqual([[], []])
  })

  test('without a message more once it ends', async () => {
    const controller = new AbortController()
    let seen = 0
    const { send, ended } = start({ signal: controller.signal, onMessage: () => ++seen })
    send('data: a\n\n')
    await settled()
    send('data: b\n\n')
    controller.abort(new Error('enough'))
    await ended
    await settled()
    expect(seen).toBe(1)
  })

  test('and leaves no listener, however many streams one signal has', async () => {
    const { signal } = new AbortController()
    for (let stream = 0; stream < 20; stream++) {
      const { end, ended } = start({ signal })
      end()
      await ended
    }
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })

  const handlers = ['onMessage', 'onComment', 'onId', 'onRetryTime', 'onBytes'] as const
  test.each(handlers)('when what it calls throws, such as %s, with the cause', async (name) => {
    const cause = new Error('no room')
    const seen: string[] = []
    const stream = source()
    const reading = readMessages(stream.body, {
      onMessage: ({ data }) => void seen.push(data),
      idleTimeoutMs: null,
      clock: new FakeClock(),
      [name]: () => {
        throw cause
      },
    })
    const ended = reading.catch((error: unknown) => error)
    stream.send('retry: 1\n:c\nid: 1\ndata: a\n\ndata: b\n\n')
    const error = await ended
    expect(error).toMatchObject({ code: 'handler', message: 'A handler of the stream failed: no room', cause })
    expect([seen, stream.state.cancelled]).toEqual([[], error])
  })

  test('without another call once one of its functions ended it', async () => {
    const controller = new AbortController()
    const stream = source()
    const calls: string[] = []
    const reading = readMessages(stream.body, {
      onMessage: ({ data }) => {
        calls.push(data)
        controller.abort(new Error('enough'))
      },
      onComment: (text) => void calls.push(text),
      onId: (id) => void calls.push(id),
      onRetryTime: (ms) => void calls.push(String(ms)),
      idleTimeoutMs: null,
      signal: controller.signal,
      clock: new FakeClock(),
    })
    const ended = reading.catch((error: unknown) => error)
    stream.send('data: a\n\ndata: b\nid: 1\nretry: 2\n:c\n\n')
    expect(await ended).toEqual(new Error('enough'))
    expect(calls).toEqual(['a'])
  })

  test('but never by its silence, where it may be silent for ever', async () => {
    const clock = new FakeClock()
    const stream = source()
    const reading = readMessages(stream.body, { onMessage: () => undefined, idleTimeoutMs: null, clock })
    const ended = reading.catch((error: unknown) => error)
    expect(clock.left).toEqual([])
    stream.end()
    expect(await ended).toMatchObject({ code: 'ended' })
  })
})
