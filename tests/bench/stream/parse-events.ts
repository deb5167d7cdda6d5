#!/usr/bin/env bun
/** Parses events in this process, in turns by the parser alone and by our reader, and prints the milliseconds of each. */
import { Hrefs, readEvent } from '@novnc-tokens/api'
import { readMessages, SseError, unwrap } from '@novnc-tokens/stream'
import { createParser } from 'eventsource-parser'
import { writeEvents } from './event-bytes.ts'
import { bodyOf, pieces } from './pieces.ts'

/** What the program prints: for each round the milliseconds of each way, in turns. */
export interface ParseTimes {
  readonly events: number
  /** eventsource-parser and JSON.parse alone. */
  readonly floor: readonly number[]
  /** Our reader and JSON.parse. */
  readonly parsed: readonly number[]
  /** Our reader, to typed events. */
  readonly typed: readonly number[]
}

const chunkBytes = 64 * 1024
const inBlock = 10_000

async function parseEvents(events: number, rounds: number): Promise<ParseTimes> {
  const chunks = pieces(writeEvents(inBlock), chunkBytes)
  const times = Math.ceil(events / inBlock)
  const hrefs = new Hrefs('https://abiquo.example.com/api')
  const ways = {
    floor: async (take: (value: unknown) => void) => parseAlone(chunks, times, take),
    parsed: (take: (value: unknown) => void) => read(bodyOf(chunks, times), (json) => take(JSON.parse(json))),
    typed: (take: (value: unknown) => void) =>
      read(bodyOf(chunks, times), (json) => take(readEvent(JSON.parse(json), hrefs))),
  }
  const found = { floor: [] as number[], parsed: [] as number[], typed: [] as number[] }
  for (let round = 0; round <= rounds; round++) {
    for (const name of ['floor', 'parsed', 'typed'] as const) {
      // Nobody pays for the garbage of the one before.
      Bun.gc(true)
      let seen = 0
      const began = performance.now()
      await ways[name]((value) => {
        if (value !== null) seen++
      })
      const took = performance.now() - began
      if (seen !== times * inBlock) throw new Error(`${name} saw ${seen} of ${times * inBlock} events`)
      if (round > 0) found[name].push(took)
    }
  }
  return { events: times * inBlock, ...found }
}

function parseAlone(chunks: readonly Uint8Array[], times: number, take: (value: unknown) => void): void {
  const decoder = new TextDecoder()
  const parser = createParser({ onEvent: ({ data }) => take(JSON.parse(data)) })
  for (let time = 0; time < times; time++) {
    for (const chunk of chunks) parser.feed(decoder.decode(chunk, { stream: true }))
  }
}

async function read(body: ReadableStream<Uint8Array>, take: (json: string) => void): Promise<void> {
  const onMessage = ({ data }: { data: string }) => {
    const json = unwrap(data)
    if (json !== null) take(json)
  }
  const error = await readMessages(body, { onMessage, idleTimeoutMs: 150_000 }).catch((cause: unknown) => cause)
  if (!(error instanceof SseError) || error.code !== 'ended') throw error
}

if (import.meta.main) {
  const [events = 0, rounds = 1] = process.argv.slice(2).map(Number)
  console.log(JSON.stringify(await parseEvents(events, rounds)))
}
