import { expect, test } from 'bun:test'
import { readFile } from 'node:fs/promises'
import { startPlatform } from '../bench/platform.ts'
import { startFaultProxy } from '../fault-proxy/index.ts'
import { startDaemon } from '../support/daemon.ts'
import { tempFolder } from '../support/temp.ts'
import { waitFor } from '../support/wait.ts'
import { recordFault, secondsSince } from './record.ts'
import { limitMs, seconds } from './support.ts'

const idleSeconds = 2

test.concurrent(
  'a platform that is stopped is noticed, and caught up with once it goes on',
  async () => {
    await using folder = tempFolder()
    await using platform = await startPlatform({ vms: 60, enterprises: 3 }, new AbortController().signal)
    await using stream = await startFaultProxy(Number(new URL(platform.apiUrl).port))
    const path = folder.file('config.vnc')
    const streamUrl = stream.through(platform.apiUrl.replace(/\/api$/, '/m/stream'))
    await using daemon = await startDaemon({
      api: platform,
      file: path,
      passwordFile: folder.file('password'),
      flags: ['--idle-timeout', `${idleSeconds}s`, '--timeout', '3s', '--resync', '1h', '--stream-url', streamUrl],
    })
    const lines = async () => (await readFile(path, 'utf8')).split('\n').slice(0, -1)
    const right = async () => {
      const wanted = await platform.control<string[]>('tokenLines')
      await waitFor('the right file', async () => Bun.deepEquals(await lines(), wanted), { withinMs: 20_000 })
    }
    await right()
    await waitFor('the stream', async () => (await platform.control<{ streamsOpen: number }>('stats')).streamsOpen > 0)
    const before = await lines()
    const tries = stream.accepted
    const beganAt = performance.now()
    platform.child.signal('SIGSTOP')
    let noticed: number
    try {
      await waitFor('another try', () => stream.accepted > tries)
      noticed = secondsSince(beganAt)
      daemon.child.signal('SIGUSR1')
      await daemon.child.line(/no answer|incomplete|not complete/i, 30_000)
      expect(await lines()).toEqual(before)
    } finally {
      platform.child.signal('SIGCONT')
    }
    const backAt = performance.now()
    for (let each = 0; each < 3; each++) {
      await platform.control('undeploy')
      await platform.control('deploy')
    }
    await right()
    recordFault({
      subject: 'platform',
      fault: 'the platform is stopped (SIGSTOP), and goes on',
      expected: 'noticed within the idle timeout, no token lost, caught up',
      happened: `noticed after ${seconds(noticed)}, of ${idleSeconds} s of idle timeout`,
      recoverySeconds: secondsSince(backAt),
      boundSeconds: 5,
    })
    expect(noticed).toBeLessThan(idleSeconds + 3)
  },
  limitMs,
)
