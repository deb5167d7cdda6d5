import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { type Looping, looping, quiet } from '../testing/looping.ts'

describe('close', () => {
  test('before the start means that it never begins', async () => {
    const { loop, attempts } = looping()
    await loop.close()
    loop.start()
    await quiet()
    expect(attempts.length).toBe(0)
    await loop.ended
  })

  test('while an answer is on its way leaves that unread', async () => {
    let answer: (response: Response) => void = () => undefined
    const opened: unknown[] = []
    const { loop } = looping({
      // One that does not look at its signal.
      connect: () =>
        new Promise((resolve) => {
          answer = resolve
        }),
      onOpen: () => void opened.push('open'),
    })
    loop.start()
    const closing = loop.close()
    let cancelled = false
    answer(
      new Response(
        new ReadableStream({
          cancel() {
            cancelled = true
          },
        }),
      ),
    )
    await closing
    expect([opened, cancelled]).toEqual([[], true])
  })

  const callers = ['onOpen', 'onMessage', 'onComment', 'onBytes', 'onRetryTime', 'onError', 'delayAfter'] as const
  test.each(callers)('from %s is the last thing that happens', async (name) => {
    const calls: string[] = []
    const call = (called: string) => {
      calls.push(called)
      if (called === name) void loop.close()
      return 1000
    }
    const { loop, clock, last, attempts } = looping({
      onOpen: () => void call('onOpen'),
      onMessage: () => void call('onMessage'),
      onComment: () => void call('onComment'),
      onBytes: () => void call('onBytes'),
      onRetryTime: () => void call('onRetryTime'),
      onError: () => void call('onError'),
      delayAfter: () => call('delayAfter'),
    })
    loop.start()
    last().answer()
    last().send('retry: 1\n:c\ndata: a\n\nretry: 1\n:c\ndata: b\n\n')
    await quiet()
    last().end()
    await quiet()
    await loop.ended
    await clock.advance(1e6)
    expect([calls.at(-1), attempts.length, clock.left]).toEqual([name, 1, []])
  })

  test('by leaving its scope', async () => {
    const all = looping()
    {
      await using loop = all.loop
      loop.start()
      all.last().answer()
    }
    expect([all.last().signal.aborted, all.clock.left]).toEqual([true, []])
  })

  /** What may happen to a loop, whenever it may. */
  const steps: Readonly<Record<string, (looping: Looping) => unknown>> = {
    answer: ({ attempts }) => attempts.at(-1)?.answer(),
    refuse: ({ attempts }) => attempts.at(-1)?.answer({ status: 500 }),
    fail: ({ attempts }) => attempts.at(-1)?.fail(new Error('no')),
    send: ({ attempts }) => attempts.at(-1)?.send('id: 1\ndata: a\n\ndata: b\n\n'),
    end: ({ attempts }) => attempts.at(-1)?.end(),
    breakOff: ({ attempts }) => attempts.at(-1)?.breakOff(new Error('no')),
    restart: ({ loop }) => loop.restart(),
    retryNow: ({ loop }) => loop.retryNow(),
    wait: ({ clock }) => clock.advance(1000),
    idle: ({ clock }) => clock.advance(60_000),
    quiet: () => quiet(),
  }
  const step = fc.constantFrom(...Object.keys(steps))

  test('after whatever happened before leaves nothing open and calls nothing more', async () => {
    const rejections: unknown[] = []
    const onRejection = (reason: unknown) => void rejections.push(reason)
    process.on('unhandledRejection', onRejection)
    const closes = fc.asyncProperty(fc.array(step, { maxLength: 20, size: 'max' }), async (names) => {
      const all = looping()
      const { loop, clock, told, attempts } = all
      loop.start()
      for (const name of names) await steps[name]?.(all)
      const running = attempts.filter(({ signal }) => !signal.aborted)
      expect(running.length).toBeLessThanOrEqual(1)
      const before = told.length
      const closing = loop.close()
      for (const name of names) await steps[name]?.(all)
      await closing
      await loop.ended
      await clock.advance(1e7)
      expect([told.slice(before), clock.left]).toEqual([[], []])
      expect(attempts.filter(({ signal, open }) => open || !signal.aborted)).toEqual([])
    })
    try {
      await fc.assert(closes, { numRuns: 300 })
    } finally {
      process.off('unhandledRejection', onRejection)
    }
    expect(rejections).toEqual([])
  })
})

test('1,000 connections leave no timer and no listener', async () => {
  const { loop, clock, told, attempts, last } = looping({ onOpen: () => undefined, onError: () => undefined })
  loop.start()
  for (let connection = 0; connection < 1000; connection++) {
    last().answer()
    last().send('data: a\n\n')
    await quiet()
    last().end()
    await quiet()
    if (connection % 100 === 0) expect(clock.left).toEqual([1000])
    await clock.advance(1000)
  }
  expect([attempts.length, told.filter((text) => text === 'message a ').length]).toEqual([1001, 1000])
  expect(attempts.filter(({ signal, open }) => open || !signal.aborted).length).toBe(1)
  await loop.close()
  expect(clock.left).toEqual([])
})
