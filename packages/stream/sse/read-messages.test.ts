import { describe, expect, test } from 'bun:test'
import { getEventListeners } from 'node:events'
import type { EventSourceMessage } from 'eventsource-parser'
import { FakeClock, settled } from '../../api/testing/fake-clock.ts'
import { SseError } from './errors.ts'
import { type ReadOptions, readMessages } from './read-messages.ts'

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

/** Reads a stream that consists of these chunks. */
async function read(chunks: readonly Uint8Array[], options: Partial<ReadOptions> = {}) {
  const messages: EventSourceMessage[] = []
  const stream = source()
  for (const chunk of chunks) stream.send(chunk)
  stream.end()
  const onMessage = (message: EventSourceMessage) => void messages.push(message)
  const reading = readMessages(stream.body, { onMessage, idleTimeoutMs: 1000, clock: new FakeClock(), ...options })
  const error = await reading.catch((thrown: unknown) => thrown)
  return { messages, error, cancelled: stream.state.cancelled }
}

/** Reads the same bytes whole, byte by byte, and cut in two at each place. */
async function readEachWay(bytes: Uint8Array, options: Partial<ReadOptions> = {}) {
  const ways: (readonly Uint8Array[])[] = [[bytes], [...bytes].map((byte) => Uint8Array.of(byte))]
  for (let at = 0; at <= bytes.length; at++) ways.push([bytes.subarray(0, at), bytes.subarray(at)])
  return await Promise.all(ways.map((chunks) => read(chunks, options)))
}

type Message = string | Partial<EventSourceMessage>

const long = 'x'.repeat(1500)
const padding = ' '.repeat(2000)
const cases: readonly (readonly [what: string, text: string, messages: readonly Message[]])[] = [
  // Line ends.
  ['lines that end in LF', 'data: a\ndata: b\n\n', ['a\nb']],
  ['lines that end in CR', 'data: a\rdata: b\r\r', ['a\nb']],
  ['lines that end in CRLF', 'data: a\r\ndata: b\r\n\r\n', ['a\nb']],
  ['lines that end in all ways', 'data: a\rdata: b\r\ndata: c\n\rdata: d\n\r\n', ['a\nb\nc', 'd']],
  ['LF and then CR as two ends', 'data: a\n\rdata: b\n\n', ['a', 'b']],
  ['blank lines between messages', '\n\n\r\n\rdata: a\n\n\n\n\r\rdata: b\n\n\n', ['a', 'b']],
  // Data.
  ['one blank after the colon', 'data: a\n\ndata:b\n\ndata:  c\n\ndata:\td\n\n', ['a', 'b', ' c', '\td']],
  ['data without a colon', 'data\n\n', ['']],
  ['data without a colon, twice', 'data\ndata\n\n', ['\n']],
  ['empty data', 'data:\n\ndata: \n\n', ['', '']],
  ['empty lines of data between others', 'data:\ndata: a\ndata:\ndata\ndata: b\ndata:\n\n', ['\na\n\n\nb\n']],
  ['colons in data', 'data: a:b: c\n\ndata::\n\n', ['a:b: c', ':']],
  ['JSON', 'data: {"a": "b"}\n\n', ['{"a": "b"}']],
  ['characters of all lengths', 'data: é€😀\u0000\n\n', ['é€😀\u0000']],
  [
    'line ends of other scripts, which are none',
    'data: a\u2028b\u2029c\u0085d\u000be\u000c\n\n',
    ['a\u2028b\u2029c\u0085d\u000be\u000c'],
  ],
  ['a long message', `data: ${long}\n\n`, [long]],
  // Other fields and lines.
  ['comments', ': c\ndata: a\n:\n:data: x\ndata: b\n\n: c\n\n', ['a\nb']],
  ['a comment only', ':heartbeat\n\n', []],
  ['unknown fields', 'foo: x\ndata: a\nDATA: x\n data: x\ndata : x\ndatax: x\nfoo\n\n', ['a']],
  ['a type', 'event: add\ndata: a\n\ndata: b\n\n', [{ event: 'add', data: 'a' }, 'b']],
  ['a type without data, which is forgotten', 'event: add\n\ndata: b\n\n', ['b']],
  ['a type that is taken back', 'event: add\nevent:\ndata: a\n\n', ['a']],
  [
    'an id, which stays',
    'data: a\nid: 1\n\ndata: b\n\nid: 2\n\ndata: c\n\n',
    [
      { id: '1', data: 'a' },
      { id: '1', data: 'b' },
      { id: '2', data: 'c' },
    ],
  ],
  [
    'an id that is taken back',
    'id: 1\ndata: a\n\nid\ndata: b\n\ndata: c\n\n',
    [
      { id: '1', data: 'a' },
      { id: '', data: 'b' },
      { id: '', data: 'c' },
    ],
  ],
  [
    'an id with NUL, which is ignored',
    'id: 1\ndata: a\n\nid: 2\u00003\ndata: b\n\n',
    [
      { id: '1', data: 'a' },
      { id: '1', data: 'b' },
    ],
  ],
  ['a time to retry after', 'retry: 5\ndata: a\n\nretry: x\n\n', ['a']],
  // The beginning.
  ['a byte order mark', '\ufeffdata: a\n\n', ['a']],
  ['a second byte order mark, which is a part of the name', '\ufeff\ufeffdata: a\n\ndata: b\n\n', ['b']],
  ['a byte order mark later, which is a character', 'data: \ufeffa\n\n\ufeffdata: b\n\n', ['\ufeffa']],
  ['nothing', '', []],
  // The end.
  ['a message without its blank line, which is dropped', 'data: a\n\ndata: b\n', ['a']],
  ['a message without its line end, which is dropped', 'data: a\n\ndata: b', ['a']],
  ['a message that ends with the first CR of its blank line', 'data: a\r\n\r', ['a']],
  // What Atmosphere sends.
  ['1.0: a blank message of padding', `data:${padding}\n\n\ndata:{"a":1}\n\n`, [padding.slice(1), '{"a":1}']],
  ['1.1 to 2.0: padding that is glued to the first message', `${padding}\ndata:{"a":1}\n\n`, ['{"a":1}']],
  [
    '2.1 and 2.2: line ends of two kinds and a blank heartbeat',
    `${padding}\ndata:{"a":1}\r\n\r\ndata: \r\n\r\ndata:{"a":2}\r\n\r\n`,
    ['{"a":1}', '', '{"a":2}'],
  ],
  ['2.3 and later: a heartbeat of X', `${padding}\ndata:{"a":1}\r\n\r\ndata:X\r\n\r\n`, ['{"a":1}', 'X']],
]

