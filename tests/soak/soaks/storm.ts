import type { Finding, Soak } from '../soak.ts'
import { Site } from '../steady/site.ts'

const vms = 10_000
const eventsPerSecond = 5000
/** A deploy is five events, an undeploy four. */
const eventsPerChange = 4.5
const perSecond = Math.ceil(eventsPerSecond / eventsPerChange)
const stormMs = 60_000
/** What the platform has to bring forth of that, so that it is a storm. */
const leastShare = 0.8
const withinMs = 120_000
/** No list starts sooner after the last one than ten times its duration, and one may be under way. */
const listsOfTime = 12
/** What a list of everything may cost. */
const mostPerList = 60
const mostMb = 300

/** The daemon under far more events than it could read one by one. */
export const storm: Soak = {
  name: 'storm',
  about: `the daemon on ${vms / 1000}k VMs, all of which change in turn: ${eventsPerSecond} events/s`,
  minutes: stormMs / 60_000,
  beyondMs: withinMs + 60_000,
  async run(context) {
    const forMs = (context.minutes ?? this.minutes) * 60_000
    await using site = await Site.start(vms, context, ['--undeployed', '0.5'])
    const { platform } = site
    await platform.control('requests/clear')
    const before = await counts(site)
    site.step = 'storm'
    context.say(`${perSecond} changes/s for ${forMs / 1000} s`)
    await platform.control('churn', { perSecond, inTurn: true })
    await site.pause(forMs)
    await platform.control('churn', { perSecond: 0 })
    const after = await counts(site)
    site.step = 'calm'
    const ms = await site.right(withinMs)
    const last = await counts(site)
    const { list } = await site.told()
    const left = await site.end()
    const read = await site.read()
    const events = after.events - before.events
    const requests = last.requests - before.requests
    const lists = list.complete + list.incomplete
    const bound = Math.ceil(events / eventsPerChange) + mostPerList * lists
    const mostMs = listsOfTime * list.durationSeconds * 1000 + 2000
    const resident = Math.max(...site.samples.map(({ residentMb }) => residentMb))
    const findings: readonly Finding[] = [
      {
        what: 'events in a second',
        seen: ((events / forMs) * 1000).toFixed(0),
        wanted: `at least ${leastShare * eventsPerSecond}`,
        met: events >= (leastShare * eventsPerSecond * forMs) / 1000,
      },
      {
        what: 'requests for them',
        seen: `${requests} for ${events} events`,
        wanted: `at most one for each change, and those of ${lists} lists: ${bound}`,
        met: requests <= bound,
      },
      {
        what: 'file right after the last event',
        seen: `${(ms / 1000).toFixed(1)} s; a list takes ${list.durationSeconds.toFixed(1)} s`,
        wanted: `within ${(mostMs / 1000).toFixed(1)} s`,
        met: ms <= mostMs,
      },
      {
        what: 'torn or wrong reads',
        seen: `${read.torn} of ${read.reads}, ${read.versions} versions ${read.first}`,
        wanted: '0',
        met: read.torn === 0 && read.versions > 0,
      },
      {
        what: 'memory of the daemon',
        seen: `${resident.toFixed(0)} MB`,
        wanted: `at most ${mostMb} MB`,
        met: resident <= mostMb,
      },
      {
        what: 'errors in the log',
        seen: `${site.complaints.length} ${site.complaints[0] ?? ''}`,
        wanted: '0',
        met: site.complaints.length === 0,
      },
      { what: 'left beside the file', seen: left.join(' ') || 'nothing', wanted: 'nothing', met: left.length === 0 },
    ]
    return findings
  },
}

function counts({ platform }: Site): Promise<{ events: number; requests: number }> {
  return platform.control('stats')
}
