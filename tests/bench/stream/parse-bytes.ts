#!/usr/bin/env bun
/** Reads events that come byte by byte, in turns one and two megabytes, and prints the milliseconds of each. */
import { readMessages } from '@novnc-tokens/stream'
import { eventBytes, writeEvents } from './event-bytes.ts'
import { bodyOf, pieces } from './pieces.ts'

/** What the program prints: milliseconds, in turns. */
export interface ByteTimes {
  readonly one: readonly number[]
  readonly two: readonly number[]
}

async function parseBytes(bytes: number, rounds: number): Promise<ByteTimes> {
  const all = pieces(writeEvents(Math.ceil((2 * bytes) / eventBytes)).subarray(0, 2 * bytes), 1)
  const half = all.slice(0, bytes)
  const found = { one: [] as number[], two: [] as number[] }
  for (let round = 0; round <= rounds; round++) {
    const one = await read(half)
    const two = await read(all)
    if (round === 0) continue
    found.one.push(one)
    found.two.push(two)
  }
  return found
}

async function read(chunks: readonly Uint8Array[]): Promise<number> {
  Bun.gc(true)
  let events = 0
  const onMessage = ({ data }: { data: string }) => {
    JSON.parse(data)
    events++
  }
  const began = performance.now()
  await readMessages(bodyOf(chunks), { onMessage, idleTimeoutMs: 150_000 }).catch(() => undefined)
  const took = performance.now() - began
  const message = eventBytes + 'data:\n\n'.length
  if (events !== Math.floor(chunks.length / message)) throw new Error(`${events} events came of ${chunks.length} bytes`)
  return took
}

if (import.meta.main) {
  const [bytes = 0, rounds = 1] = process.argv.slice(2).map(Number)
  console.log(JSON.stringify(await parseBytes(bytes, rounds)))
}
