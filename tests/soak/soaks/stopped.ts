import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { startPlatform } from '../../bench/platform.ts'
import { startDaemon } from '../../support/daemon.ts'
import { tempFolder } from '../../support/temp.ts'
import { waitFor } from '../../support/wait.ts'
import type { Finding, Soak } from '../soak.ts'

const minutes = 3
const caughtUpWithinSeconds = 5
/** 150 s of silence, 30 s for a connection that gets no answer, and some for what is asked. */
const saidWithinSeconds = 185

/** The daemon with its own defaults, while the platform stands still for minutes. */
export const stopped: Soak = {
  name: 'stopped',
  about: 'the daemon on a platform that is stopped (SIGSTOP), and goes on',
  minutes,
  beyondMs: 120_000,
  async run({ minutes: asked, signal, say }) {
    await using folder = tempFolder()
    await using platform = await startPlatform({ vms: 1000, enterprises: 10 }, signal)
    const path = folder.file('config.vnc')
    await using daemon = await startDaemon({ api: platform, file: path, passwordFile: folder.file('password') })
    const lines = async () => (await readFile(path, 'utf8')).split('\n').slice(0, -1)
    const right = async () => {
      const wanted = await platform.control<string[]>('tokenLines')
      await waitFor('the right file', async () => Bun.deepEquals(await lines(), wanted), { withinMs: 90_000 })
    }
    await right()
    await waitFor('the stream', async () => (await platform.control<{ streamsOpen: number }>('stats')).streamsOpen > 0)
    const before = await lines()
    say(`the platform is stopped for ${asked ?? minutes} min`)
    const beganAt = performance.now()
    const sinceMs = (moment: number) => performance.now() - moment
    let saidAfter: number | null = null
    platform.child.signal('SIGSTOP')
    try {
      while (sinceMs(beganAt) < (asked ?? minutes) * 60_000) {
        const { degraded } = await daemon.readiness()
        if (saidAfter === null && degraded.length > 0) {
          saidAfter = sinceMs(beganAt) / 1000
          say(`said after ${saidAfter.toFixed(0)} s: ${degraded.join('; ')}`)
        }
        await sleep(250, undefined, { signal })
      }
    } finally {
      platform.child.signal('SIGCONT')
    }
    const backAt = performance.now()
    const kept = Bun.deepEquals(await lines(), before)
    for (let each = 0; each < 3; each++) {
      await platform.control('undeploy')
      await platform.control('deploy')
    }
    await right()
    const recovery = sinceMs(backAt) / 1000
    const long = (asked ?? minutes) * 60 >= saidWithinSeconds
    return [
      ...(long ? [said(saidAfter)] : []),
      { what: 'the file meanwhile', seen: kept ? 'as it was' : 'changed', wanted: 'as it was', met: kept },
      {
        what: 'caught up after its return',
        seen: `${recovery.toFixed(1)} s`,
        wanted: `within ${caughtUpWithinSeconds} s`,
        met: recovery <= caughtUpWithinSeconds,
      },
    ]
  },
}

function said(after: number | null): Finding {
  return {
    what: 'said as degraded',
    seen: after === null ? 'never' : `after ${after.toFixed(0)} s`,
    wanted: `within ${saidWithinSeconds} s`,
    met: after !== null && after <= saidWithinSeconds,
  }
}
