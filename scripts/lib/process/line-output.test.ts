import { expect, test } from 'bun:test'
import { LineOutput } from './line-output.ts'

/** Writes that end when told. */
function stuckWriter() {
  const writes: { text: string; end: () => void; fail: (error: Error) => void }[] = []
  const write = (text: string) =>
    new Promise<void>((resolve, reject) => {
      writes.push({ text, end: resolve, fail: reject })
    })
  return { writes, write }
}

/** Whatever is due in this turn of the loop has run. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

test('lines of one turn are one write, those that come during a write the next', async () => {
  const { writes, write } = stuckWriter()
  const output = new LineOutput({ write, onFailure: () => {} })
  output.put('a')
  output.put('b')
  await turn()
  output.put('c')
  output.put('d')
  await turn()
  writes[0]?.end()
  await turn()
  writes[1]?.end()
  await output.flush()
  expect(writes.map(({ text }) => text)).toEqual(['a\nb\n', 'c\nd\n'])
})

test('while a write is stuck what waits is bounded: the next line waits for room', async () => {
  const { writes, write } = stuckWriter()
  const output = new LineOutput({ write, onFailure: () => {} })
  const line = 'x'.repeat(999)
  output.put(line)
  await turn()
  let put = 0
  while (!output.full) {
    output.put(line)
    put++
  }
  let room = false
  const waiting = output.room().then(() => {
    room = true
  })
  await turn()
  const before = room
  writes[0]?.end()
  await waiting
  expect<object>({ put, before, room, full: output.full, next: writes[1]?.text.length }).toEqual({
    put: 132,
    before: false,
    room: true,
    full: false,
    next: 132_000,
  })
  writes[1]?.end()
  await output.flush()
})

test('nothing to write is no write', async () => {
  const { writes, write } = stuckWriter()
  await new LineOutput({ write, onFailure: () => {} }).flush()
  expect(writes).toEqual([])
})

test('a write that fails is told once, and what comes later is dropped', async () => {
  const { writes, write } = stuckWriter()
  const failures: unknown[] = []
  const output = new LineOutput({ write, onFailure: (error) => failures.push(error) })
  output.put('a')
  await turn()
  const line = 'x'.repeat(999)
  while (!output.full) output.put(line)
  const waiting = output.room()
  const gone = new Error('gone')
  writes[0]?.fail(gone)
  await waiting
  output.put('b')
  const error = await output.flush().catch((each: unknown) => each)
  expect({ failures, error, writes: writes.length }).toEqual({ failures: [gone], error: gone, writes: 1 })
})
