import { describe, expect, test } from 'bun:test'
import type { Account, Mock } from '../mock-abiquo/index.ts'
import { waitFor } from '../support/wait.ts'
import { askedOf } from '../system/requests.ts'
import { startSite } from '../system/support.ts'
import { some } from '../system/vms.ts'
import { recordFault, secondsSince } from './record.ts'
import { degradedBy, limitMs, list, seconds } from './support.ts'

/** Changes the rights of the user that the daemon logs in as. */
function allow(mock: Mock, rights: Partial<Account>): void {
  const account = mock.accounts.get(mock.username)
  if (account === undefined) throw new Error('The mock has no such account')
  mock.accounts.set({ ...account, ...rights })
}

describe('a user who does not see what happens', () => {
  const users: [string, Partial<Account>, (mock: Mock) => void, string][] = [
    [
      'without the privilege to see moves',
      { lacks: ['PHYS_DC_ALLOW_MODIFY_SERVERS'] },
      (mock) => void mock.platform.move(some(mock, true).id),
      'lacks the privilege PHYS_DC_ALLOW_MODIFY_SERVERS',
    ],
    [
      'without the privilege to see deploys',
      { lacks: ['VAPP_DEPLOY_UNDEPLOY'] },
      (mock) => void mock.platform.undeploy(some(mock, true).id),
      'lacks the privilege VAPP_DEPLOY_UNDEPLOY',
    ],
    [
      'who is switched to another enterprise',
      { sees: 'enterprise', actor: { id: 1, nick: 'admin', enterprise: { id: 99, name: 'Another' } } },
      (mock) => void mock.platform.undeploy(some(mock, true).id),
      'is switched to another enterprise',
    ],
  ]
  test.concurrent.each(users)(
    '%s',
    async (who, rights, change, says) => {
      await using site = await startSite({
        before: (mock) => allow(mock, rights),
        flags: ['--resync', '1h'],
      })
      const { mock } = site
      let slowest = 0
      for (let round = 0; round < 2; round++) {
        change(mock)
        const askedAt = performance.now()
        await list(site)
        await site.right()
        slowest = Math.max(slowest, secondsSince(askedAt))
      }
      const degraded = await degradedBy(site, /Events do not tell what lists find/)
      expect(degraded).toContain(says)
      recordFault({
        subject: 'events',
        fault: `a user ${who}`,
        expected: `found by each list; two in a row are said as a blind watch: "${says}"`,
        happened: `each list found it within ${seconds(slowest)}`,
        recoverySeconds: slowest,
        boundSeconds: 5,
      })
    },
    limitMs,
  )
})

const perSecond = 5000
const stormSeconds = 5
const eventsForARequest = 5
const vms = 10_000
/** How long the platform takes for an answer at least. */
const answerMs = 20
/** Requests at once that the daemon keeps to unless it is told otherwise. */
const concurrency = 8

test(
  'a storm of events is folded into few requests, and the file is right within one list',
  async () => {
    await using site = await startSite({ vms, enterprises: 10, delayMs: answerMs, flags: ['--resync', '1h'] })
    const { mock } = site
    const all = mock.platform.vms
    mock.requests.clear()
    const beganAt = performance.now()
    let sent = 0
    while (sent < perSecond * stormSeconds) {
      const due = Math.min(perSecond * stormSeconds, ((performance.now() - beganAt) / 1000) * perSecond)
      for (; sent < due; sent++) {
        const vm = all[sent % all.length]
        if (vm === undefined) throw new Error('The mock has no VMs')
        if (sent % 50 === 0) {
          if (mock.platform.vm(vm.id).host === null) mock.platform.deploy(vm.id)
          else mock.platform.undeploy(vm.id)
        } else mock.platform.requestAccess(vm.id)
      }
      await Bun.sleep(5)
    }
    const endedAt = performance.now()
    await site.right(60_000)
    const recoverySeconds = secondsSince(endedAt)
    await waitFor('all to be read', async () => (await site.status()).reads.owed === 0, { withinMs: 60_000 })
    const asked = askedOf(mock)
    const requests = mock.requests.count()
    recordFault({
      subject: 'events',
      fault: `${perSecond} events a second for ${stormSeconds} s over ${vms} VMs in turn, each fiftieth a deploy or an undeploy`,
      expected: `folded into at most one request for ${eventsForARequest} events, never more than ${concurrency} at once; right within one list`,
      happened: `${requests} requests for ${sent} events, of which ${asked.lists.length} for lists`,
      recoverySeconds,
      // No list starts sooner after the last one than ten times its duration.
      boundSeconds: 30,
    })
    expect(requests).toBeLessThan(sent / eventsForARequest)
    expect(mock.requests.maxConcurrent).toBeLessThanOrEqual(concurrency)
  },
  limitMs,
)