test.each(cases)('%s', async (_, text, messages) => {
  const expected = {
    messages: messages.map((message) => (typeof message === 'string' ? { data: message } : message)),
    error: new SseError('ended', 'The server ended the stream'),
    cancelled: undefined,
  }
  for (const result of await readEachWay(Buffer.from(text))) {
    expect(result as unknown).toEqual(expected)
  }
})

test('bytes that are no UTF-8 become replacement characters, and the stream goes on', async () => {
  const bytes = Buffer.concat([Buffer.from('data: a'), Buffer.from([0xff, 0xc3]), Buffer.from('\n\ndata: b\n\n')])
  for (const { messages } of await readEachWay(bytes)) {
    expect(messages.map(({ data }) => data)).toEqual(['a\ufffd\ufffd', 'b'])
  }
})

test('a bare CR at the end of a chunk ends the message at once', async () => {
  const seen: string[] = []
  const stream = source()
  const onMessage = ({ data }: EventSourceMessage) => void seen.push(data)
  const reading = readMessages(stream.body, { onMessage, idleTimeoutMs: 1000, clock: new FakeClock() })
  stream.send('data: a\r\r')
  await settled()
  expect(seen).toEqual(['a'])
  stream.send('\ndata: b\r')
  await settled()
  stream.send('\n\r')
  await settled()
  expect(seen).toEqual(['a', 'b'])
  stream.end()
  await expect(reading).rejects.toMatchObject({ code: 'ended' })
})

test('messages of 5 and 10 MiB come through in pieces', async () => {
  for (const size of [5, 10]) {
    const data = 'é'.repeat((size * 2 ** 20) / 2)
    const bytes = Buffer.from(`data: ${data}\n\ndata: b\n\n`)
    const chunks: Uint8Array[] = []
    for (let at = 0; at < bytes.length; at += 65_521) chunks.push(bytes.subarray(at, at + 65_521))
    const { messages } = await read(chunks)
    expect(messages.map((message) => message.data === data || message.data)).toEqual([true, 'b'])
  }
})

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
    ['does not count padding and comments', `${padding}\ndata: a\n:${padding}\n\n`, ['a'], false],
  ]
  test.each(limits)('%s', async (_, text, messages, tooLarge) => {
    const error = tooLarge
      ? new SseError('too-large', 'An event is over 10 characters')
      : new SseError('ended', 'The server ended the stream')
    for (const result of await readEachWay(Buffer.from(text), { maxMessageLength: 10 })) {
      expect({ ...result, messages: result.messages.map(({ data }) => data), cancelled: null }).toEqual({
        messages: [...messages],
        error,
        cancelled: null,
      })
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

  test('when a message cannot be taken, with the cause', async () => {
    const cause = new Error('no room')
    const { send, ended, state } = start({
      onMessage: () => {
        throw cause
      },
    })
    send('data: a\n\n')
    expect(await ended).toMatchObject({ code: 'broken', cause })
    expect(state.cancelled).toBeInstanceOf(SseError)
  })
})
