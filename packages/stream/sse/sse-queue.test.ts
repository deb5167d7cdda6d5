import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { SseQueue } from './sse-queue.ts'

const queueOf = (length = 3, weight = 100) =>
  new SseQueue<string>({ length, weight, weigh: (value) => value.length, lost: (dropped) => `lost ${dropped}` })

/** Takes what waits, up to the end or to where it would wait itself; that wait is taken up by the next call. */
function consumer(queue: SseQueue<string>): (count?: number) => Promise<readonly string[]> {
  let waiting: Promise<IteratorResult<string>> | null = null
  return async (count = Number.POSITIVE_INFINITY) => {
    const taken: string[] = []
    while (taken.length < count && taken.at(-1) !== 'end') {
      waiting ??= queue.next()
      const next = await Promise.race([waiting, Promise.resolve(null)])
      if (next === null) break
      waiting = null
      taken.push(next.done ? 'end' : next.value)
    }
    return taken
  }
}

function drain(queue: SseQueue<string>, count?: number): Promise<readonly string[]> {
  return consumer(queue)(count)
}

function filled(queue: SseQueue<string>, ...values: readonly string[]): SseQueue<string> {
  for (const value of values) queue.push(value)
  return queue
}

test('what waits is taken in order', async () => {
  expect(await drain(filled(queueOf(), 'a', 'b', 'c'), 3)).toEqual(['a', 'b', 'c'])
})

test('a consumer that waits is given what comes, several in their order', async () => {
  const queue = queueOf(1)
  const waiting = [queue.next(), queue.next(), queue.next()]
  filled(queue, 'a', 'b')
  queue.end()
  expect(await Promise.all(waiting)).toEqual([
    { done: false, value: 'a' },
    { done: false, value: 'b' },
    { done: true, value: undefined },
  ])
})

describe('what is too much is dropped', () => {
  test('until all that waited is taken, and its count told where it would have been', async () => {
    const queue = filled(queueOf(), 'a', 'b', 'c', 'd', 'e')
    expect(await drain(queue, 2)).toEqual(['a', 'b'])
    filled(queue, 'f')
    expect([await drain(queue, 2), queue.dropped]).toEqual([['c', 'lost 3'], 3])
    filled(queue, 'g', 'h')
    queue.end()
    expect([await drain(queue), queue.dropped]).toEqual([['g', 'h', 'end'], 3])
  })

  test('also by its weight', async () => {
    const queue = filled(queueOf(9, 10), '12345', '67890', 'x', '')
    expect(await drain(queue, 3)).toEqual(['12345', '67890', 'lost 2'])
    filled(queue, '1234567890', 'x')
    expect(await drain(queue, 2)).toEqual(['1234567890', 'lost 1'])
    filled(queue, '12345')
    expect([await drain(queue, 1), queue.dropped]).toEqual([['12345'], 3])
  })

  test('but not where what was taken has made room', async () => {
    const queue = filled(queueOf(9, 10), '12345', '67890')
    expect(await drain(queue, 1)).toEqual(['12345'])
    filled(queue, 'abcde')
    expect([await drain(queue, 2), queue.dropped]).toEqual([['67890', 'abcde'], 0])
  })

  test('but not one value that is heavier than all may be, where nothing waits', async () => {
    expect(await drain(filled(queueOf(9, 10), '12345678901', 'x'), 2)).toEqual(['12345678901', 'lost 1'])
  })
})

describe('it ends', () => {
  test('once what waits is taken', async () => {
    const queue = filled(queueOf(), 'a', 'b', 'c', 'd')
    queue.end()
    filled(queue, 'e')
    expect([await drain(queue), await drain(queue)]).toEqual([['a', 'b', 'c', 'lost 1', 'end'], ['end']])
  })

  test('with a last value, however full it is', async () => {
    const queue = filled(queueOf(), 'a', 'b', 'c', 'd')
    queue.end('z')
    queue.end('y')
    expect(await drain(queue)).toEqual(['a', 'b', 'c', 'lost 1', 'z', 'end'])
    const short = filled(queueOf(), 'a')
    short.end('z')
    expect(await drain(short)).toEqual(['a', 'z', 'end'])
  })

  test('with a last value for who waits', async () => {
    const queue = queueOf()
    const waiting = [queue.next(), queue.next()]
    queue.end('z')
    expect(await Promise.all(waiting)).toEqual([
      { done: false, value: 'z' },
      { done: true, value: undefined },
    ])
  })

  test('at once where what waits is forgotten', async () => {
    const queue = filled(queueOf(), 'a', 'b', 'c', 'd')
    queue.clear()
    expect(await drain(queue)).toEqual(['end'])
    const waiting = queueOf()
    const next = waiting.next()
    waiting.clear()
    expect(await next).toEqual({ done: true, value: undefined })
  })
})

test('whoever is quick or slow, each value is taken in order or counted where it is missing', async () => {
  const step = fc.oneof(fc.integer({ min: 1, max: 30 }), fc.constant(0))
  const tells = fc.asyncProperty(fc.array(step, { size: 'max', maxLength: 60 }), async (pushes) => {
    const queue = queueOf(10, 40)
    const consume = consumer(queue)
    let pushed = 0
    let seen = 0
    const take = (texts: readonly string[]) => {
      for (const text of texts) {
        if (text === 'end') continue
        const lost = /^lost (\d+)$/.exec(text)
        if (lost) {
          seen += Number(lost[1])
        } else {
          expect(text).toBe(String(seen))
          seen++
        }
      }
    }
    for (const count of pushes) {
      // 0 takes a few, another number pushes as many.
      if (count === 0) take(await consume(4))
      for (let index = 0; index < count; index++) queue.push(String(pushed++))
    }
    queue.end()
    const rest = await consume()
    // One that was waited for, ten, the count of the lost, and the end.
    expect(rest.length).toBeLessThanOrEqual(13)
    take(rest)
    expect(seen).toBe(pushed)
  })
  await fc.assert(tells, { numRuns: 300 })
})

test('a consumer that is always a little behind takes all, and what it took is let go', async () => {
  const queue = queueOf(5000, 1e9)
  filled(queue, 'first')
  const taken: (string | undefined)[] = []
  for (let index = 0; index < 20_000; index++) {
    filled(queue, String(index))
    const { value } = await queue.next()
    taken.push(value)
  }
  expect([taken.length, taken[0], taken.at(-1), queue.dropped]).toEqual([20_000, 'first', '19998', 0])
})
