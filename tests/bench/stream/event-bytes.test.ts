import { expect, test } from 'bun:test'
import { eventBytes, writeEvents } from './event-bytes.ts'

test('all events have the same length, and are told apart', () => {
  const lines = Buffer.from(writeEvents(20_000)).toString().split('\n\n').slice(0, -1)
  const events = lines.map((line) => line.slice('data:'.length))
  expect(new Set(events.map((event) => Buffer.byteLength(event)))).toEqual(new Set([eventBytes]))
  expect(new Set(events.map((event) => JSON.parse(event).entityURI)).size).toBe(20_000)
})
