import { describe, expect, test } from 'bun:test'
import { FakeClock, settled } from '../../api/testing/fake-clock.ts'
import type { Address } from '../token/address.ts'
import { SortedLines } from '../token/lines.ts'
import { type Token, tokenOf } from '../token/token.ts'
import { Lookup } from './lookup.ts'

const at = (port: number): Address => ({ host: '10.0.0.1', port })
const token = (port: number): Token => tokenOf(at(port))

/** A lookup over these ports, whose every token is awaited while `awaited` is true. */
async function looking(...ports: number[]) {
  const clock = new FakeClock()
  const lines = new SortedLines()
  const state = { awaited: false }
  const lookup = new Lookup({ awaits: () => state.awaited, clock })
  const write = async (...some: number[]) => {
    for (const port of some) lines.set(token(port), at(port))
    await lookup.output.write(lines, new Set(some.map(token)))
  }
  await write(...ports)
  const answers: [port: number, answer: number | null, at: number][] = []
  /** Looks tokens up; their answers are noted when they come. */
  const ask = async (signal: AbortSignal | undefined, ...some: number[]) => {
    for (const port of some) {
      void lookup.find(token(port), signal).then((found) => answers.push([port, found?.port ?? null, clock.now()]))
    }
    await settled()
  }
  return { answers, ask, clock, lookup, state, write }
}

test('a known token is answered at once', async () => {
  const { answers, ask, clock, lookup, state } = await looking(1, 2)
  state.awaited = true
  await ask(undefined, 1, 2)
  expect([answers, lookup.known(token(1)), clock.left]).toEqual([
    [
      [1, 1, 0],
      [2, 2, 0],
    ],
    at(1),
    [],
  ])
})

test('an unknown token that nothing is awaited of is answered at once', async () => {
  const { answers, ask, lookup } = await looking(1)
  await ask(undefined, 3)
  expect([answers, lookup.known(token(3))]).toEqual([[[3, null, 0]], null])
})

describe('a token that is awaited', () => {
  test('is answered the moment it is written', async () => {
    const { answers, ask, clock, state, write } = await looking(1)
    state.awaited = true
    await ask(undefined, 3, 4, 3)
    await clock.advance(300)
    const before = [...answers]
    await write(3)
    await settled()
    await clock.advance(10_000)
    expect([before, answers, clock.left]).toEqual([
      [],
      [
        [3, 3, 300],
        [3, 3, 300],
        [4, null, 2000],
      ],
      [],
    ])
  })

  test('is answered the moment nothing is awaited of it any more', async () => {
    const { answers, ask, clock, lookup, state } = await looking()
    state.awaited = true
    await ask(undefined, 3)
    await clock.advance(300)
    lookup.review()
    await settled()
    const before = [...answers]
    state.awaited = false
    lookup.review()
    await settled()
    expect([before, answers, clock.left]).toEqual([[], [[3, null, 300]], []])
  })

  test('is not waited for beyond two seconds', async () => {
    const { answers, ask, clock, lookup, state } = await looking()
    state.awaited = true
    await ask(undefined, 3)
    await clock.advance(1999)
    const before = [...answers]
    await clock.advance(1)
    expect([before, answers, lookup.status().waiting]).toEqual([[], [[3, null, 2000]], 0])
  })

  test('is not waited for when nobody wants to know any more', async () => {
    const { answers, ask, clock, lookup, state } = await looking()
    state.awaited = true
    const ending = new AbortController()
    await ask(ending.signal, 3)
    ending.abort()
    await settled()
    await ask(ending.signal, 4)
    expect([answers, lookup.status().waiting, clock.left]).toEqual([
      [
        [3, null, 0],
        [4, null, 0],
      ],
      0,
      [],
    ])
  })

  test('is waited for by 64 at most, and others get their answer at once', async () => {
    const { answers, ask, clock, lookup, state, write } = await looking(1)
    state.awaited = true
    await ask(undefined, ...Array.from({ length: 64 }, (_, index) => 100 + index))
    await ask(undefined, 1, 200, 201)
    const { waiting, crowded } = lookup.status()
    const at64 = [...answers]
    await write(100)
    await settled()
    await ask(undefined, 202)
    const after = lookup.status().waiting
    await clock.advance(2000)
    expect({ at64, waiting, crowded, after, answers: answers.length }).toEqual({
      at64: [
        [1, 1, 0],
        [200, null, 0],
        [201, null, 0],
      ],
      waiting: 64,
      crowded: 2,
      after: 64,
      answers: 68,
    })
  })
})

test('the status counts what was answered', async () => {
  const { ask, clock, lookup, state, write } = await looking(1, 2)
  await ask(undefined, 1, 2, 3)
  state.awaited = true
  await ask(undefined, 4, 5)
  await write(4)
  await clock.advance(2000)
  lookup.known(token(1))
  lookup.known(token(9))
  expect(lookup.status()).toEqual({ tokens: 3, waiting: 0, found: 4, unknown: 2, crowded: 0 })
})
