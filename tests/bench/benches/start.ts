import { freePort } from '../../support/ports.ts'
import { start } from '../../support/process.ts'
import { waitFor } from '../../support/wait.ts'
import type { Bench, BenchContext } from '../bench.ts'
import { measure } from '../measure.ts'
import { type Platform, startPlatform } from '../platform.ts'

/** From before the binary is started until its health listener answers. */
export const startToHealthy: Bench = {
  name: 'start',
  about: 'start of the binary to /healthz 200',
  withinMs: 120_000,
  async run(context) {
    const { binary, quick, say, signal } = context
    const rounds = quick ? 5 : 30
    await using platform = await startPlatform({ vms: 100, enterprises: 10 }, signal)
    await context.folder.write('password', platform.password)
    say(`${rounds} starts`)
    const starts: number[] = []
    const versions: number[] = []
    for (let round = 0; round <= rounds; round++) {
      const { wallMs } = await measure([binary, '--version'], signal)
      const healthyMs = await startOnce(context, platform)
      if (round === 0) continue
      versions.push(wallMs)
      starts.push(healthyMs)
    }
    return [
      {
        what: 'start of the binary to /healthz 200',
        unit: 'ms',
        samples: starts,
        floor: { what: '--version', samples: versions, inTurns: true },
        limit: { of: 'figure', most: 50 },
      },
    ]
  },
}

async function startOnce({ binary, folder, signal }: BenchContext, platform: Platform): Promise<number> {
  signal.throwIfAborted()
  const listen = `127.0.0.1:${await freePort()}`
  const login = ['-a', platform.apiUrl, '-u', platform.username, '--pass-file', folder.file('password')]
  const began = performance.now()
  await using child = start([binary, 'run', ...login, '-f', folder.file('start.vnc'), '--listen', listen])
  await waitFor('/healthz', async () => (await fetch(`http://${listen}/healthz`)).ok, {
    everyMs: 1,
    unless: () => child.ended() && `it ended: ${child.stderr()}`,
  })
  return performance.now() - began
}
