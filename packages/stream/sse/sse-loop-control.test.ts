import { describe, expect, test } from 'bun:test'
import { type Looping, looping, quiet } from '../testing/looping.ts'
import type { SseLoopOptions } from './sse-loop.ts'

describe('the next try', () => {
  test('is never where the delay is null', async () => {
    const { loop, clock, told, last, attempts } = looping({ delayAfter: () => null })
    loop.start()
    last().answer({ status: 204 })
    await loop.ended
    loop.restart()
    loop.retryNow()
    loop.start()
    await clock.advance(1e9)
    expect([told.slice(1), attempts.length, clock.left]).toEqual([
      ['error The request answered 204: the server wants no client to come back, null'],
      1,
      [],
    ])
    await loop.close()
  })

  test('is at once where the delay is 0', async () => {
    const { loop, attempts, last } = looping({ delayAfter: () => 0 })
    loop.start()
    last().fail(new Error('no'))
    await quiet()
    expect(attempts.length).toBe(2)
    await loop.close()
  })

  test('is at once on request, wherever that comes from', async () => {
    for (const from of ['outside', 'onError', 'delayAfter'] as const) {
      const retry = (where: string) => where === from && loop.retryNow()
      const { loop, attempts, clock, last } = looping({
        onError: () => void retry('onError'),
        delayAfter: () => {
          retry('delayAfter')
          return 1000
        },
      })
      loop.start()
      last().fail(new Error('no'))
      await quiet()
      retry('outside')
      await quiet()
      expect([from, attempts.length, clock.now()]).toEqual([from, 2, 0])
      await loop.close()
    }
  })

  test('is not hurried by a request that came while there was no wait', async () => {
    const { loop, attempts, clock, last } = looping()
    loop.retryNow()
    loop.start()
    loop.retryNow()
    last().answer()
    await quiet()
    loop.retryNow()
    last().end()
    await quiet()
    expect([attempts.length, clock.left]).toEqual([1, [1000]])
    await loop.close()
  })
})

describe('restart opens anew at once and tells no error', () => {
  type Moment = readonly [when: string, reach: (looping: Looping) => Promise<void> | null, told: readonly string[]]
  const moments: readonly Moment[] = [
    ['while it connects', () => null, []],
    [
      'while it reads',
      async ({ last }) => {
        last().answer()
        last().send('id: 1\ndata: a\n\n')
        await quiet()
      },
      ['open 200', 'message a 1'],
    ],
    [
      'when the headers are there',
      ({ last }) => {
        last().answer()
        return null
      },
      [],
    ],
    [
      'when it ended, and nobody knows yet',
      async ({ last }) => {
        last().answer()
        await quiet()
        last().end()
      },
      ['open 200'],
    ],
    [
      'while it waits',
      async ({ last }) => {
        last().fail(new Error('no'))
        await quiet()
      },
      ['error no, 1000'],
    ],
  ]
  test.each(moments)('%s', async (_, reach, told) => {
    const all = looping()
    const { loop, attempts, clock } = all
    loop.start()
    const reaching = reach(all)
    if (reaching) await reaching
    loop.restart()
    await quiet()
    expect([all.told.slice(1), attempts.length, clock.now()]).toEqual([[...told, `connect ${loop.lastEventId}`], 2, 0])
    const [first, second] = attempts
    expect([first?.signal.aborted, second?.signal.aborted, clock.left]).toEqual([true, false, []])
    // It was no failure, and the loop goes on.
    all.last().answer()
    await quiet()
    expect(all.told.at(-1)).toBe('open 200')
    await loop.close()
  })

  test('from the functions that it calls', async () => {
    let restarts = 0
    const { loop, told, last, clock } = looping({
      onMessage: ({ data }) => {
        told.push(data)
        loop.restart()
      },
      onError: () => {
        if (restarts++ === 0) loop.restart()
      },
    })
    loop.start()
    last().answer()
    last().send('data: a\n\ndata: b\n\n')
    await quiet()
    last().fail(new Error('no'))
    await quiet()
    expect([told, clock.now()]).toEqual([['connect ', 'open 200', 'a', 'connect ', 'connect '], 0])
    await loop.close()
  })

  test('but nothing before the loop was started', async () => {
    const { loop, attempts, last } = looping()
    loop.restart()
    await quiet()
    expect(attempts.length).toBe(0)
    loop.start()
    last().answer()
    await quiet()
    expect(attempts.length).toBe(1)
    await loop.close()
  })
})

describe('a function that throws', () => {
  const cause = new Error('full')
  const failed = { code: 'handler', message: 'A handler of the stream failed: full', cause }
  const names = ['onOpen', 'onMessage', 'onComment', 'onBytes', 'onRetryTime'] as const
  test.each(names)('such as %s ends the connection, and the loop goes on', async (name) => {
    const errors: unknown[] = []
    const { loop, clock, attempts, last } = looping({
      [name]: () => {
        throw cause
      },
      onError: (error, retryInMs) => void errors.push(error, retryInMs),
    })
    loop.start()
    last().answer()
    last().send('retry: 1\n:c\nid: 1\ndata: a\n\n')
    await quiet()
    expect(errors).toMatchObject([failed, 1000])
    expect([last().cancelled, last().signal.aborted]).toEqual([true, true])
    await clock.advance(1000)
    expect(attempts.length).toBe(2)
    await loop.close()
  })

  test('instead of giving a promise, such as connect, is told like one that rejects', async () => {
    const { loop, told, clock } = looping({
      connect: () => {
        throw cause
      },
    })
    loop.start()
    await quiet()
    expect([told, clock.left]).toEqual([['error full, 1000'], [1000]])
    await loop.close()
  })

  const delays: readonly (readonly [what: string, delayAfter: SseLoopOptions['delayAfter'], message: string])[] = [
    [
      'that throws',
      () => {
        throw cause
      },
      'A handler of the stream failed: full',
    ],
    ['of no number', () => Number.NaN, 'A handler of the stream failed: A delay of NaN ms cannot be waited for'],
    ['before now', () => -1, 'A handler of the stream failed: A delay of -1 ms cannot be waited for'],
  ]
  test.each(delays)('a delay %s is told, and becomes 30 s', async (_, delayAfter, message) => {
    const { loop, told, clock, last } = looping({ delayAfter })
    loop.start()
    last().fail(new Error('no'))
    await quiet()
    expect([told.slice(1), clock.left]).toEqual([[`error ${message}, 30000`], [30_000]])
    await loop.close()
  })

  test('of onError does not stop the loop', async () => {
    const { loop, attempts, clock, last } = looping({
      onError: () => {
        throw cause
      },
    })
    loop.start()
    last().fail(new Error('no'))
    await clock.advance(1000)
    expect(attempts.length).toBe(2)
    await loop.close()
  })
})
