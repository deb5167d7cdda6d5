import { describe, expect, test } from 'bun:test'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { addressOf, type Mock, tokenLinesOf } from '../mock-abiquo/index.ts'
import { binary } from '../support/binary.ts'
import { startDaemon } from '../support/daemon.ts'
import { run, start } from '../support/process.ts'
import { waitFor } from '../support/wait.ts'
import { startSite } from './support.ts'
import { anotherPassword, lineOf, some } from './vms.ts'

/** Paths below /api that were asked for since the last `clear`. */
function asked(mock: Mock): string[] {
  return mock.requests.all.filter(({ kind }) => kind === 'rest').map(({ path }) => path)
}

test('a deploy puts its line into the file after one request, and an undeploy takes it out after one', async () => {
  await using site = await startSite()
  const { mock } = site
  mock.requests.clear()
  const vm = mock.platform.deploy(some(mock, false).id)
  await site.has(lineOf(vm), true)
  mock.platform.undeploy(vm.id)
  await site.has(lineOf(vm), false)
  expect(asked(mock).length).toBe(2)
  await site.right()
})

describe('the file follows', () => {
  test('an undeploy that an old server tells as DEPLOY_FINISH', async () => {
    await using site = await startSite()
    const vm = some(site.mock, true)
    site.mock.platform.undeploy(vm.id, { asDeployFinish: true })
    await site.has(lineOf(vm), false)
    await site.right()
  })

  test('a move to another host', async () => {
    await using site = await startSite()
    const vm = some(site.mock, true)
    const moved = site.mock.platform.move(vm.id)
    await site.has(lineOf(moved), true)
    await site.has(lineOf(vm), false)
    await site.right()
  })

  test('a host that gets another address, with all its VMs', async () => {
    await using site = await startSite({ vms: 60, hostsPerRack: 1, datacenters: 1, undeployed: 0 })
    const vm = some(site.mock, true)
    if (vm.host === null) throw new Error('The VM has no host')
    const changed = site.mock.platform.setHostAddress(vm.host, '10.77.0.1')
    expect(changed.length).toBeGreaterThan(5)
    await site.right()
    expect((await site.status()).outputs[0]?.held).toBe(0)
  })

  test('a VM that moves to another appliance, and is undeployed there', async () => {
    await using site = await startSite()
    const vm = some(site.mock, true)
    site.mock.platform.moveToAppliance(vm.id)
    await site.right()
    site.mock.platform.undeploy(vm.id)
    await site.has(lineOf(vm), false)
  })

  test('the end of an appliance, and of an enterprise', async () => {
    await using site = await startSite()
    const vm = some(site.mock, true)
    site.mock.platform.deleteAppliance(vm.appliance)
    await site.right()
    const other = some(site.mock, true)
    site.mock.platform.deleteEnterprise(other.enterprise)
    await site.right()
  })

  test('the events of a platform up to 4.6', async () => {
    await using site = await startSite({ eventFormat: 'legacy', dialect: '1.0' })
    const vm = site.mock.platform.deploy(some(site.mock, false).id)
    await site.has(lineOf(vm), true)
    site.mock.platform.undeploy(vm.id)
    await site.right()
  })
})

test("a VM on another one's address keeps its console when the other is undeployed", async () => {
  await using site = await startSite()
  const a = some(site.mock, true)
  const address = addressOf(a)
  if (address === null) throw new Error('The VM has no address')
  const b = site.mock.platform.deploy(some(site.mock, false).id, { address })
  await waitFor('B to be read', async () => (await site.status()).reads.total >= 1)
  site.mock.platform.undeploy(a.id)
  await waitFor('A to be read', async () => (await site.status()).reads.total >= 2)
  await site.right()
  expect(await site.lines()).toContain(lineOf(b))
  site.mock.platform.undeploy(b.id)
  await site.has(lineOf(b), false)
})

test('where REST lags behind its events by 1.5 s, the file is right without a list', async () => {
  await using site = await startSite({ restLagMs: 1500 })
  const { mock } = site
  mock.requests.clear()
  const up = some(mock, false)
  const down = some(mock, true)
  const deployed = mock.platform.deploy(up.id)
  mock.platform.undeploy(down.id)
  await site.has(lineOf(deployed), true)
  await site.has(lineOf(down), false)
  expect(asked(mock).filter((path) => path.includes('/action/virtualmachines'))).toEqual([])
})

