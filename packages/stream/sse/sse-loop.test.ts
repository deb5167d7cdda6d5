import { describe, expect, test } from 'bun:test'
import { type Attempt, looping, quiet } from '../testing/looping.ts'
import { SseError } from './errors.ts'

test('a connection that ends is opened anew, from where it was', async () => {
  const { loop, clock, told, last } = looping({ lastEventId: '1' })
  loop.start()
  loop.start()
  last().answer()
  last().send('data: a\n\nid: 2\n\nevent: add\ndata: b\n\ndata: lost')
  await quiet()
  last().end()
  await quiet()
  expect(clock.left).toEqual([1000])
  await clock.advance(1000)
  last().answer()
  last().send('data: c\n\n')
  await quiet()
  expect(told.splice(0)).toEqual([
    'connect 1',
    'open 200',
    'message a 1',
    'add b 2',
    'error The server ended the stream, 1000',
    'connect 2',
    'open 200',
    'message c 2',
  ])
  expect(loop.lastEventId).toBe('2')
  await loop.close()
})

test('comments, bytes and times to reconnect after are told to who wants them', async () => {
  const seen: unknown[] = []
  const { loop, last } = looping({
    onComment: (text) => void seen.push(text),
    onBytes: () => void seen.push('bytes'),
    onRetryTime: (ms) => void seen.push(ms),
  })
  loop.start()
  last().answer()
  last().send(': beat\nretry: 5\n')
  await quiet()
  expect(seen).toEqual(['bytes', 'beat', 5])
  await loop.close()
})

describe('a connection fails', () => {
  const cause = new Error('ECONNRESET')
  type Failure = readonly [how: string, fail: (attempt: Attempt) => void, error: object]
  const failures: readonly Failure[] = [
    ['when it cannot be made', (attempt) => attempt.fail(cause), cause],
    ['when what is thrown is no error', (attempt) => attempt.fail('no'), new SseError('broken', 'no', { cause: 'no' })],
    [
      'when it breaks off',
      (attempt) => {
        attempt.answer()
        attempt.breakOff(cause)
      },
      new SseError('broken', 'The stream broke off: ECONNRESET', { cause }),
    ],
    [
      'when the answer has no body',
      (attempt) => {
        attempt.answer()
        attempt.end()
      },
      new SseError('ended', 'The server ended the stream'),
    ],
    [
      'when one message is too large',
      (attempt) => {
        attempt.answer()
        attempt.send(`data: ${'x'.repeat(101)}\n\n`)
      },
      new SseError('too-large', 'An event is over 100 characters'),
    ],
  ]
  test.each(failures)('%s', async (_, fail, error) => {
    const errors: unknown[] = []
    const { loop, clock, last } = looping({
      maxMessageLength: 100,
      onError: (thrown, retryInMs) => void errors.push(thrown, retryInMs),
    })
    loop.start()
    fail(last())
    await quiet()
    expect([errors, clock.left, last().signal.aborted]).toEqual([[error, 1000], [1000], true])
    await loop.close()
  })

  test('when its server is silent, and not while it waits for its next try', async () => {
    const { loop, clock, told, last } = looping({ delayAfter: () => 1_000_000 })
    loop.start()
    last().answer()
    await clock.advance(60_000)
    expect([told.slice(2), last().cancelled, clock.left]).toEqual([
      ['error The stream was silent for 60 s, 1000000'],
      true,
      [1_000_000],
    ])
    await loop.close()
  })

  test('is judged by the time when it failed', async () => {
    const seen: unknown[] = []
    const { loop, clock, last } = looping({
      delayAfter: (error, now) => {
        seen.push(error.message, now)
        return 7
      },
    })
    loop.start()
    await clock.advance(5)
    last().fail(new Error('no'))
    await quiet()
    expect([seen, clock.left]).toEqual([['no', 5], [7]])
    await loop.close()
  })
})

describe('an answer is judged:', () => {
  const seconds = (value: string) => ({ 'retry-after': value })
  const type = (value: string) => ({ 'content-type': value })
  type Judged = readonly [what: string, init: ResponseInit, error: SseError | null]
  const notStream = (what: string) =>
    new SseError('content-type', `The request answered ${what} instead of text/event-stream`)
  const answered = (status: number, retryAfterMs: number | null = null) =>
    new SseError('status', `The request answered ${status}`, { status, retryAfterMs })
  const answers: readonly Judged[] = [
    ['an event stream', { headers: type('text/event-stream') }, null],
    ['one with parameters', { headers: type('text/event-stream;charset=utf-8') }, null],
    ['one in capitals, with blanks', { headers: type('Text/Event-Stream ; charset=UTF-8') }, null],
    ['a page', { headers: type('text/html') }, notStream('text/html')],
    ['a type that begins alike', { headers: type('text/event-streams') }, notStream('text/event-streams')],
    ['a type with a suffix', { headers: type('text/event-stream+x') }, notStream('text/event-stream+x')],
    ['a type that is a parameter', { headers: type('a/b;text/event-stream') }, notStream('a/b;text/event-stream')],
    ['no type', { headers: {} }, notStream('no content type')],
    [
      '204',
      { status: 204 },
      new SseError('stopped', 'The request answered 204: the server wants no client to come back', { status: 204 }),
    ],
    ['201, although it is a stream', { status: 201, headers: type('text/event-stream') }, answered(201)],
    ['206, although it is a stream', { status: 206, headers: type('text/event-stream') }, answered(206)],
    ['304 without a body', { status: 304 }, answered(304)],
    ['404', { status: 404 }, answered(404)],
    ['503 with seconds', { status: 503, headers: seconds('2') }, answered(503, 2000)],
    ['429 with a date', { status: 429, headers: seconds('Thu, 01 Jan 2026 00:00:09 GMT') }, answered(429, 9000)],
    ['503 with nonsense', { status: 503, headers: seconds('soon') }, answered(503)],
  ]
  test.each(answers)('%s', async (_, init, error) => {
    const told: unknown[] = []
    const { loop, clock, last } = looping({
      connect: async (attempt) => {
        told.push(attempt.lastEventId)
        const body = [204, 304].includes(init.status ?? 200) ? null : new ReadableStream()
        return new Response(body, init)
      },
      onOpen: () => void told.push('open'),
      onError: (thrown) => void told.push(thrown),
    })
    expect(last).toThrow()
    loop.start()
    await quiet()
    expect([told, clock.left]).toEqual([['', error ?? 'open'], [error === null ? 60_000 : 1000]])
    await loop.close()
  })

  test('a stream without a body is one that ended', async () => {
    const told: string[] = []
    const { loop } = looping({
      connect: async () => new Response(null, { headers: type('text/event-stream') }),
      onOpen: () => void told.push('open'),
      onError: ({ message }) => void told.push(message),
    })
    loop.start()
    await quiet()
    expect(told).toEqual(['open', 'The server ended the stream'])
    await loop.close()
  })

  test('in the words of its request, and its body is not read', async () => {
    const { loop, told, last } = looping({ requestName: 'POST "http://h/"' })
    loop.start()
    last().answer({ status: 500 })
    await quiet()
    expect([told[1], last().cancelled]).toEqual(['error POST "http://h/" answered 500, 1000', true])
    await loop.close()
  })
})
