import { expect, test } from 'bun:test'
import { getEventListeners } from 'node:events'
import { array, assert, asyncProperty, constantFrom, integer } from 'fast-check'
import { settled } from '../testing/fake-clock.ts'
import { type Lane, Slots } from './slots.ts'

/** Asks for a slot and notes when it is had. */
function ask(slots: Slots, lane: Lane, name: string, got: string[], signal?: AbortSignal): Promise<Disposable> {
  const slot = slots.acquire(lane, signal)
  slot.then(
    () => got.push(name),
    () => got.push(`${name} left`),
  )
  return slot
}

test.each([[0], [-1], [1.5], [Number.NaN], [Number.POSITIVE_INFINITY]])('%p is no number of slots', (total) => {
  expect(() => new Slots(total)).toThrow(RangeError)
})

const limits: readonly (readonly [total: number, single: number, list: number])[] = [
  [1, 1, 1],
  [2, 2, 1],
  [3, 3, 2],
  [4, 4, 3],
  [8, 8, 6],
  [16, 16, 12],
]

test.each(limits)('of %p slots single reads may use %p and lists %p', async (total, single, list) => {
  const slots = new Slots(total)
  expect([slots.limit('single'), slots.limit('list')]).toEqual([single, list])
  for (const [lane, limit] of [
    ['list', list],
    ['single', single - list],
  ] as const) {
    const got: string[] = []
    for (let index = 0; index < total + 2; index++) void ask(slots, lane, lane, got)
    await settled()
    expect(got.length).toBe(limit)
  }
})

test('a single read is not behind lists that wait', async () => {
  const slots = new Slots(4)
  const got: string[] = []
  for (let index = 0; index < 9; index++) void ask(slots, 'list', 'list', got)
  const single = ask(slots, 'single', 'single', got)
  await settled()
  expect(got).toEqual(['list', 'list', 'list', 'single'])
  const second = ask(slots, 'single', 'second', got)
  ;(await single)[Symbol.dispose]()
  ;(await second)[Symbol.dispose]()
  await settled()
  // The slot that lists may not use stays free.
  expect(got).toEqual(['list', 'list', 'list', 'single', 'second'])
})

test('of those that wait, single reads come first, each lane in its order', async () => {
  const slots = new Slots(1)
  const got: string[] = []
  const first = await slots.acquire('list')
  const waiting = [
    ask(slots, 'list', 'list 1', got),
    ask(slots, 'single', 'single 1', got),
    ask(slots, 'list', 'list 2', got),
    ask(slots, 'single', 'single 2', got),
  ]
  first[Symbol.dispose]()
  for (const slot of [waiting[1], waiting[3], waiting[0], waiting[2]]) (await slot)?.[Symbol.dispose]()
  expect(got).toEqual(['single 1', 'single 2', 'list 1', 'list 2'])
})

test('a slot that is released twice counts once', async () => {
  const slots = new Slots(1)
  const got: string[] = []
  const first = await slots.acquire('single')
  void ask(slots, 'single', 'a', got)
  void ask(slots, 'single', 'b', got)
  first[Symbol.dispose]()
  first[Symbol.dispose]()
  await settled()
  expect(got).toEqual(['a'])
})

test('who leaves while waiting gets nothing and holds nobody up', async () => {
  const slots = new Slots(1)
  const got: string[] = []
  const controller = new AbortController()
  const first = await slots.acquire('single')
  const leaving = ask(slots, 'single', 'a', got, controller.signal)
  void ask(slots, 'single', 'b', got)
  controller.abort('enough')
  await expect(leaving).rejects.toBe('enough')
  first[Symbol.dispose]()
  await settled()
  expect(got).toEqual(['a left', 'b'])
})

test('who was there with an aborted signal gets no slot', async () => {
  const slots = new Slots(1)
  await expect(slots.acquire('single', AbortSignal.abort('before'))).rejects.toBe('before')
  const got: string[] = []
  await ask(slots, 'single', 'a', got)
  expect(got).toEqual(['a'])
})

test('who leaves after its turn came still has the slot, and no listener is left', async () => {
  const slots = new Slots(1)
  const controller = new AbortController()
  const first = await slots.acquire('single')
  const second = slots.acquire('single', controller.signal)
  first[Symbol.dispose]()
  expect(getEventListeners(controller.signal, 'abort')).toEqual([])
  controller.abort()
  ;(await second)[Symbol.dispose]()
  ;(await slots.acquire('single'))[Symbol.dispose]()
})

test('whatever is asked, released and left, the limits hold and everyone gets a turn', async () => {
  const actions = array(constantFrom('single', 'list', 'release', 'leave'), { maxLength: 60 })
  await assert(
    asyncProperty(integer({ min: 1, max: 9 }), actions, async (total, all) => {
      const slots = new Slots(total)
      const held: { lane: Lane; slot: Disposable }[] = []
      const waiting = new Set<AbortController>()
      let answered = 0
      let asked = 0
      const check = async () => {
        await Promise.resolve()
        await Promise.resolve()
        const lists = held.filter(({ lane }) => lane === 'list').length
        expect(held.length).toBeLessThanOrEqual(total)
        expect(lists).toBeLessThanOrEqual(slots.limit('list'))
      }
      for (const action of all) {
        if (action === 'release') held.shift()?.slot[Symbol.dispose]()
        else if (action === 'leave') [...waiting][0]?.abort()
        else {
          asked++
          const controller = new AbortController()
          waiting.add(controller)
          slots
            .acquire(action, controller.signal)
            .then(
              (slot) => held.push({ lane: action, slot }),
              () => undefined,
            )
            .finally(() => {
              answered++
              waiting.delete(controller)
            })
        }
        await check()
      }
      while (held.length > 0) {
        held.shift()?.slot[Symbol.dispose]()
        await check()
      }
      await settled()
      expect(answered).toBe(asked)
    }),
    { numRuns: 300 },
  )
})
