/**
 * The real daemon on the mock platform: some seconds of changes, faults, cut streams, kills and restarts, with a reader
 * that looks at each version of the file. A sequence is fixed by its seed, but for what real time does:
 * `DAEMON_MODEL_SEEDS=7,8 bun test tests/system/daemon-model.test.ts` plays others.
 */
import { expect, test } from 'bun:test'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { type Fault, type FaultTarget, type Mock, startMock, type VirtualMachine } from '../mock-abiquo/index.ts'
import { type Daemon, startDaemon } from '../support/daemon.ts'
import { freePort } from '../support/ports.ts'
import { tempFolder } from '../support/temp.ts'
import { waitFor } from '../support/wait.ts'
import { lineOf } from './vms.ts'

const seeds = (process.env['DAEMON_MODEL_SEEDS'] ?? '1,2,3').split(',').map(Number)
const steps = 40
/** VMs that nothing happens to, by their place. */
const rocks = 6
/** Twice as long as a guard needs to let go, with what is waited for after failures. */
const settleMs = 60_000

const faults: readonly [Fault, FaultTarget][] = [
  [{ kind: 'reset' }, { on: 'rest' }],
  [{ kind: 'status', status: 500 }, { on: 'rest' }],
  [{ kind: 'status', status: 500 }, { enterprise: 2 }],
  [{ kind: 'status', status: 403 }, { enterprise: 2 }],
  [{ kind: 'status', status: 503, retryAfter: 1 }, { on: 'rest' }],
  [{ kind: 'html', status: 404 }, { on: 'rest' }],
  [{ kind: 'html', status: 200 }, { path: /action\/virtualmachines/ }],
  [{ kind: 'cut' }, { enterprise: 3 }],
  [{ kind: 'garbage' }, { path: /cloud\/virtualdatacenters/ }],
  [{ kind: 'total', by: 3 }, { enterprise: 2 }],
  [{ kind: 'delay', ms: 700 }, { on: 'rest' }],
  [{ kind: 'drip', ms: 500 }, { on: 'rest' }],
  [{ kind: 'status', status: 503 }, { on: 'stream' }],
  [{ kind: 'html', status: 404 }, { on: 'stream' }],
]

/** Numbers from 0 up to 1, the same for each seed (an xorshift). */
function seeded(seed: number): () => number {
  let state = (seed * 2_654_435_761) >>> 0 || 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
}

/** What is wrong with a content of the file; null where nothing is. */
function faultOf(text: string, always: readonly string[]): string | null {
  const lines = text.split('\n')
  if (lines.pop() !== '') return 'it ends within a line'
  for (const [index, line] of lines.entries()) {
    const [, token, address = ''] = /^([0-9a-f]{32}): (\S+:\d{1,5})$/.exec(line) ?? []
    if (token !== createHash('md5').update(address).digest('hex')) return `it has the line ${JSON.stringify(line)}`
    if (line <= (lines[index - 1] ?? '')) return 'it is not sorted, or has a line twice'
  }
  const lost = always.filter((line) => !lines.includes(line))
  return lost.length === 0 ? null : `it lost ${lost.join(', ')}`
}

/** Reads a file over and over until it is disposed of, and tells what was wrong. */
function reading(path: string, always: readonly string[]) {
  const findings = new Set<string>()
  let versions = 0
  let last = ''
  const read = () => {
    const text = readFileSync(path, 'utf8')
    if (text === last) return
    last = text
    versions++
    const fault = faultOf(text, always)
    if (fault !== null) findings.add(fault)
  }
  const timer = setInterval(read, 1)
  return {
    findings,
    versions: () => versions,
    [Symbol.dispose]: () => clearInterval(timer),
  }
}

function pick<T>(values: readonly T[], random: () => number): T | undefined {
  return values[Math.floor(random() * values.length)]
}

/** Something goes wrong with requests. */
function fail({ faults: active }: Mock, random: () => number): void {
  const [fault, target] = pick(faults, random) ?? []
  if (fault !== undefined) active.add(fault, target)
}

/** Something happens to a VM, told or not. */
function change({ platform }: Mock, vms: readonly VirtualMachine[], random: () => number): void {
  const id = pick(vms, random)?.id
  const vm = platform.vms.find((each) => each.id === id)
  const options = { events: random() < 0.75, lagMs: random() < 0.3 ? random() * 700 : 0 }
  const what = random()
  if (what < 0.1 || vm === undefined) platform.import({ enterprise: 1 + Math.floor(random() * 3), ...options })
  else if (what < 0.2) platform.delete(vm, options)
  else if (what < 0.3) platform.moveToAppliance(vm, options)
  else if (vm.host === null) platform.deploy(vm, options)
  else if (what < 0.7) platform.undeploy(vm, options)
  else platform.move(vm, undefined, options)
}

test.each(seeds)(
  'sequence %d: each version of the file is whole, and in the end it is right',
  async (seed) => {
    const random = seeded(seed)
    await using folder = tempFolder()
    await using mock = await startMock({ vms: 45, enterprises: 3, undeployed: 0.2, seed })
    const deployed = mock.platform.vms.filter(({ ip, remoteAccess }) => ip !== null && remoteAccess)
    const always = deployed.slice(0, rocks).map(lineOf)
    const changing = mock.platform.vms.filter((vm) => !deployed.slice(0, rocks).includes(vm))
    const healthPort = await freePort()
    const begin = () =>
      startDaemon({
        api: mock,
        file: folder.file('config.vnc'),
        passwordFile: folder.file('password'),
        healthPort,
        flags: ['--resync', '3s', '--poll-interval', '1s'],
      })
    const ends: (number | null)[] = []
    const said: string[] = []
    const end = async (daemon: Daemon) => {
      ends.push((await daemon.child.stop()).code)
      said.push(daemon.child.stderr())
    }
    const right = () => readFileSync(folder.file('config.vnc'), 'utf8') === textOf(mock)
    let daemon = await begin()
    try {
      await waitFor('the first right file', right)
      using reader = reading(folder.file('config.vnc'), always)
      for (let step = 0; step < steps; step++) {
        const what = random()
        if (what < 0.65) change(mock, changing, random)
        else if (what < 0.77) fail(mock, random)
        else if (what < 0.85) mock.faults.clear()
        else if (what < 0.9) mock.streams.cut(random() < 0.5 ? 'clean' : 'abrupt')
        else if (what < 0.94) mock.refuseFor(random() * 500)
        else {
          if (what < 0.98) daemon.child.signal('SIGKILL')
          await end(daemon)
          if (random() < 0.5) change(mock, changing, random)
          daemon = await begin()
        }
        // Now and then one thing comes upon the other, and now and then all is over before.
        await Bun.sleep(random() * 150)
      }
      mock.faults.clear()
      mock.accept()
      await waitFor('the file to be right', right, { withinMs: settleMs, everyMs: 25 })
      expect([...reader.findings]).toEqual([])
      expect(reader.versions()).toBeGreaterThan(1)
    } finally {
      await end(daemon)
    }
    expect({
      ends: ends.filter((code) => code !== 0 && code !== null),
      said: said.filter((text) => text.includes('must not happen')),
      files: readdirSync(folder.path).sort(),
    }).toEqual({ ends: [], said: [], files: ['.config.vnc.lock', 'config.vnc', 'password'] })
  },
  120_000,
)

function textOf({ platform }: Mock): string {
  return platform
    .tokenLines()
    .map((line) => `${line}\n`)
    .join('')
}
