import { expect, test } from 'bun:test'
import { mkdir, readFile } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import { type Mock, tokenLinesOf } from '../mock-abiquo/index.ts'
import { notifyListener } from '../support/notify-listener.ts'
import { freePort } from '../support/ports.ts'
import { type TempFolder, tempFolder } from '../support/temp.ts'
import { waitFor } from '../support/wait.ts'
import { type SiteOptions, startSite } from './support.ts'
import { anotherPassword } from './vms.ts'

const fed = 'WATCHDOG=1'
/** Fed each 100 ms. */
const watchdog = { WATCHDOG_USEC: '200000' }

/** A site whose daemon has a service manager, by default at a path. */
async function startManaged(options: SiteOptions = {}, name?: string) {
  const folder = tempFolder()
  const listener = notifyListener(name ?? folder.file('notify'))
  const env = { NOTIFY_SOCKET: listener.address, ...options.env }
  const site = await startSite({ ...options, env })
  /** Waits until the watchdog is fed so many times from now on. */
  const feeds = async (count: number) => {
    const from = listener.received().length
    const fresh = () => listener.received().slice(from)
    await waitFor(`${count} feeds`, () => fresh().filter((each) => each === fed).length >= count)
  }
  return {
    site,
    listener,
    feeds,
    async [Symbol.asyncDispose]() {
      await site[Symbol.asyncDispose]()
      listener[Symbol.dispose]()
      await folder[Symbol.asyncDispose]()
    },
  }
}

function blackHole(mock: Mock): void {
  mock.faults.add({ kind: 'hang' }, { on: 'all' })
}

/** A file of an earlier run. */
async function earlierFile(folder: TempFolder, count: number): Promise<string[]> {
  const lines = tokenLinesOf(Array.from({ length: count }, (_, index) => ({ ip: '10.9.9.9', port: 5901 + index })))
  await folder.write('config.vnc', lines.map((line) => `${line}\n`).join(''))
  return lines
}

test('a manager at an abstract name is told', async () => {
  await using managed = await startManaged({ env: watchdog }, `@novnc-tokens-test-life-${process.pid}`)
  await managed.feeds(2)
  expect(managed.listener.received()[0]).toBe('READY=1')
})

test('a life is told: ready, how it does, reloading, stopping', async () => {
  await using managed = await startManaged()
  const { site, listener } = managed
  const tokens = (await site.lines()).length
  await listener.until(new RegExp(`^STATUS=${tokens} tokens, list \\d+ s old$`), 20_000)
  const [ready, status] = listener.received()
  expect([ready, status?.startsWith('STATUS=')]).toEqual(['READY=1', true])

  site.daemon.child.signal('SIGHUP')
  const reloading = (await listener.until(/^RELOADING=1\n/)).at(-1)
  const began = Number(/\nMONOTONIC_USEC=(\d+)$/.exec(reloading ?? '')?.[1]) / 1e6
  const up = Number((await readFile('/proc/uptime', 'utf8')).split(' ')[0])
  expect([began > 0, began <= up + 1]).toEqual([true, true])
  const reloaded = () => listener.received()[listener.received().indexOf(reloading ?? '') + 1]
  await waitFor('the end of the reload', () => reloaded() !== undefined)
  expect(reloaded()).toBe('READY=1')

  site.daemon.child.signal('SIGTERM')
  expect(await site.daemon.child.exited).toEqual({ code: 0, signal: null })
  expect(listener.received().at(-1)).toBe('STOPPING=1\nSTATUS=Stopping')
  expect(listener.received()).not.toContain(fed)
}, 40_000)

