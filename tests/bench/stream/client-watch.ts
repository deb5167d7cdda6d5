#!/usr/bin/env bun
/** The whole watch: log-in, stream, typed events, queue and consumer. */
import { basic, Connection } from '@novnc-tokens/api'
import { watch } from '@novnc-tokens/stream'
import { countEvents } from './count-events.ts'

if (import.meta.main) {
  const [origin = '', events = ''] = process.argv.slice(2)
  const count = countEvents(Number(events))
  const connection = new Connection({ api: `${origin}/api`, authorization: basic('bench', 'bench') })
  for await (const update of watch({ connection, url: `${origin}/m/stream`, mode: 'stream' })) {
    if (update.kind === 'event') count()
    else if (update.kind !== 'open') throw new Error(`The watch told a ${update.kind}`)
  }
}
