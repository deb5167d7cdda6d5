import { expect, test } from 'bun:test'
import { fakeWallClock, fasterClock } from '../support/fake-time.ts'
import { tempFolder } from '../support/temp.ts'
import { waitFor } from '../support/wait.ts'
import { type Site, startSite } from '../system/support.ts'
import { lineOf, some } from '../system/vms.ts'
import { recordFault, secondsSince } from './record.ts'
import { limitMs, seconds, statusIs } from './support.ts'

/** Whether the daemon's own clock tells so many seconds more than ours, to within half an hour. */
async function isOff(site: Site, bySeconds: number): Promise<boolean> {
  const answer = await fetch(`http://127.0.0.1:${site.daemon.healthPort}/status`)
  const { turned } = (await answer.json()) as { turned: { at: string } }
  return Math.abs((Date.parse(turned.at) - Date.now()) / 1000 - bySeconds) < 1800
}

test.concurrent.each([
  ['forward', 3600],
  ['back', -3600],
])(
  'a clock that jumps %s by an hour makes neither a storm nor a stall',
  async (which, bySeconds) => {
    await using folder = tempFolder()
    const clock = fakeWallClock(folder)
    await using site = await startSite({ flags: ['--resync', '1h'], env: clock.env })
    const { mock } = site
    mock.requests.clear()
    clock.shift(bySeconds)
    await waitFor('the jump to be seen', () => isOff(site, bySeconds))
    const jumpedAt = performance.now()
    const deployed = mock.platform.deploy(some(mock, false).id)
    await site.has(lineOf(deployed), true)
    const followed = secondsSince(jumpedAt)
    // What was missed is asked for by times: those of the platform, whatever the daemon's own clock says.
    mock.streams.cut('abrupt')
    await waitFor('the stream to be cut', () => mock.streams.open === 0)
    mock.platform.undeploy(some(mock, true).id)
    await statusIs(site, 'the stream', ({ watch }) => watch.connects > 1 && watch.state === 'open')
    await site.right(20_000)
    clock.shift(0)
    await waitFor('the way back', () => isOff(site, 0))
    const backAt = performance.now()
    const last = mock.platform.undeploy(deployed.id)
    await site.right(20_000)
    expect(last.ip).toBeNull()
    const lists = mock.requests.count(({ path }) => path.includes('/action/virtualmachines'))
    const all = mock.requests.count()
    expect({ lists, few: all <= 30 }).toEqual({ lists: 0, few: true })
    const { status, degraded } = await site.daemon.readiness()
    // The cut of the stream is made up for by asking the history once more a minute later.
    const others = degraded.filter((reason) => !/^Events may have been missed/.test(String(reason)))
    expect({ status, others }).toEqual({ status: 200, others: [] })
    recordFault({
      subject: 'clock',
      fault: `the clock jumps ${which} by an hour, and later ${bySeconds > 0 ? 'back' : 'forward'} again`,
      expected: 'no storm and no stall, also after a cut of the stream',
      happened: `a deploy after the jump was followed within ${seconds(followed)}; ${all} requests in all`,
      recoverySeconds: secondsSince(backAt),
      boundSeconds: 5,
    })
  },
  limitMs,
)

const faster = 60

test.concurrent(
  'a log-in that is refused for a while is tried after 5 and 10 minutes, and works by itself',
  async () => {
    await using site = await startSite({
      env: fasterClock(faster),
      flags: ['--resync', '24h', '--idle-timeout', '24h'],
    })
    const { mock } = site
    const logins = () => mock.requests.all.filter(({ path }) => path.startsWith('/api/login')).map(({ at }) => at)
    mock.requests.clear()
    const ill = mock.faults.add({ kind: 'status', status: 401 }, { on: 'all' })
    mock.streams.cut('abrupt')
    site.daemon.child.signal('SIGUSR1')
    await statusIs(site, 'two refusals', () => logins().length === 2)
    ill.clear()
    mock.platform.undeploy(some(mock, true).id)
    mock.platform.deploy(some(mock, false).id)
    await statusIs(site, 'the log-in', ({ login }) => login.state === 'accepted')
    const [first = 0, second = 0, third = 0, ...more] = logins()
    const between = mock.requests.count(({ at }) => at > first + 200 && at < third)
    await waitFor('the right file', async () => {
      await site.status()
      return Bun.deepEquals(await site.lines(), mock.platform.tokenLines())
    })
    const recoverySeconds = (performance.now() - third) / 1000
    const minutes = [second - first, third - second].map((ms) => (ms * faster) / 60_000)
    expect({ minutes: minutes.map(Math.floor), between, more }).toEqual({ minutes: [5, 10], between: 1, more: [] })
    recordFault({
      subject: 'platform',
      fault: '401 for more than five minutes, to API and stream, then well',
      expected: 'one log-in after 5 min and one after 10 more, no other request, then right alone',
      happened: `tried after ${minutes.map((each) => each.toFixed(1)).join(' and ')} min, on a clock ${faster} times as fast`,
      recoverySeconds,
      boundSeconds: 5,
    })
  },
  limitMs,
)
