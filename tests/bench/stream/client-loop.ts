#!/usr/bin/env bun
/** Our reconnecting client, which knows nothing of Abiquo, with JSON.parse. */
import { SseLoop } from '@novnc-tokens/stream'
import { countEvents } from './count-events.ts'

if (import.meta.main) {
  const [origin = '', events = ''] = process.argv.slice(2)
  const count = countEvents(Number(events))
  new SseLoop({
    connect: ({ signal }) => fetch(`${origin}/m/stream`, { signal }),
    delayAfter: () => null,
    onError: (error) => {
      throw error
    },
    onMessage: ({ data }) => {
      JSON.parse(data)
      count()
    },
    idleTimeoutMs: 150_000,
  }).start()
}
