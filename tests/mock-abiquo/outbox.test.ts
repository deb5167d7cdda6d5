import { expect, test } from 'bun:test'
import { Outbox } from './outbox.ts'
import { randomOf } from './random.ts'

test('whatever the client takes at a time, it gets every byte in order', () => {
  const random = randomOf(11)
  for (let round = 0; round < 50; round++) {
    const wanted: Buffer[] = []
    const got: Buffer[] = []
    let willing = 0
    const outbox = new Outbox((bytes) => {
      const sent = Math.min(bytes.length, willing)
      got.push(Buffer.from(bytes.subarray(0, sent)))
      willing -= sent
      return sent
    })
    let size = 0
    for (let step = 0; step < 60; step++) {
      const piece = Buffer.alloc(Math.floor(random() ** 4 * 100_000), step)
      wanted.push(piece)
      size += piece.length
      outbox.push(piece)
      willing = Math.floor(random() * 100_000)
      if (random() < 0.7) outbox.flush()
      expect(outbox.waiting).toBe(size - got.reduce((sum, bytes) => sum + bytes.length, 0))
    }
    willing = Number.POSITIVE_INFINITY
    outbox.flush()
    expect(Buffer.concat(got).equals(Buffer.concat(wanted))).toBe(true)
  }
})