test('an event during a list that takes long is acted on at once', async () => {
  await using site = await startSite()
  const { mock } = site
  using _slow = mock.faults.add({ kind: 'hang' }, { on: 'rest', path: /action\/virtualmachines/ })
  mock.requests.clear()
  site.daemon.child.signal('SIGUSR1')
  await waitFor('the list to begin', () => asked(mock).some((path) => path.includes('/action/virtualmachines')))
  const vm = mock.platform.deploy(some(mock, false).id)
  await site.has(lineOf(vm), true)
})

test('changes while the stream is down are found once it is back', async () => {
  await using site = await startSite()
  const { mock } = site
  mock.refuse()
  const up = mock.platform.deploy(some(mock, false).id)
  mock.platform.undeploy(some(mock, true).id)
  mock.accept()
  await site.has(lineOf(up), true, 20_000)
  await site.right()
})

test('a VM whose address would forge a line is refused and counted', async () => {
  await using site = await startSite()
  const vm = some(site.mock, true)
  site.mock.platform.setRawVdrp(vm.id, '10.0.0.1\nfff: 6.6.6.6', 5900, { events: true })
  site.mock.platform.requestAccess(vm.id)
  await waitFor('it to be counted', async () => (await site.status()).refusedAddresses === 1)
  const address = addressOf(vm)
  const others = site.mock.platform.truth().filter(({ ip, port }) => ip !== address?.ip || port !== address.port)
  await waitFor('the right file', async () => Bun.deepEquals(await site.lines(), tokenLinesOf(others)))
})

describe('a file that somebody else changes is noticed, counted, and right again', () => {
  const changes: [string, (path: string) => Promise<void>][] = [
    [
      'replaced',
      async (path) => {
        await writeFile(`${path}.new`, `${'1'.repeat(32)}: 10.9.9.9:5900\n`)
        await rename(`${path}.new`, path)
      },
    ],
    ['cut in place', async (path) => writeFile(path, '')],
  ]
  test.each(changes)('%s', async (_name, change) => {
    await using site = await startSite()
    await change(site.path)
    await waitFor('it to be noticed', async () => (await site.status()).outputs[0]?.changedByOthers === 1)
    await site.right()
  })

  test('by regen', async () => {
    await using site = await startSite()
    const { mock } = site
    await writeFile(site.path, '')
    const login = ['-a', mock.apiUrl, '-u', mock.username, '-p', mock.password]
    expect((await run([await binary(), 'regen', ...login, '-f', site.path])).code).toBe(0)
    await site.right()
    await waitFor('it to be noticed', async () => ((await site.status()).outputs[0]?.changedByOthers ?? 0) > 0)
    await site.right()
  })
})

test('a second daemon on the same file is refused with 5', async () => {
  await using site = await startSite()
  const { mock } = site
  const login = ['-a', mock.apiUrl, '-u', mock.username, '-p', mock.password, '-f', site.path, '--listen', 'off']
  const { code, stderr } = await run([await binary(), 'run', ...login])
  expect(code).toBe(5)
  expect(stderr).toContain(`process ${site.daemon.child.pid}`)
})

test('TERM ends it with 0, and leaves a whole file and nothing beside it', async () => {
  await using site = await startSite({ vms: 3000 })
  const { mock } = site
  for (const vm of mock.platform.vms.slice(0, 200)) mock.platform.undeploy(vm.id)
  expect(await site.daemon.child.stop(4000)).toEqual({ code: 0, signal: null })
  const text = await readFile(site.path, 'utf8')
  expect(text.endsWith('\n')).toBe(true)
  expect(text.split('\n').every((line) => line === '' || /^[0-9a-f]{32}: \S+:\d+$/.test(line))).toBe(true)
  const names = await Array.fromAsync(new Bun.Glob('*').scan({ cwd: site.folder.path, dot: true }))
  expect(names.sort()).toEqual(['.config.vnc.lock', 'config.vnc', 'password'])
})

test('a thousand changes under a hundred readers: each read is a whole file', async () => {
  await using site = await startSite({ vms: 1500, undeployed: 0, remoteAccessOff: 0 })
  const { mock } = site
  const fewest = (await site.lines()).length - 1000
  await using readers = start([process.execPath, 'tests/support/readers.ts', site.path, '100', String(fewest)])
  await readers.line('reading')
  for (const vm of mock.platform.vms.slice(0, 1000)) {
    mock.platform.undeploy(vm.id)
    await Bun.sleep(1)
  }
  await site.right(30_000)
  await readers.stop()
  const { reads, torn } = JSON.parse(await readers.line('torn'))
  expect({ torn, enough: reads > 1000 }).toEqual({ torn: 0, enough: true })
}, 60_000)

