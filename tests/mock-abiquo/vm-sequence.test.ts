import { expect, test } from 'bun:test'
import { randomOf } from './random.ts'
import { VmSequence } from './vm-sequence.ts'

test('after any changes each slice is what a plain list would give', () => {
  const random = randomOf(7)
  const versions = new Map<number, number>()
  const write = (id: number) => `{"id":${id},"v":${versions.get(id)},"é":1}`
  const sequence = new VmSequence(write)
  let newest = 0
  for (let step = 0; step < 3000; step++) {
    const ids = [...versions.keys()]
    const some = ids[Math.floor(random() * ids.length)]
    const dice = random()
    if (dice < 0.5 || some === undefined) {
      newest += 1 + Math.floor(random() * 3)
      versions.set(newest, 0)
      sequence.add(newest)
    } else if (dice < 0.7) {
      versions.delete(some)
      sequence.delete(some)
    } else if (dice < 0.9) {
      versions.set(some, step)
      sequence.touch(some)
    } else {
      const start = Math.floor(random() * (ids.length + 5))
      const count = Math.floor(random() * 100)
      const text = Buffer.concat(sequence.slice('json', start, count)).toString()
      const wanted = ids.slice(start, start + count)
      expect(text).toBe(wanted.map(write).join(','))
    }
    expect(sequence.size).toBe(versions.size)
  }
})

test('an id that comes back takes its old place', () => {
  const sequence = new VmSequence((id) => String(id))
  for (let id = 1; id <= 100; id++) sequence.add(id)
  sequence.delete(40)
  sequence.add(40)
  expect(Buffer.concat(sequence.slice('json', 38, 3)).toString()).toBe('39,40,41')
})
