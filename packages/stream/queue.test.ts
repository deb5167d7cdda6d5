import { expect, test } from 'bun:test'
import { array, assert, asyncProperty, constantFrom } from 'fast-check'
import { Queue } from './queue.ts'

const make = (limit: number) => new Queue<string>(limit, (dropped) => `${dropped} dropped`)

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
  expect(await rest(queue)).toEqual(['3 dropped', 'd', 'e'])
})

test('what was lost is told in sum, however often it overflows', async () => {
  const queue = make(3)
  for (const value of 'abcdefgh') queue.push(value)
  expect(await rest(queue)).toEqual(['7 dropped', 'h'])
})

test('after the loss was told it is counted anew', async () => {
  const queue = make(3)
  for (const value of 'abcd') queue.push(value)
  expect((await queue.next()).value).toBe('3 dropped')
  for (const value of 'efgh') queue.push(value)
  expect(await rest(queue)).toEqual(['3 dropped', 'g', 'h'])
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
})

test('a consumer that is always a little behind does not make it keep what it took', async () => {
  const queue = new Queue<{ index: number }>(50, () => ({ index: -1 }))
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
      const queue = new Queue<number | { lost: number }>(4, (lost) => ({ lost }))
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
