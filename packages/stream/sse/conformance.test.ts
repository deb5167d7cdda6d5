import { describe, expect, spyOn, test } from 'bun:test'
import fc from 'fast-check'
import { cut, readWire, waysToSend } from '../testing/read-wire.ts'
import { referenceParse } from '../testing/reference-parser.ts'
import { dialectCases, standardCases, type WireCase } from '../testing/wire-cases.ts'

const encode = (wire: WireCase['wire']) => (typeof wire === 'string' ? Buffer.from(wire) : wire)
const rows = (cases: readonly WireCase[]) => cases.map((row): [string, WireCase] => [row.what, row])

describe('whole, byte by byte and cut in two anywhere, a stream means the same', () => {
  test.each(rows([...standardCases, ...dialectCases]))('%s', async (_, { wire, told }) => {
    for (const chunks of waysToSend(encode(wire))) {
      expect(await readWire(chunks)).toEqual({ ...told, end: 'ended' })
    }
  })

  test('empty chunks mean nothing, wherever they come', async () => {
    for (const { wire, told } of standardCases) {
      const nothing = new Uint8Array()
      const chunks = [...encode(wire)].flatMap((byte) => [nothing, Uint8Array.of(byte)])
      expect(await readWire([...chunks, nothing])).toEqual({ ...told, end: 'ended' })
    }
  })
})

test.each(rows([...standardCases, ...dialectCases]))('the parser that these tests compare with knows: %s', (_, row) => {
  expect(referenceParse(encode(row.wire))).toEqual(row.told)
})

test('the last event id of an earlier connection stays until another one comes', async () => {
  const wire = Buffer.from('data: a\n\nid: 2\n\ndata: b\n\n')
  const message = (id: string, data: string) => ({ type: 'message', id, data })
  expect(await readWire([wire], { lastEventId: '1' })).toEqual({
    messages: [message('1', 'a'), message('2', 'b')],
    comments: [],
    retryTimes: [],
    lastEventId: '2',
    end: 'ended',
  })
  const untouched = await readWire([Buffer.from('data: a\n\n')], { lastEventId: '1' })
  expect(untouched.lastEventId).toBe('1')
})

/** Texts that are likely to mean something. */
const pieces = fc.constantFrom(
  ...['data', 'event', 'id', 'retry', 'data:', 'data: ', 'event: add', 'id: 1', 'id:', 'retry: 5', 'foo: x'],
  ...['\n', '\r', '\r\n', '\n\n', '\r\r', '\r\n\r\n', '\n', '\r', ':', ': ', ' ', '\ufeff', '\0', 'ï»¿'],
  ...['a', '7', 'é', '€', '😀', 'x'.repeat(50)],
)
const broken = fc.constantFrom([0xff], [0xc3], [0xf0, 0x9f], [0xef, 0xbb, 0xbf], [0xef], [0xed, 0xa0, 0x80])
const wires = fc
  .array(fc.oneof({ weight: 9, arbitrary: pieces }, { weight: 1, arbitrary: broken }), { maxLength: 60, size: 'max' })
  .map((parts) => new Uint8Array(Buffer.concat(parts.map((part) => Buffer.from(part as string)))))
const places = fc.array(fc.nat({ max: 400 }), { maxLength: 20, size: 'max' })

describe('whatever a stream consists of', () => {
  test('and however it is cut, it means what the standard says', async () => {
    const agrees = fc.asyncProperty(wires, places, fc.constantFrom('', '0'), async (wire, at, lastEventId) => {
      const expected = { ...referenceParse(wire, lastEventId), end: 'ended' }
      expect(await readWire(cut(wire, at), { lastEventId })).toEqual(expected)
    })
    await fc.assert(agrees, { numRuns: 2000 })
  })

  test('random bytes do no harm', async () => {
    const agrees = fc.asyncProperty(fc.uint8Array({ maxLength: 200, size: 'max' }), places, async (wire, at) => {
      expect(await readWire(cut(wire, at))).toEqual({ ...referenceParse(wire), end: 'ended' })
    })
    await fc.assert(agrees, { numRuns: 500 })
  })

  test('no message over the limit comes through, and all before the first one do', async () => {
    const bounded = fc.asyncProperty(wires, places, fc.integer({ min: 20, max: 120 }), async (wire, at, limit) => {
      const { messages } = referenceParse(wire)
      const tooLarge = messages.findIndex(({ data }) => data.length > limit)
      const { messages: read, end } = await readWire(cut(wire, at), { maxMessageLength: limit })
      if (end === 'ended') expect([read, tooLarge]).toEqual([[...messages], -1])
      else expect([end, read]).toEqual(['too-large', messages.slice(0, read.length)])
      if (tooLarge >= 0) expect(read.length).toBeLessThanOrEqual(tooLarge)
    })
    await fc.assert(bounded, { numRuns: 500 })
  })
})

describe('a long line', () => {
  test.each([5, 10])('of %d MiB comes through in pieces', async (size) => {
    const data = 'é'.repeat((size * 2 ** 20) / 2)
    const bytes = Buffer.from(`data: ${data}\n\ndata: b\n\n`)
    const places = Array.from({ length: bytes.length / 65_521 }, (_, index) => (index + 1) * 65_521)
    const { messages, end } = await readWire(cut(bytes, places))
    expect([messages.map((message) => message.data === data || message.data), end]).toEqual([[true, 'b'], 'ended'])
  })

  test('in one-byte chunks costs work in proportion to its length', async () => {
    /** Characters that are looked at, or put together, to read a line of so many. */
    const work = async (length: number) => {
      let characters = 0
      const { indexOf } = String.prototype
      const { join } = Array.prototype
      const search = spyOn(String.prototype, 'indexOf').mockImplementation(function (this: string, ...args) {
        characters += this.length
        return indexOf.apply(this, args)
      })
      const assemble = spyOn(Array.prototype, 'join').mockImplementation(function (this: unknown[], ...args) {
        const text = join.apply(this, args)
        characters += text.length
        return text
      })
      const wire = Buffer.from(`data: ${'x'.repeat(length)}\n\n`)
      const { messages } = await readWire([...wire].map((byte) => Uint8Array.of(byte))).finally(() => {
        search.mockRestore()
        assemble.mockRestore()
      })
      expect(messages[0]?.data.length).toBe(length)
      return characters
    }
    const once = await work(10_000)
    // Every character is seen at all, so the count counts.
    expect(once).toBeGreaterThan(10_000)
    expect((await work(20_000)) / once).toBeLessThan(2.1)
  })
})
