import { start } from '../../support/process.ts'
import type { Bench } from '../bench.ts'
import { pause, startDaemonSite } from '../daemon-site.ts'
import type { Floor } from '../figure.ts'
import { cpuMsOf, residentMbOf } from '../process-figures.ts'
import { bareRuntime } from '../runtime-floor.ts'
import { show } from '../table.ts'

/** After the first list, until its garbage is given back. */
const settleMs = 5000

/** The daemon with nothing to do but to be ready. */
export const idle: Bench = {
  name: 'idle',
  about: 'daemon idle, 10k VMs: RSS, CPU over 20 s',
  withinMs: 240_000,
  async run(context) {
    const { binary, quick, say, signal } = context
    const [vms, windows, windowMs] = quick ? [1000, 1, 5000] : [10_000, 3, 20_000]
    await using site = await startDaemonSite(context, { vms, enterprises: 10 })
    const { pid } = site.daemon.child
    const afterList = await residentMbOf(pid)
    await pause(settleMs, signal)
    say(`${windows} times ${windowMs / 1000} s of nothing`)
    const resident: number[] = []
    const shares: number[] = []
    for (let index = 0; index < windows; index++) {
      const [began, before] = [performance.now(), await cpuMsOf(pid)]
      await pause(windowMs, signal)
      shares.push((((await cpuMsOf(pid)) - before) / (performance.now() - began)) * 100)
      resident.push(await residentMbOf(pid))
    }
    const what = `daemon idle, ${vms / 1000}k VMs`
    const list = `right after the first list (${show(site.firstListMs, 'ms')}) ${show(afterList, 'MB')}`
    return [
      {
        what: `${what}: RSS`,
        unit: 'MB',
        samples: resident,
        floor: await idleRuntime(binary, signal),
        limit: { of: 'figure', most: 70 },
        besides: list,
      },
      { what: `${what}: CPU of one core`, unit: '%', samples: shares, limit: { of: 'figure', most: 0.3 } },
    ]
  },
}

/** What the binary's runtime has resident while it does nothing but listen. */
async function idleRuntime(binary: string, signal: AbortSignal): Promise<Floor> {
  const script = `Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response() }); console.log('listening')`
  // "env" makes way for the runtime, so that the process is the same.
  await using child = start([...bareRuntime(binary), '-e', script])
  await child.line('listening')
  await pause(1000, signal)
  return { what: 'bare runtime, listening', samples: [await residentMbOf(child.pid)] }
}
