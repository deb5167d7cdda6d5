import { describe, expect, test } from 'bun:test'
import { binary } from '../support/binary.ts'
import { run } from '../support/process.ts'
import { waitFor } from '../support/wait.ts'
import { askedOf } from '../system/requests.ts'
import { type Site, startSite } from '../system/support.ts'
import { lineOf, some } from '../system/vms.ts'
import { recordFault, secondsSince } from './record.ts'
import { list, seconds, statusIs } from './support.ts'

const vms = 10_000
const gone = 5000
const all = { vms, enterprises: 10, undeployed: 0, remoteAccessOff: 0 }

/** Undeploys half of the VMs. */
function loseHalf({ mock }: Site, events: boolean): void {
  for (const { id } of mock.platform.vms.slice(0, gone)) mock.platform.undeploy(id, { events })
}

/** Waits until so many removals are held. */
async function held(site: Site, count: number): Promise<void> {
  await statusIs(site, `${count} to be held`, ({ outputs: [first] }) => first?.held === count)
}

describe(`${gone} of ${vms} VMs are really gone`, () => {
  test('without events: held, and let go of by a second list that agrees', async () => {
    const resyncSeconds = 3
    await using site = await startSite({ ...all, flags: ['--resync', `${resyncSeconds}s`] })
    const before = (await site.lines()).length
    loseHalf(site, false)
    const goneAt = performance.now()
    await list(site)
    await held(site, gone)
    const heldAfter = secondsSince(goneAt)
    const heldAt = performance.now()
    expect((await site.lines()).length).toBe(before)
    await site.right(60_000)
    recordFault({
      subject: 'lists',
      fault: `${gone} of ${vms} VMs gone without events, and a second list agrees`,
      expected: 'held, then applied after a second agreeing list, one resync later at least',
      happened: `held ${seconds(heldAfter)} after they went; the resync being ${resyncSeconds} s`,
      recoverySeconds: secondsSince(heldAt),
      // One resync, jittered, and a list that starts no sooner than ten times the duration of the last one.
      boundSeconds: 60,
    })
    expect(secondsSince(heldAt)).toBeGreaterThan(resyncSeconds - 0.5)
  }, 90_000)

  test('without events: held, and let go of by regen --force, or by USR2', async () => {
    await using site = await startSite({ ...all, flags: ['--resync', '1h'] })
    const { mock } = site
    const path = site.folder.file('regen.vnc')
    const command = [await binary(), 'regen', '-a', mock.apiUrl, '-u', mock.username, '-p', mock.password, '-f', path]
    expect((await run(command)).code).toBe(0)
    loseHalf(site, false)
    await list(site)
    await held(site, gone)
    const agreedAt = performance.now()
    site.daemon.child.signal('SIGUSR2')
    await site.right()
    recordFault({
      subject: 'lists',
      fault: `${gone} of ${vms} VMs gone without events, and a person agrees by USR2`,
      expected: 'held, then applied at once',
      happened: `${gone} removals were held until then`,
      recoverySeconds: secondsSince(agreedAt),
      boundSeconds: 5,
    })
    const lines = async () => (await Bun.file(path).text()).split('\n').slice(0, -1)
    const heldExit = (await run(command)).code
    const heldLines = (await lines()).length
    const forcedAt = performance.now()
    const forcedExit = (await run([...command, '--force'])).code
    expect({ heldExit, heldLines, forcedExit }).toEqual({ heldExit: 6, heldLines: vms, forcedExit: 0 })
    expect(await lines()).toEqual(mock.platform.tokenLines())
    recordFault({
      subject: 'lists',
      fault: `${gone} of ${vms} VMs gone without events, and a person agrees by regen --force`,
      expected: 'regen holds them and ends with 6; with --force applied at once',
      happened: `${gone} removals were held until then`,
      recoverySeconds: secondsSince(forcedAt),
      boundSeconds: 15,
    })
  }, 90_000)

  test('with events, folded into lists: gone at once, nothing held', async () => {
    await using site = await startSite({ ...all, flags: ['--resync', '1h'] })
    let most = 0
    site.mock.requests.clear()
    loseHalf(site, true)
    const goneAt = performance.now()
    await waitFor(
      'the right file',
      async () => {
        most = Math.max(most, (await site.status()).outputs[0]?.held ?? 0)
        return Bun.deepEquals(await site.lines(), site.mock.platform.tokenLines())
      },
      { withinMs: 60_000 },
    )
    recordFault({
      subject: 'lists',
      fault: `${gone} of ${vms} VMs undeployed with events, folded into lists`,
      expected: 'gone at once, nothing held',
      happened: `${site.mock.requests.count()} requests, ${most} held`,
      recoverySeconds: secondsSince(goneAt),
      // No list starts sooner after the last one than ten times its duration.
      boundSeconds: 30,
    })
    expect(most).toBe(0)
  }, 90_000)
})

test('a VM that is deleted while its list is paged costs no other VM its token', async () => {
  await using site = await startSite({ vms: 1000, enterprises: 1, vmPaging: 'links', flags: ['--resync', '1h'] })
  const { mock } = site
  const path = /action\/virtualmachines/
  using slow = mock.faults.add({ kind: 'delay', ms: 300 }, { path, page: 2, times: 1 })
  site.daemon.child.signal('SIGUSR1')
  await waitFor('the second page to be asked for', () => slow.hits > 0)
  mock.requests.clear()
  const first = mock.platform.vms.find(({ id, ip }) => id < 250 && ip !== null) ?? some(mock, true)
  // All after it move up by one, and the first of the second page to the first page, which is read already.
  mock.platform.delete(first.id, { events: false })
  const others = (await site.lines()).filter((line) => line !== lineOf(first))
  const deletedAt = performance.now()
  let fewest = others.length
  const kept = async () => {
    const lines = new Set(await site.lines())
    fewest = Math.min(fewest, others.filter((line) => lines.has(line)).length)
    return (await site.status()).list.complete > 1
  }
  await waitFor('the list', kept, { withinMs: 20_000 })
  await list(site)
  await site.right()
  expect(fewest).toBe(others.length)
  expect(askedOf(mock).reads.length).toBeGreaterThan(0)
  recordFault({
    subject: 'lists',
    fault: 'a VM is deleted while its list is paged, so that another one is on no page',
    expected: 'no token lost that its VM still has',
    happened: 'the VM that the list lacked was asked for by itself, and kept its token',
    recoverySeconds: secondsSince(deletedAt),
    boundSeconds: 15,
  })
})
