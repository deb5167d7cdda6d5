import { join } from 'node:path'
import { start } from '../../support/process.ts'
import type { Bench, BenchContext } from '../bench.ts'
import type { Figure } from '../figure.ts'
import { measure } from '../measure.ts'
import { runtimePeak } from '../runtime-floor.ts'
import { median } from '../samples.ts'
import type { ClientRun } from '../stream/count-events.ts'
import { eventBytes } from '../stream/event-bytes.ts'
import type { ByteTimes } from '../stream/parse-bytes.ts'
import type { ParseTimes } from '../stream/parse-events.ts'

/** The library that watches: how fast it reads, against its parser alone and against the client that npm has. */
export const stream: Bench = {
  name: 'stream',
  about: `events of ${eventBytes} bytes: against the parser alone and npm eventsource, RSS, one-byte chunks`,
  withinMs: 600_000,
  async run(context) {
    return [...(await inProcess(context)), ...(await overHttp(context)), await byteByByte(context)]
  },
}

async function inProcess(context: BenchContext): Promise<readonly Figure[]> {
  const [events, rounds] = context.quick ? [50_000, 3] : [200_000, 11]
  context.say(`${events / 1000}k events in one process, ${rounds} rounds`)
  const times = await program<ParseTimes>(context, 'parse-events', events, rounds)
  return [
    {
      what: `${events / 1000}k events of ${eventBytes} bytes, parsed`,
      unit: 'ms',
      samples: times.parsed,
      floor: { what: 'eventsource-parser + JSON.parse', samples: times.floor, inTurns: true },
      // 85 % of its speed.
      limit: { of: 'ratio', most: 1.176 },
      besides: `${speed(events, times.parsed)}; as typed events ${speed(events, times.typed)}`,
    },
  ]
}

/** The programs that read over HTTP: our loop that calls back, its peer that does so too, our iterator, the whole watch. */
type Client = 'loop' | 'eventsource' | 'sse' | 'watch'

async function overHttp(context: BenchContext): Promise<readonly Figure[]> {
  const [events, rounds] = context.quick ? [50_000, 1] : [400_000, 15]
  context.say(`${events / 1000}k events over HTTP, ${rounds} rounds`)
  const found: Record<Client, ClientRun[]> = { loop: [], eventsource: [], sse: [], watch: [] }
  await using server = start([process.execPath, pathOf('event-server')])
  const port = /\d+$/.exec(await server.line('listening on'))?.[0]
  for (let round = 0; round < rounds; round++) {
    for (const name of ['loop', 'eventsource', 'sse', 'watch'] as const) {
      found[name].push(await program<ClientRun>(context, `client-${name}`, `http://127.0.0.1:${port}`, events))
    }
  }
  const ms = (name: Client) => found[name].map((run) => run.ms)
  const peak = (name: Client) => found[name].map((run) => run.peakMb)
  const floor = await runtimePeak(process.execPath, context.signal)
  const what = `${events / 1000}k events over HTTP`
  const speeds = `${speed(events, ms('loop'))}, npm eventsource ${speed(events, ms('eventsource'))}`
  return [
    {
      what: `${what}, parsed`,
      unit: 'ms',
      samples: ms('loop'),
      floor: { what: 'npm eventsource', samples: ms('eventsource'), inTurns: true },
      // 1.7 times its speed.
      limit: { of: 'ratio', most: 0.588 },
      besides: `${speeds}; iterating ${speed(events, ms('sse'))}; the whole watch, typed events, ${speed(events, ms('watch'))}`,
    },
    {
      what: `${what}, parsed: RSS`,
      unit: 'MB',
      samples: peak('loop'),
      statistic: 'most',
      floor,
      limit: { of: 'figure', most: 120 },
      besides: `npm eventsource ${median(peak('eventsource')).toFixed(0)} MB`,
    },
    {
      what: `${what}, the whole watch: RSS`,
      unit: 'MB',
      samples: peak('watch'),
      statistic: 'most',
      floor,
      limit: { of: 'figure', most: 120 },
    },
  ]
}

async function byteByByte(context: BenchContext): Promise<Figure> {
  const [bytes, rounds] = context.quick ? [100_000, 2] : [1_000_000, 7]
  context.say(`one-byte chunks, ${rounds} rounds`)
  const { one, two } = await program<ByteTimes>(context, 'parse-bytes', bytes, rounds)
  return {
    what: `${(2 * bytes) / 1e6} MB of events in one-byte chunks`,
    unit: 'ms',
    samples: two,
    floor: { what: `${bytes / 1e6} MB`, samples: one, inTurns: true },
    limit: { of: 'ratio', most: 2.3 },
  }
}

/** Runs one of the programs in a process of its own, and reads what it prints. */
async function program<T>({ signal }: BenchContext, name: string, ...args: readonly (string | number)[]): Promise<T> {
  const { stdout } = await measure([process.execPath, pathOf(name), ...args.map(String)], signal)
  return JSON.parse(stdout) as T
}

function pathOf(name: string): string {
  return join(import.meta.dir, `../stream/${name}.ts`)
}

function speed(events: number, samples: readonly number[]): string {
  return `${(events / median(samples)).toFixed(0)}k/s`
}
