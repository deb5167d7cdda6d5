import { markdownTable } from '../../../scripts/lib/markdown-table.ts'
import { percentile } from '../../bench/samples.ts'
import type { Finding, Soak, SoakContext } from '../soak.ts'
import { clockOf, columns, type Growth, growthOf, rowsOf } from '../steady/samples.ts'
import { type Read, Site, type Told } from '../steady/site.ts'
import { change, cuts, faults, perSecond, reconnects, restart, type Step, standstill } from '../steady/steps.ts'

const vms = 10_000
/** Until the file is right after everything has stopped: the longest wait of a back-off, and a list. */
const calmWithinMs = 60_000
/** A calm that takes so long is told with what the daemon said. */
const slowMs = 5000
/** The longest stand-still of the platform. */
const longestStandMs = 180_000
/** A thousand in half an hour. */
const reconnectsInTurn = 200
/** The last part of the time is for restarts: before, one process shows whether its memory grows. */
const oneLife = 0.75
/** The memory of a process is that of its work only after a while. */
const warmMs = 20_000
const mostGrowth = { share: 0.1, most: 10 }
/** Connections that are kept for a while come and go. */
const mostDescriptors = 4
const mostLatencyMs = 1000
/** A change costs one request; lists, reconnects, and what was asked in vain come on top. */
const mostRequests = { perChange: 2.5, perList: 60, perConnect: 20 }

/** A calm: nothing changes any more, and the file has to become right. */
interface Calm {
  readonly after: string
  readonly ms: number
}

/** The daemon under steady change, with all that happens to it in a year. */
export const steady: Soak = {
  name: 'steady',
  about: `the daemon on ${vms / 1000}k VMs, ${perSecond} changes/s, with cuts, faults, stand-stills and restarts`,
  minutes: 10,
  beyondMs: longestStandMs + 4 * calmWithinMs + 60_000,
  async run(context) {
    const totalMs = (context.minutes ?? this.minutes) * 60_000
    await using site = await Site.start(vms, context)
    const calms: Calm[] = []
    const first = firstLife(totalMs, context.signal)
    await go(site, context, first, totalMs * oneLife, calms)
    const life = await lifeOf(site)
    await go(site, context, [restart('SIGTERM'), restart('SIGKILL'), change(5000, context.signal)], totalMs, calms)
    const left = await site.end()
    const read = await site.read()
    context.say(`over time\n\n${markdownTable([columns, ...rowsOf(site.samples, site.latencies, 12)]).join('\n')}\n`)
    return findingsOf(site, { calms, life, left, read })
  },
}

function firstLife(totalMs: number, signal: AbortSignal): readonly Step[] {
  const stand = standstill(Math.min(longestStandMs, totalMs / 10))
  const changing = change(Math.min(60_000, totalMs / 20), signal)
  return [changing, reconnects(reconnectsInTurn), changing, faults(10_000), changing, stand, changing, cuts]
}

/** Goes through the steps again and again until the time is over, with a calm after each. */
async function go(
  site: Site,
  { say }: SoakContext,
  steps: readonly Step[],
  untilMs: number,
  calms: Calm[],
): Promise<void> {
  for (let turn = 0; site.atMs < untilMs; turn++) {
    const step = steps[turn % steps.length]
    if (step === undefined) return
    say(`${clockOf(site.atMs)} ${step.name}`)
    site.step = step.name
    await site.platform.control('churn', { perSecond })
    try {
      await step.run(site)
      await site.platform.control('churn', { perSecond: 0 })
      site.step = 'calm'
      const ms = await site.right(calmWithinMs)
      calms.push({ after: step.name, ms })
      if (ms < slowMs) continue
      const seconds = (ms / 1000).toFixed(1)
      say(`${clockOf(site.atMs)} right ${seconds} s after the end of ${step.name}; the log:\n${site.lastLines(10)}`)
    } catch (error) {
      throw new Error(`${error} in ${step.name}; the daemon's last lines:\n${site.lastLines(20)}`, { cause: error })
    }
  }
}

