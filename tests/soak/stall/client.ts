#!/usr/bin/env bun
/**
 * Watches a platform with a consumer that stands still at times, and counts how often each event came. It prints a line
 * of JSON each second, and one with the result once it has every event and no more can come.
 */
import { basic, Connection } from '@novnc-tokens/api'
import { watch } from '@novnc-tokens/stream'
import { EventCount } from './event-count.ts'
import type { StallPlan, StallReport } from './plan.ts'

async function watchWithStalls(plan: StallPlan): Promise<void> {
  const { apiUrl, streamUrl, username, password, rounds, inRound, stalls, settleMs } = plan
  const connection = new Connection({ api: apiUrl, authorization: basic(username, password) })
  const watching = watch({ connection, url: streamUrl, mode: 'stream' })
  const count = new EventCount(rounds, inRound)
  const told = { gaps: 0, closing: 0, caughtUp: 0, downs: 0 }
  const due = [...stalls]
  let began: number | null = null
  let stalled = false
  let closing = false
  const report = (kind: StallReport['kind']) => {
    const { connects, lastByteAt, recovered } = watching.status()
    const silentMs = lastByteAt === null ? 0 : Date.now() - lastByteAt
    const line: StallReport = { kind, stalled, silentMs, connects, recovered, ...told, ...count.result() }
    console.log(JSON.stringify(line))
  }
  const timer = setInterval(() => report('progress'), 1000)
  for await (const update of watching) {
    if (update.kind === 'open') console.log('open')
    if (update.kind === 'down') told.downs++
    if (update.kind === 'caught-up') told.caughtUp++
    if (update.kind === 'gap') {
      told.gaps++
      if (update.closing) told.closing++
    }
    if (update.kind !== 'event') continue
    began ??= performance.now()
    count.take(update.event.message)
    if (count.isComplete && !closing) {
      closing = true
      // What comes twice comes when the history is asked once more.
      setTimeout(() => void watching.close(), settleMs)
    }
    const [next] = due
    if (next === undefined || performance.now() - began < next.atMs) continue
    due.shift()
    stalled = true
    await new Promise((resolve) => setTimeout(resolve, next.forMs))
    stalled = false
  }
  clearInterval(timer)
  report('result')
}

if (import.meta.main) await watchWithStalls(JSON.parse(process.argv[2] ?? '{}') as StallPlan)
