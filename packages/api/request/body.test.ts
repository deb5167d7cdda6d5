import { expect, test } from 'bun:test'
import { readBody, UnreadableBody } from './body.ts'

const json = { 'content-type': 'application/vnd.abiquo.enterprises+json; version=6.0' }
const text = { 'content-type': 'application/xml' }

interface Pieces {
  readonly response: Response
  readonly state: { taken: number; cancelled: boolean }
}

/** A response whose body comes in pieces, and that notes how many were taken. */
function inPieces(pieces: readonly (string | Uint8Array)[], headers: Record<string, string>): Pieces {
  const state = { taken: 0, cancelled: false }
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const piece = pieces[state.taken++]
        if (piece === undefined) controller.close()
        else controller.enqueue(typeof piece === 'string' ? new TextEncoder().encode(piece) : piece)
      },
      cancel() {
        state.cancelled = true
      },
    },
    { highWaterMark: 0 },
  )
  return { response: new Response(body, { headers }), state }
}

/** Reads a response with a limit; what is thrown comes back as it is. */
async function read(response: Response, maxBytes = 1000) {
  let progress = 0
  const onProgress = () => {
    progress++
  }
  const read = await readBody(response, { maxBytes, onProgress }).catch((error: unknown) => error)
  return { read, progress }
}

test('JSON is parsed, whole or in pieces, also split inside a character', async () => {
  const bytes = Buffer.from('{"name":"Zoë €"}')
  const pieces = [...bytes].map((byte) => Uint8Array.of(byte))
  const whole = new Response(bytes, { headers: { ...json, 'content-length': String(bytes.length) } })
  expect(await read(whole)).toEqual({ read: { json: { name: 'Zoë €' } }, progress: 0 })
  expect(await read(inPieces(pieces, json).response)).toEqual({
    read: { json: { name: 'Zoë €' } },
    progress: 0,
  })
})

test('anything else is a text', async () => {
  expect((await read(new Response('<a>Zoë</a>', { headers: text }))).read).toEqual({ text: '<a>Zoë</a>' })
  expect((await read(new Response('{"a":1}'))).read).toEqual({ text: '{"a":1}' })
  expect((await read(new Response(null, { headers: text }))).read).toEqual({ text: '' })
  expect((await read(new Response(null, { status: 204 }))).read).toEqual({ text: '' })
})

test.each(['content-encoding', 'transfer-encoding'])(
  'a length beside %s bounds nothing, so that the limit does',
  async (name) => {
    const { response } = inPieces(['x'.repeat(800), 'x'.repeat(800)], { ...text, 'content-length': '5', [name]: 'x' })
    expect((await read(response)).read).toEqual(new UnreadableBody('too-large', 'is over 1000 bytes'))
  },
)

test('a body that says it is longer than its limit is not read at all', async () => {
  const { response, state } = inPieces(['x'.repeat(10)], { ...text, 'content-length': '1001' })
  expect((await read(response)).read).toEqual(new UnreadableBody('too-large', 'is over 1000 bytes'))
  expect(state).toEqual({ taken: 0, cancelled: true })
})

test('a body that becomes longer than its limit is left at once', async () => {
  const { response, state } = inPieces(Array(100).fill('x'.repeat(400)), text)
  expect((await read(response)).read).toEqual(new UnreadableBody('too-large', 'is over 1000 bytes'))
  expect(state).toEqual({ taken: 3, cancelled: true })
})

test('a body of exactly its limit is read', async () => {
  const { response } = inPieces(['x'.repeat(500), 'x'.repeat(500)], text)
  expect((await read(response)).read).toEqual({ text: 'x'.repeat(1000) })
})

test('a body that was packed is bounded by what it unpacks to', async () => {
  const { response } = inPieces(Array(100).fill('x'.repeat(400)), {
    ...text,
    'content-encoding': 'gzip',
    'content-length': '50',
  })
  expect((await read(response)).read).toEqual(new UnreadableBody('too-large', 'is over 1000 bytes'))
})

test('a long body comes piece by piece, and each 64 KiB are progress', async () => {
  const piece = new Uint8Array(1024 * 1024).fill(32)
  const length = String(9 * piece.length + 2)
  const { response } = inPieces([...Array(9).fill(piece), '{}'], { ...json, 'content-length': length })
  expect(await read(response, 2 ** 30)).toEqual({ read: { json: {} }, progress: 9 })
  const dripping = inPieces(['{}', ...Array(2 * 65_536).fill(' ')], json)
  expect(await read(dripping.response, 2 ** 30)).toEqual({ read: { json: {} }, progress: 2 })
})

const broken = ['', '{"password": "vnc-secret"', '{"password": vnc-secret}', '[1, 2', 'vnc-secret', '{} {}']

test.each(broken)('%p is no JSON, and the error does not quote it', async (body) => {
  for (const response of [new Response(body, { headers: json }), inPieces([body], json).response]) {
    const error = (await read(response)).read
    expect(error).toEqual(new UnreadableBody('malformed', 'is not valid JSON'))
    expect(Bun.inspect(error)).not.toContain('vnc-secret')
  }
})

test('a body that breaks off fails with the reason of that', async () => {
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      controller.error(new Error('connection lost'))
    },
  })
  expect((await read(new Response(body, { headers: json }))).read).toEqual(new Error('connection lost'))
})
