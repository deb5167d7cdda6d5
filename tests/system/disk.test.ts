import { expect, test } from 'bun:test'
import { readdir, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type Mock, startMock } from '../mock-abiquo/index.ts'
import { recordFault, secondsSince } from '../reliability/record.ts'
import { binary } from '../support/binary.ts'
import { type Daemon, startDaemon } from '../support/daemon.ts'
import { illnesses } from '../support/disks.ts'
import { canMount, mountPoints, openMounts } from '../support/mounts.ts'
import { run, start } from '../support/process.ts'
import { type TempFolder, tempFolder } from '../support/temp.ts'
import { waitFor } from '../support/wait.ts'
import { some } from './vms.ts'

async function failuresOf(daemon: Daemon): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${daemon.healthPort}/status`)
  const { outputs } = (await answer.json()) as { outputs: readonly { failures: number }[] }
  return outputs[0]?.failures ?? 0
}

async function right(path: string, mock: Mock): Promise<void> {
  const wanted = () => mock.platform.tokenLines().map((line) => `${line}\n`)
  await waitFor('the right file', async () => (await readFile(path, 'utf8')) === wanted().join(''))
}

const cases = (await illnesses()).map((each) => [each.name, each] as const)

test.each(cases)(
  '%s leaves the old file whole, is told once a step, and the file is right soon after',
  async (_, illness) => {
    await using folder = tempFolder()
    await using mock = await startMock({ vms: 60 })
    await using disk = await illness.disk(folder)
    const seen = `${disk.view}/config.vnc`
    const options = { api: mock, file: `${disk.path}/config.vnc`, passwordFile: folder.file('password') }
    await using daemon = await startDaemon({ ...options, inside: disk.inside })
    await right(seen, mock)
    const before = await readFile(seen, 'utf8')
    await using readers = start([process.execPath, 'tests/support/readers.ts', seen, '2', '1', '1'])
    await readers.line('reading')

    await disk.ill(daemon.child.pid)
    const names = (await readdir(disk.view)).sort()
    mock.platform.undeploy(some(mock, true).id)
    await waitFor('three tries', async () => (await failuresOf(daemon)) >= 3)
    mock.platform.deploy(some(mock, false).id)
    const { status, degraded } = await daemon.readiness()
    expect([status, degraded]).toEqual([503, [expect.stringMatching(illness.message)]])
    expect([await readFile(seen, 'utf8'), (await readdir(disk.view)).sort()]).toEqual([before, names])

    await disk.well(daemon.child.pid)
    const mended = performance.now()
    await right(seen, mock)
    const recoverySeconds = secondsSince(mended)
    await waitFor('it to be well', async () => Bun.deepEquals(await daemon.readiness(), { status: 200, degraded: [] }))
    await readers.stop()
    const { torn, first } = JSON.parse(await readers.line('torn')) as { torn: number; first: string }
    const told: unknown[] = daemon.child.stderr().match(/ error .*/g) ?? []
    const each = new Array<unknown>(await failuresOf(daemon)).fill(
      expect.stringContaining('The output cannot be written'),
    )
    expect([torn, first, told]).toEqual([0, '', each])
    expect((await readdir(disk.view)).sort()).toEqual(['.config.vnc.lock', 'config.vnc'])
    if (illness.fault !== null) {
      recordFault({
        subject: 'host',
        fault: illness.fault,
        expected:
          'the old file stays whole, not ready with the reason, one error line a step, then right, with nothing left',
        happened: `${told.length} tries, each with its line; nobody read a part`,
        recoverySeconds,
        boundSeconds: 35,
      })
    }
    expect(await daemon.child.stop(4000)).toEqual({ code: 0, signal: null })
  },
)

/** A file that is a mount of its own, as container systems make them of single files. */
async function singleFile(folder: TempFolder) {
  if (!(await canMount())) {
    const path = mountPoints().find(({ isFile }) => isFile)?.path
    if (path === undefined) throw new Error('Nothing can be mounted here, and no file is mounted by itself')
    return { path, view: path, inside: [], free: null, async [Symbol.asyncDispose]() {} }
  }
  const path = await folder.write('mounted/config.vnc', `${'1'.repeat(32)}: 10.9.9.9:5900\n`)
  const mounts = await openMounts()
  await mounts.shell(`mount --bind ${path} ${path}`)
  return {
    path,
    view: mounts.view(path),
    inside: mounts.inside,
    free: () => mounts.shell(`umount ${path}`),
    [Symbol.asyncDispose]: () => mounts[Symbol.asyncDispose](),
  }
}

/** Runs regen, and gives what it left: its exit code, what it wrote, the file, and the names beside that. */
async function regen(folder: TempFolder, mock: Mock, { path, view, inside }: Place) {
  const passwordFile = await folder.write('password', mock.password)
  const login = ['-a', mock.apiUrl, '-u', mock.username, '--pass-file', passwordFile]
  const { code, stderr } = await run([...inside, await binary(), 'regen', ...login, '-f', path])
  const text = await readFile(view, 'utf8').catch(() => null)
  return { code, stderr, text, names: (await readdir(dirname(view))).sort() }
}

interface Place {
  readonly path: string
  readonly view: string
  readonly inside: readonly string[]
}

test('a file that is mounted by itself stays as it is, with the advice to mount its folder instead', async () => {
  await using folder = tempFolder()
  await using mock = await startMock({ vms: 60 })
  await using file = await singleFile(folder)
  const advice = /EBUSY: .*\. It is mounted by itself, so it cannot be replaced: mount its folder instead/
  const before = { text: await readFile(file.view, 'utf8'), names: (await readdir(dirname(file.view))).sort() }
  expect(await regen(folder, mock, file)).toEqual({ code: 5, stderr: expect.stringMatching(advice), ...before })
  // Where the mount is the system's own, a daemon would leave its lock beside it.
  if (file.free === null) return
  const { path, view, inside } = file
  const passwordFile = folder.file('password')
  await using daemon = await startDaemon({ api: mock, file: path, passwordFile, inside })
  // The first try is made while the list still goes on.
  await waitFor('that alone to be wrong', async () => {
    const { status, degraded } = await daemon.readiness()
    return status === 503 && degraded.length === 1 && advice.test(String(degraded[0]))
  })
  expect(await readFile(view, 'utf8')).toBe(before.text)
  await file.free()
  await right(view, mock)
  expect((await readdir(dirname(view))).sort()).toEqual(['.config.vnc.lock', 'config.vnc'])
})

test('regen into a folder that is mounted read-only says so', async () => {
  await using folder = tempFolder()
  await using mock = await startMock({ vms: 60 })
  await using mounts = (await canMount()) ? await openMounts() : null
  let path = mountPoints().find(({ readOnly, isFile }) => readOnly && !isFile)?.path
  if (mounts !== null) {
    path = folder.file('disk')
    await mounts.shell(`mkdir ${path} && mount -t tmpfs -o ro none ${path}`)
  }
  if (path === undefined) throw new Error('Nothing can be mounted here, and nothing is mounted read-only')
  const file = `${path}/config.vnc`
  const place = { path: file, view: mounts?.view(file) ?? file, inside: mounts?.inside ?? [] }
  const { code, stderr, text } = await regen(folder, mock, place)
  const advice = /EROFS: .*\. Its file system is mounted read-only/
  expect({ code, stderr, text }).toEqual({ code: 5, stderr: expect.stringMatching(advice), text: null })
})
