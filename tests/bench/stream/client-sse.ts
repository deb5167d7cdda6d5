#!/usr/bin/env bun
/** Our client of any server of events, with JSON.parse. */
import { SseClient } from '@novnc-tokens/stream'
import { countEvents } from './count-events.ts'

if (import.meta.main) {
  const [origin = '', events = ''] = process.argv.slice(2)
  const count = countEvents(Number(events))
  for await (const update of new SseClient(`${origin}/m/stream`)) {
    if (update.kind === 'message') {
      JSON.parse(update.message.data)
      count()
    } else if (update.kind !== 'open') throw new Error(`The client told: ${update.kind}`)
  }
}