test('it is ready once the old file is loaded and it answers, whatever the platform does', async () => {
  const port = await freePort()
  let lines: string[] = []
  await using managed = await startManaged({
    wait: false,
    flags: ['--lookup', `127.0.0.1:${port}`],
    before: async (mock, folder) => {
      blackHole(mock)
      lines = await earlierFile(folder, 3)
    },
  })
  const { site, listener } = managed
  await listener.until('READY=1')
  // Asked once, at once: nothing of it may come after being ready.
  const { status } = await fetch(`http://127.0.0.1:${port}/tokens/${lines[0]?.slice(0, 32)}`)
  const { outputs } = (await (await fetch(`http://127.0.0.1:${site.daemon.healthPort}/status`)).json()) as {
    outputs: { loaded: boolean; tokens: number }[]
  }
  expect([status, outputs]).toMatchObject([200, [{ loaded: true, tokens: 3 }, {}]])
  expect(await listener.until(/^STATUS/)).toEqual([
    'READY=1',
    'STATUS=Degraded: No list is complete yet, and the tokens of an earlier run are served; 3 tokens, no list yet',
  ])
})

/** A server that takes connections and never says anything. */
async function muteServer() {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
  })
  const { promise, resolve } = Promise.withResolvers<void>()
  server.listen(0, '127.0.0.1', resolve)
  await promise
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The kernel gave no port')
  return {
    port: address.port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((done) => server.close(done))
    },
  }
}

test.each<[string, SiteOptions, RegExp]>([
  ['the platform is a black hole', { before: blackHole }, /No list is complete yet/],
  ['the log-in is refused', { before: anotherPassword }, /refuses the log-in/],
  [
    'the file cannot be written',
    { before: (_, folder) => mkdir(folder.file('config.vnc')).then(() => {}) },
    /config\.vnc/,
  ],
])('the watchdog is fed while %s', async (_, options, reason) => {
  await using managed = await startManaged({ wait: false, ...options, env: watchdog })
  const { site, feeds } = managed
  await waitFor('the trouble', async () =>
    (await site.daemon.readiness()).degraded.some((each) => reason.test(`${each}`)),
  )
  await feeds(5)
})

test('the watchdog is fed while the platform stands still that was well, and while a Redis is mute', async () => {
  await using mute = await muteServer()
  await using managed = await startManaged({ flags: ['-o', `redis://127.0.0.1:${mute.port}`], env: watchdog })
  const { site, feeds } = managed
  blackHole(site.mock)
  site.daemon.child.signal('SIGUSR1')
  await waitFor('the list to hang', async () => (await site.status()).list.running)
  await feeds(5)
})

test('the watchdog is not fed while the process stands still, and is fed again when it goes on', async () => {
  await using stopped = await startManaged({ env: watchdog })
  await using other = await startManaged({ env: watchdog })
  await stopped.feeds(1)
  const { pid } = stopped.site.daemon.child
  stopped.site.daemon.child.signal('SIGSTOP')
  await waitFor('the stop', async () => / T /.test(await readFile(`/proc/${pid}/stat`, 'utf8')))
  const before = stopped.listener.received().length
  await other.feeds(10)
  const meanwhile = stopped.listener.received().length - before
  stopped.site.daemon.child.signal('SIGCONT')
  await stopped.feeds(3)
  expect(meanwhile).toBe(0)
}, 30_000)

test('the change command is not told of the manager', async () => {
  await using managed = await startManaged({
    env: watchdog,
    flags: (folder) => ['--on-change', `env > ${folder.file('new')} && mv ${folder.file('new')} ${folder.file('env')}`],
  })
  const { folder } = managed.site
  const environment = await waitFor('the command', () => readFile(folder.file('env'), 'utf8'))
  expect(environment.match(/^(NOTIFY|WATCHDOG|NOVNC_TOKENS_TOTAL)[A-Z_]*/gm)).toEqual(['NOVNC_TOKENS_TOTAL'])
})

test('a manager that is not there is warned of once, and nothing else suffers', async () => {
  await using site = await startSite({ env: { NOTIFY_SOCKET: '/nowhere/notify', ...watchdog } })
  site.daemon.child.signal('SIGHUP')
  await site.daemon.child.line('and listing (HUP)')
  await site.right()
  site.daemon.child.signal('SIGTERM')
  expect(await site.daemon.child.exited).toEqual({ code: 0, signal: null })
  expect(site.daemon.child.stderr().match(/service manager.*/g)).toEqual([
    'service manager cannot be told how this program stands: sendto "/nowhere/notify" failed: ENOENT: no such file or directory',
  ])
})
