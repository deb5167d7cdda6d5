import { describe, expect, test } from 'bun:test'
import { type RedisConnection, RedisError } from './connection.ts'
import { redisKeys } from './keys.ts'
import { Scripts } from './scripts.ts'
import { chunksOf, differences, pagesOf, readTokens, writeTokens } from './store.ts'

const [a, b, c] = ['a'.repeat(32), 'b'.repeat(32), 'c'.repeat(32)] as const
const keys = redisKeys('')
const scripts = new Scripts(keys, 'me', 6000, null)

/** A connection that answers as it is told. */
function answering(answer: (command: string, args: readonly (string | number)[]) => unknown): RedisConnection {
  return { call: async (command, args) => answer(command, args), closed: new Promise(() => {}), close: () => {} }
}

/** So many tokens. */
function tokens(count: number): string[] {
  return Array.from({ length: count }, (_, index) => index.toString(16).padStart(32, '0'))
}

async function collect<T>(values: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const value of values) all.push(value)
  return all
}

test.each([
  [[], 2, []],
  [[1], 2, [[1]]],
  [[1, 2], 2, [[1, 2]]],
  [[1, 2, 3, 4, 5], 2, [[1, 2], [3, 4], [5]]],
])('%p in pieces of %i are %p', (values, size, pieces) => {
  expect([...chunksOf(values, size)]).toEqual(pieces)
})

test('the set is paged through, and what is no token in it is passed over', async () => {
  const asked: unknown[] = []
  const connection = answering((command, args) => {
    asked.push([command, ...args])
    return args[1] === '0' ? ['7', [a, 'junk', b]] : ['0', [c]]
  })
  expect([await collect(pagesOf(connection, keys)), asked]).toEqual([
    [[a, b], [c]],
    [
      ['sscan', 'novnc-tokens::tokens', '0', 'count', 1000],
      ['sscan', 'novnc-tokens::tokens', '7', 'count', 1000],
    ],
  ])
})

test('tokens are read with their values, gone ones as gone', async () => {
  const connection = answering((command) => (command === 'sscan' ? ['0', [a, b]] : ['x', null]))
  expect([...(await readTokens(connection, keys))]).toEqual([
    [a, 'x'],
    [b, null],
  ])
})

test('a failure while many are read is one of the whole', async () => {
  let page = 0
  const connection = answering((command) => {
    if (command === 'sscan') return [String(++page % 10), tokens(10)]
    if (page > 4) throw new RedisError('gone')
    return []
  })
  const failed = await readTokens(connection, keys).catch((error: unknown) => error)
  expect(failed).toEqual(new RedisError('gone'))
})

test('what differs is found both ways', async () => {
  const found = new Map([
    [a, '{"host":"h:1"}'],
    [b, '{"host":"h:2"}'],
    [c, null],
  ])
  const other = 'd'.repeat(32)
  const wanted = new Map([
    [a, 'h:1'],
    [b, 'h:3'],
    [other, 'h:4'],
    ['e'.repeat(32), null],
  ])
  expect([...(await differences(found, wanted))]).toEqual([
    [b, 'h:3'],
    [other, 'h:4'],
    [c, null],
  ])
})

test('of more than can be compared at a time, all that differ are found', async () => {
  const all = tokens(100_000)
  const found = new Map(all.map((token) => [token, '{"host":"h:1"}']))
  const wanted = new Map(all.map((token) => [token, 'h:1']))
  const [first = '', last = ''] = [all.at(0), all.at(-1)]
  const same = await differences(found, wanted)
  wanted.set(last, 'h:2').delete(first)
  expect([[...same], [...(await differences(found, wanted))], [...(await differences(new Map(), new Map()))]]).toEqual([
    [],
    [
      [last, 'h:2'],
      [first, null],
    ],
    [],
  ])
})

describe('a write of many', () => {
  const changes = new Map(tokens(1700).map((token) => [token, 'h:1']))

  /** Writes them all, the server answering each piece so. */
  async function write(answer: (piece: number) => unknown, signal?: AbortSignal) {
    let piece = 0
    const counted: number[] = []
    const connection = answering(() => answer(piece++))
    const options = { scripts, clock: { wall: () => 1 }, onWrote: ({ keys }: { keys: number }) => counted.push(keys) }
    const result = await writeTokens(connection, changes, { ...options, signal }).catch((error: unknown) => error)
    return { result, pieces: piece, counted }
  }

  test('goes in pieces', async () => {
    expect(await write((piece) => [1, 0, piece, 0])).toEqual({
      result: { outcome: 'written', added: 1700, removed: 0 },
      pieces: 4,
      counted: [0, 1, 2, 3],
    })
  })

  test('ends with the first piece that is refused', async () => {
    const { result, pieces } = await write((piece) => (piece < 1 ? [1, 0, 0, 0] : [0]))
    expect([result, pieces < 5]).toEqual([{ outcome: 'standby', added: 500, removed: 0 }, true])
  })

  test('fails with the first piece that fails', async () => {
    const { result } = await write((piece) => {
      if (piece === 2) throw new RedisError('gone')
      return [1, 0, 0, 0]
    })
    expect(result).toEqual(new RedisError('gone'))
  })

  test('does not begin after the signal', async () => {
    expect(await write(() => [1, 0, 0, 0], AbortSignal.abort())).toEqual({
      result: { outcome: 'interrupted', added: 0, removed: 0 },
      pieces: 0,
      counted: [],
    })
  })
})
