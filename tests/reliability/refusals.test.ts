import { describe, expect, test } from 'bun:test'
import type { Fault, RequestRecord } from '../mock-abiquo/index.ts'
import { waitFor } from '../support/wait.ts'
import { startSite } from '../system/support.ts'
import { some } from '../system/vms.ts'
import { recordFault, secondsSince } from './record.ts'
import { limitMs, seconds } from './support.ts'

const waitMs = 3000
/** What was on its way when the platform refused. */
const graceMs = 200
const slots = 8

/** When the first request of a kind was refused, of the clock of the requests. */
function refusedAt(requests: readonly RequestRecord[], kind: RequestRecord['kind']): number | null {
  const first = requests.find((request) => request.kind === kind && (request.status ?? 0) >= 400)
  return first === undefined ? null : first.at + (first.durationMs ?? 0)
}

describe('no request comes earlier than the platform asks for, and all is right by itself', () => {
  const inSeconds = () => waitMs / 1000
  // A date has no parts of a second.
  const asDate = () => new Date(Date.now() + waitMs + 1000).toUTCString()
  const refusals: [string, number, () => string | number][] = [
    ['503 with Retry-After in seconds', 503, inSeconds],
    ['503 with Retry-After as a date', 503, asDate],
    ['429 with Retry-After', 429, inSeconds],
  ]
  test.concurrent.each(refusals)(
    '%s',
    async (name, status, asked) => {
      await using site = await startSite({ flags: ['--resync', '1h'] })
      const { mock } = site
      mock.requests.clear()
      const retryAfter = asked()
      const fault: Fault = { kind: 'status', status, retryAfter }
      const ill = mock.faults.add(fault, { on: 'all' })
      mock.streams.cut('abrupt')
      site.daemon.child.signal('SIGUSR1')
      const kinds = ['rest', 'stream'] as const
      const refused = await waitFor('both to be refused', () => {
        const [rest, stream] = kinds.map((kind) => refusedAt(mock.requests.all, kind))
        return rest && stream && { rest, stream }
      })
      ill.clear()
      const before = await site.lines()
      mock.platform.undeploy(some(mock, true).id)
      mock.platform.deploy(some(mock, false).id)
      await site.right(30_000)
      const rightAt = performance.now()
      await waitFor('the stream', () => mock.streams.open === 1, { withinMs: 30_000 })
      const allowedAfter = (kind: 'rest' | 'stream'): number =>
        typeof retryAfter === 'number'
          ? refused[kind] + waitMs
          : performance.now() + Date.parse(retryAfter) - Date.now()
      const early = kinds.map((kind) =>
        mock.requests.all.filter(
          (each) => each.kind === kind && each.at > refused[kind] + graceMs && each.at < allowedAfter(kind) - 1,
        ),
      )
      const atOnce = mock.requests.count((each) => each.at <= refused.rest + graceMs)
      expect(early).toEqual([[], []])
      expect(atOnce).toBeLessThanOrEqual(slots + 2)
      expect(before).not.toEqual(await site.lines())
      const after = kinds.map((kind) => {
        const next = mock.requests.all.find((each) => each.kind === kind && each.at > refused[kind] + graceMs)
        return seconds(((next?.at ?? Number.NaN) - refused[kind]) / 1000)
      })
      recordFault({
        subject: 'platform',
        fault: `${name}, by API and stream`,
        expected: 'no request earlier than allowed, then right alone',
        happened: `the next request came after ${after[0]} to the API, after ${after[1]} to the stream`,
        recoverySeconds: Math.max(0, rightAt - allowedAfter('rest')) / 1000,
        boundSeconds: 5,
      })
    },
    limitMs,
  )
})

test.concurrent(
  'an API that restarts: HTML with 404 for everything, events going on',
  async () => {
    await using site = await startSite({ flags: ['--resync', '1h'] })
    const { mock } = site
    const before = await site.lines()
    const ill = mock.faults.add({ kind: 'html', status: 404 }, { on: 'rest' })
    const deployed = mock.platform.vms.filter(({ ip }) => ip !== null)
    for (const { id } of deployed.slice(0, 10)) mock.platform.undeploy(id)
    for (const { id } of deployed.slice(10, 20)) mock.platform.requestAccess(id)
    for (const { id } of deployed.slice(20, 30)) mock.platform.move(id)
    await waitFor('the events to be acted on', async () => (await site.status()).reads.total >= 10)
    await waitFor('a list to fail', async () => (await site.status()).list.why !== null)
    expect(await site.lines()).toEqual(before)
    const backAt = performance.now()
    ill.clear()
    await site.right(60_000)
    recordFault({
      subject: 'platform',
      fault: 'the API restarts: HTML with 404 for every path, events going on',
      expected: 'no token lost, then what the events told',
      happened: '30 events of a restart were acted on once it was over',
      recoverySeconds: secondsSince(backAt),
      // The longest pause between two tries, and what they take.
      boundSeconds: 35,
    })
  },
  limitMs,
)
