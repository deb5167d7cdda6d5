#!/usr/bin/env bun
/** The client that npm has, with JSON.parse. */
import { EventSource } from 'eventsource'
import { countEvents } from './count-events.ts'

if (import.meta.main) {
  const [origin = '', events = ''] = process.argv.slice(2)
  const count = countEvents(Number(events))
  new EventSource(`${origin}/m/stream`).onmessage = ({ data }) => {
    JSON.parse(data)
    count()
  }
}