/** What one process has come to, before it is restarted. */
interface Life {
  readonly told: Told
  readonly events: number
  readonly requests: number
  readonly minutes: number
  readonly pid: number
}

async function lifeOf(site: Site): Promise<Life> {
  const told = await site.told()
  const { events, requests } = await site.platform.control<{ events: number; requests: number }>('stats')
  return { told, events, requests, minutes: site.atMs / 60_000, pid: site.daemon.child.pid }
}

interface Found {
  readonly calms: readonly Calm[]
  readonly life: Life
  readonly left: readonly string[]
  readonly read: Read
}

function findingsOf(site: Site, { calms, life, left, read }: Found): readonly Finding[] {
  const inLife = site.samples.filter(({ pid, atMs }) => pid === life.pid && atMs > warmMs)
  // Like is compared with like: reconnects with their lists take more for a while.
  const changing = inLife.filter(({ step }) => step === 'change')
  const latencies = site.latencies.map(({ ms }) => ms)
  const p = (share: number) => percentile(latencies, share).toFixed(0)
  const worst = calms.toSorted((a, b) => b.ms - a.ms)[0]
  return [
    {
      what: 'torn or wrong reads',
      seen: `${read.torn} of ${read.reads}, ${read.versions} versions ${read.first}`,
      wanted: '0',
      met: read.torn === 0 && read.versions > 0,
    },
    {
      what: 'file right in each calm',
      seen: `${calms.length} calms, the slowest ${((worst?.ms ?? 0) / 1000).toFixed(1)} s after ${worst?.after}`,
      wanted: `within ${calmWithinMs / 1000} s`,
      met: calms.length > 0,
    },
    flat('MB of memory', growthOf(changing, 'residentMb'), mostGrowth),
    flat('descriptors', growthOf(inLife, 'descriptors'), { share: 0, most: mostDescriptors }),
    {
      what: `event to file, p50 / p90 / p99 of ${latencies.length}`,
      seen: `${p(0.5)} / ${p(0.9)} / ${p(0.99)} ms`,
      wanted: `p99 at most ${mostLatencyMs} ms`,
      met: percentile(latencies, 0.99) <= mostLatencyMs,
    },
    requestsOf(life),
    {
      what: 'errors in the log',
      seen: `${site.complaints.length} ${site.complaints[0] ?? ''}`,
      wanted: '0',
      met: site.complaints.length === 0,
    },
    { what: 'left beside the file', seen: left.join(' ') || 'nothing', wanted: 'nothing', met: left.length === 0 },
  ]
}

function flat(unit: string, growth: Growth | null, { share, most }: { share: number; most: number }): Finding {
  const what = `${unit} of one process, first and last third`
  const wanted = share === 0 ? `at most ${most} more` : `at most ${share * 100} % and ${most} more`
  if (growth === null) return { what, seen: 'too few samples', wanted, met: false }
  const { first, last, perHour } = growth
  return {
    what,
    seen: `${first.toFixed(0)}, ${last.toFixed(0)} (${perHour.toFixed(0)} in an hour)`,
    wanted,
    met: last - first <= first * share + most,
  }
}

function requestsOf({ told: { list, watch }, events, requests, minutes }: Life): Finding {
  const { perChange, perList, perConnect } = mostRequests
  const lists = list.complete + list.incomplete
  const bound = perChange * perSecond * 60 * minutes + perList * lists + perConnect * watch.connects
  return {
    what: 'requests in a minute',
    seen: `${(requests / minutes).toFixed(0)}, for ${(events / minutes).toFixed(0)} events, ${lists} lists, ${watch.connects} connects in all`,
    wanted: `at most ${(bound / minutes).toFixed(0)}`,
    met: requests <= bound,
  }
}
