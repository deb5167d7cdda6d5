import { describe, expect, test } from 'bun:test'
import { array, assert, asyncProperty, constantFrom } from 'fast-check'
import { settled } from '../../api/testing/fake-clock.ts'
import { Queue } from './queue.ts'

/** A queue that tells what it dropped in one value. */
const make = (limit: number) => new Queue<string>({ limit, onOverflow: (dropped) => [`without ${dropped.join('')}`] })

/** What waits in a queue, which is closed for it. */
async function rest(queue: Queue<string>): Promise<string[]> {
  queue.close()
  return Array.fromAsync(queue)
}

test('values come out in their order, whether they or the consumer came first', async () => {
  const queue = make(10)
  queue.push('a')
  queue.push('b')
  expect([await queue.next(), await queue.next()]).toEqual([
    { done: false, value: 'a' },
    { done: false, value: 'b' },
  ])
  const waiting = queue.next()
  queue.push('c')
  queue.push('d')
  expect([await waiting, await queue.next()]).toEqual([
    { done: false, value: 'c' },
    { done: false, value: 'd' },
  ])
})

test('beyond its limit it drops what waits and tells how much, and keeps what comes then', async () => {
  const queue = make(3)
  for (const value of 'abcde') queue.push(value)
  expect(await rest(queue)).toEqual(['without abcd', 'e'])
})

test('what told a loss can be dropped, too', async () => {
  const queue = make(3)
  for (const value of 'abcdefg') queue.push(value)
  expect(await rest(queue)).toEqual(['without without abcdefg'])
})

test('what the consumer takes is told, at the moment it goes over', async () => {
  const taken: string[] = []
  const queue = new Queue<string>({ limit: 3, onOverflow: () => [], onTaken: (value) => taken.push(value) })
  queue.push('a')
  expect(taken).toEqual([])
  const first = queue.next()
  expect(taken).toEqual(['a'])
  const second = queue.next()
  queue.push('b')
  expect(taken).toEqual(['a', 'b'])
  expect([(await first).value, (await second).value]).toEqual(['a', 'b'])
})

test('several may wait at once, and are served in turn', async () => {
  const queue = make(3)
  const waiting = [queue.next(), queue.next(), queue.next()]
  queue.push('a')
  queue.push('b')
  queue.close()
  expect((await Promise.all(waiting)).map(({ value }) => value)).toEqual(['a', 'b', undefined])
})

describe('a producer that can wait goes on', () => {
  async function waiting(limit: number, values: string) {
    const queue = make(limit)
    for (const value of values) queue.push(value)
    const leaving = new AbortController()
    let gone = false
    const room = queue.room(leaving.signal).then(() => {
      gone = true
    })
    await settled()
    return { queue, leaving, room, isGone: () => gone }
  }

  test('at once while half of the places are free', async () => {
    expect((await waiting(4, 'ab')).isGone()).toBe(true)
    expect((await waiting(4, 'abc')).isGone()).toBe(false)
  })

  test('when values are taken', async () => {
    const { queue, room, isGone } = await waiting(4, 'abcd')
    await queue.next()
    await settled()
    expect([queue.isRoomy, isGone()]).toEqual([false, false])
    await queue.next()
    await room
    expect(queue.isRoomy).toBe(true)
  })

  test('when the queue is closed, or its signal says so', async () => {
    const closed = await waiting(4, 'abcd')
    closed.queue.close()
    await closed.room
    const left = await waiting(4, 'abcd')
    left.leaving.abort()
    await left.room
    expect(left.queue.length).toBe(4)
  })
})

test('exactly its limit is no loss, also where values were taken between', async () => {
  const queue = make(3)
  for (const value of 'abc') queue.push(value)
  expect((await queue.next()).value).toBe('a')
  queue.push('d')
  expect(await rest(queue)).toEqual(['b', 'c', 'd'])
})

test('closing it ends the iteration once what waits is taken; what comes later is ignored', async () => {
  const queue = make(3)
  queue.push('a')
  queue.close()
  queue.push('b')
  const done = { done: true, value: undefined } as const
  expect([await queue.next(), await queue.next(), await queue.next()]).toEqual([
    { done: false, value: 'a' },
    done,
    done,
  ])
})

test('closing it ends the wait of its consumer', async () => {
  const queue = make(3)
  const waiting = queue.next()
  queue.close()
  queue.close()
  expect(await waiting).toEqual({ done: true, value: undefined })
})

test('a consumer that leaves takes nothing more', async () => {
  const queue = make(3)
  queue.push('a')
  queue.push('b')
  const seen: string[] = []
  for await (const value of queue) {
    seen.push(value)
    break
  }
  queue.push('c')
  expect([seen, await queue.next()]).toEqual([['a'], { done: true, value: undefined }])
  // What it did not take was not dealt with.
  expect(queue.waiting()).toEqual(['b'])
})

test('a consumer that is always a little behind does not make it keep what it took', async () => {
  const queue = new Queue<{ index: number }>({ limit: 50, onOverflow: () => [{ index: -1 }] })
  const refs: WeakRef<object>[] = []
  queue.push({ index: 0 })
  for (let index = 1; index <= 2000; index++) {
    const value = { index }
    refs.push(new WeakRef(value))
    queue.push(value)
    expect((await queue.next()).value.index).toBe(index - 1)
  }
  // Weak references hold until the end of the turn.
  await new Promise((resolve) => setImmediate(resolve))
  Bun.gc(true)
  expect(refs.filter((ref) => ref.deref() !== undefined).length).toBeLessThan(500)
})

test('every value comes out once and in order, or is counted as lost', async () => {
  await assert(
    asyncProperty(array(constantFrom('push', 'push', 'take'), { maxLength: 200 }), async (actions) => {
      const countOf = (value: number | { lost: number }) => (typeof value === 'number' ? 1 : value.lost)
      const queue = new Queue<number | { lost: number }>({
        limit: 4,
        onOverflow: (dropped) => [{ lost: dropped.reduce<number>((sum, value) => sum + countOf(value), 0) }],
      })
      let pushed = 0
      let expected = 0
      const check = (value: number | { lost: number }) => {
        if (typeof value === 'number') expect(value).toBe(expected++)
        else expected += value.lost
      }
      for (const action of actions) {
        if (action === 'push') queue.push(pushed++)
        else if (expected < pushed) check((await queue.next()).value as number)
      }
      queue.close()
      for await (const value of queue) check(value)
      expect(expected).toBe(pushed)
    }),
    { numRuns: 500 },
  )
})
