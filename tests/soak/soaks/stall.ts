import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Platform, startPlatform } from '../../bench/platform.ts'
import { residentMbOf } from '../../bench/process-figures.ts'
import { type Child, start } from '../../support/process.ts'
import type { Finding, Soak, SoakContext } from '../soak.ts'
import type { StallPlan, StallReport } from '../stall/plan.ts'

const perSecond = 5000
/** In each round the consumer takes events for a while, stands still, and takes them again. */
const roundMs = 90_000
const inRound = (roundMs / 1000) * perSecond
const pause = { atMs: 10_000, forMs: 60_000 }
/** Characters of a message; with the rest of the event they make some 700 bytes. */
const messageLength = 200
/** Events that the platform remembers: half of them, which it always has, are more than a round. */
const historyLimit = 1_000_000
/** The history is asked once more a minute after a gap, when every late event must be there. */
const settleMs = 65_000
const healWithinMs = 180_000
const mostMb = 150
const longestSilenceMs = 5000

/** The watch under a storm of events, with a consumer that stands still. */
export const stall: Soak = {
  name: 'stall',
  about: `the watch under ${perSecond} events/s, its consumer standing still for ${pause.forMs / 1000} s`,
  minutes: roundMs / 60_000,
  beyondMs: healWithinMs + settleMs + 60_000,
  async run(context) {
    const rounds = Math.max(1, Math.round(((context.minutes ?? 0) * 60_000) / roundMs))
    const flags = ['--history-limit', String(historyLimit)]
    await using platform = await startPlatform({ vms: 10, enterprises: 2, flags }, context.signal)
    const program = join(import.meta.dir, '../stall/client.ts')
    await using client = start([process.execPath, program, JSON.stringify(planOf(platform, rounds))])
    await client.line('open')
    const [peakMb] = await Promise.all([follow(client, context), rain(platform, rounds, context)])
    const { streamsOpened } = await platform.control<{ streamsOpened: number }>('stats')
    return findingsOf(reportsOf(client), { rounds, peakMb, streamsOpened })
  },
}

function planOf({ apiUrl, username, password }: Platform, rounds: number): StallPlan {
  return {
    apiUrl,
    streamUrl: new URL('/m/stream', apiUrl).href,
    username,
    password,
    rounds,
    inRound,
    stalls: Array.from({ length: rounds }, (_, round) => ({ ...pause, atMs: round * roundMs + pause.atMs })),
    settleMs,
  }
}

/** Lets the events come, round by round. */
async function rain(platform: Platform, rounds: number, { say }: SoakContext): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    say(`round ${round + 1} of ${rounds}: ${inRound} events in ${roundMs / 1000} s`)
    await platform.control('burst', { count: inRound, perSecond, prefix: `soak-${round}`, messageLength })
  }
  say('all events are out')
}

/** Waits for the client's end, and gives the most memory that it had resident. */
async function follow(client: Child, { say, signal }: SoakContext): Promise<number> {
  let peakMb = 0
  let told = 0
  while (client.ended() === null) {
    signal.throwIfAborted()
    peakMb = Math.max(peakMb, await residentMbOf(client.pid).catch(() => 0))
    const reports = reportsOf(client)
    const last = reports.at(-1)
    if (last !== undefined && reports.length >= told + 10) {
      told = reports.length
      const state = last.stalled ? 'stands still' : 'takes events'
      say(
        `${last.seen} events so far, ${last.recovered} of them recovered; the consumer ${state}; at most ${peakMb.toFixed(0)} MB`,
      )
    }
    await sleep(250, undefined, { signal })
  }
  if (reportsOf(client).at(-1)?.kind !== 'result') {
    throw new Error(`The client ended before it had all events: ${client.stderr()}`)
  }
  return peakMb
}

function reportsOf(client: Child): StallReport[] {
  const lines = client.stdout().split('\n').slice(0, -1)
  return lines.flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as StallReport] : []))
}

function findingsOf(
  reports: readonly StallReport[],
  { rounds, peakMb, streamsOpened }: { rounds: number; peakMb: number; streamsOpened: number },
): readonly Finding[] {
  const result = reports.at(-1)
  if (result === undefined) throw new Error('The client told nothing')
  const events = rounds * inRound
  const raining = reports.slice(0, (rounds * roundMs) / 1000)
  const silentMs = Math.max(...raining.map((report) => report.silentMs))
  const stood = reports.filter((report) => report.stalled).length
  const { connects, gaps, closing, seen, twice, late } = result
  return [
    {
      what: 'the consumer stood still',
      seen: `${stood} s`,
      wanted: `${(rounds * pause.forMs) / 1000} s`,
      met: stood >= (rounds * pause.forMs) / 1000 - rounds * 2,
    },
    {
      what: 'memory of the client',
      seen: `${peakMb.toFixed(0)} MB`,
      wanted: `at most ${mostMb} MB`,
      met: peakMb <= mostMb,
    },
    {
      what: 'longest silence of the stream',
      seen: `${silentMs} ms`,
      wanted: `at most ${longestSilenceMs} ms`,
      met: silentMs <= longestSilenceMs,
    },
    {
      what: 'connections of the stream',
      seen: `${connects}, ${streamsOpened} by the platform`,
      wanted: '1',
      met: connects === 1 && streamsOpened === 1,
    },
    {
      what: 'gaps told',
      seen: `${gaps}, ${closing} to be closed`,
      wanted: `at least ${rounds}, all to be closed`,
      met: gaps >= rounds && closing === gaps,
    },
    { what: 'events missing', seen: String(events - seen), wanted: `0 of ${events}`, met: seen === events },
    { what: 'events told again', seen: String(twice), wanted: '0', met: twice === 0 },
    { what: 'events told after a later one', seen: String(late), wanted: '0', met: late === 0 },
  ]
}