describe('a refused log-in', () => {
  test('is tried once, and again at once by HUP', async () => {
    await using site = await startSite({ before: anotherPassword, wait: false })
    const { mock, daemon } = site
    await daemon.child.line(/refuse/)
    expect(mock.requests.all.map(({ path }) => path)).toEqual(['/api/login'])
    const log = daemon.child.stderr()
    expect({
      user: log.includes('admin'),
      url: log.includes(mock.apiUrl),
      secret: log.includes(mock.password),
    }).toEqual({
      user: true,
      url: true,
      secret: false,
    })
    await site.folder.write('password', 'another\n')
    daemon.child.signal('SIGHUP')
    await site.right()
  })

  test('is tried once more by HUP after a change of its file, not again by the watch of that file', async () => {
    await using site = await startSite({ before: anotherPassword, wait: false })
    const { mock, daemon, folder } = site
    const logins = () => mock.requests.count(({ path }) => path === '/api/login')
    await daemon.child.line(/refuse/)
    await folder.write('password', 'wrong\n')
    daemon.child.signal('SIGHUP')
    await waitFor('the second log-in', () => logins() === 2)
    // A look of the watch is due every five seconds: the next one has passed when the loop tells a later time.
    const looked = Date.now() + 5500
    const turnedAt = async () => {
      const answer = await fetch(`http://127.0.0.1:${daemon.healthPort}/status`)
      const { turned } = (await answer.json()) as { turned: { at: string } }
      return Date.parse(turned.at)
    }
    await waitFor('a look of the watch', async () => (await turnedAt()) > looked, { withinMs: 15_000 })
    await folder.write('password', 'another\n')
    await site.right(20_000)
    expect(logins()).toBe(3)
  }, 60_000)

  test('is tried again when the file with the password changes', async () => {
    await using site = await startSite({ before: anotherPassword, wait: false })
    await site.daemon.child.line(/refuse/)
    await site.folder.write('password', 'another\n')
    await site.right(20_000)
  }, 30_000)
})

describe('an API that is down at the start', () => {
  test('leaves an old file as it is and ready, and is caught up with', async () => {
    const old = `${'1'.repeat(32)}: 10.9.9.9:5900`
    const before = async (mock: Mock, folder: { write(name: string, text: string): Promise<unknown> }) => {
      await folder.write('config.vnc', `${old}\n`)
      mock.refuse()
    }
    await using site = await startSite({ before, wait: false })
    await waitFor('it to be ready', async () => (await site.daemon.readiness()).status === 200)
    expect((await site.daemon.readiness()).degraded).not.toEqual([])
    expect(await site.lines()).toEqual([old])
    site.mock.accept()
    await site.right(40_000)
  }, 60_000)

  test('without an old file is not ready, with the reason, and is caught up with', async () => {
    await using site = await startSite({ before: (mock) => mock.refuse(), wait: false })
    const answer = await fetch(`http://127.0.0.1:${site.daemon.healthPort}/readyz`)
    expect(answer.status).toBe(503)
    expect(await answer.text()).toContain('list')
    site.mock.accept()
    await site.right(40_000)
    await waitFor('it to be ready', async () => (await site.daemon.readiness()).status === 200)
  }, 60_000)
})

test('an output that cannot be written is degraded, tried again, and right once it can be', async () => {
  await using site = await startSite()
  const { mock } = site
  const second = site.folder.file('later', 'tokens')
  await using daemon = await startDaemon({
    api: mock,
    file: site.folder.file('other.vnc'),
    passwordFile: site.folder.file('password2'),
    flags: ['-o', second],
  })
  await waitFor('it to be ready', async () => (await daemon.readiness()).status === 200)
  await waitFor('it to be degraded', async () => (await daemon.readiness()).degraded.length > 0)
  await mkdir(site.folder.file('later'))
  await waitFor('the second file', async () => (await readFile(second, 'utf8')).split('\n').length > 10, {
    withinMs: 20_000,
  })
  await waitFor('it to be well', async () => (await daemon.readiness()).degraded.length === 0)
}, 40_000)
