import { start } from '../../support/process.ts'
import type { Bench, BenchContext } from '../bench.ts'
import { pause } from '../daemon-site.ts'
import type { Figure } from '../figure.ts'
import { childProgram } from '../outputs/child-program.ts'
import { oneCore } from '../outputs/one-core.ts'
import { type OutputsSite, startOutputsSite, vmsOf100k } from '../outputs/outputs-site.ts'
import { startPlatform } from '../platform.ts'
import { cpuMsOf, peakMbOf, residentMbOf } from '../process-figures.ts'
import { bareRuntime, runtimePeak } from '../runtime-floor.ts'
import { median } from '../samples.ts'
import { show } from '../table.ts'

/** After everything is written, until its garbage is given back. */
const settleMs = 10_000
/** Each of them asks for the next token once it has its answer. */
const connections = 32

/** The daemon with all outputs at once: what it has resident, and how fast it answers lookups. */
export const outputsTogether: Bench = {
  name: 'outputs-together',
  about: 'file, folder, Redis and lookups at once, 100k tokens: RSS; lookups a second on one core',
  withinMs: 900_000,
  async run(context) {
    const { quick, say, signal } = context
    const vms = quick ? 2000 : vmsOf100k
    say(`a platform of ${vms} VMs`)
    await using platform = await startPlatform({ vms, enterprises: 10, flags: ['--undeployed', '0'] }, signal)
    const kinds = ['file', 'dir', 'redis', 'lookup'] as const
    await using site = await startOutputsSite(context, platform, { kinds, name: 'together' })
    const of = `${Math.round((await platform.countTokens()) / 1000)}k tokens`
    return [await memory(context, site, of), await lookups(context, site, of)]
  },
}

async function memory({ binary, quick, say, signal }: BenchContext, site: OutputsSite, of: string): Promise<Figure> {
  const { pid } = site.daemon.child
  const [times, everyMs] = quick ? [1, 1000] : [5, 5000]
  const written = show(await residentMbOf(pid), 'MB')
  say(`${times} looks at its memory`)
  await pause(settleMs, signal)
  const samples: number[] = []
  for (let index = 0; index < times; index++) {
    await pause(everyMs, signal)
    samples.push(await residentMbOf(pid))
  }
  return {
    what: `all outputs at once, ${of}: RSS`,
    unit: 'MB',
    samples,
    statistic: 'most',
    floor: await runtimePeak(binary, signal),
    limit: { of: 'figure', most: 250 },
    besides: `right after the first fill ${written}, its peak ${show(await peakMbOf(pid), 'MB')}`,
  }
}

async function lookups({ binary, quick, say, signal }: BenchContext, site: OutputsSite, of: string): Promise<Figure> {
  const [count, rounds] = quick ? [10_000, 2] : [40_000, 15]
  const { pid } = site.daemon.child
  const core = oneCore(signal)
  const script = `
    const headers = { 'content-type': 'application/json', 'cache-control': 'no-store' }
    const fetch = () => new Response('{"host":"10.60.1.79","port":5901}', { headers })
    console.log('port ' + Bun.serve({ port: 0, hostname: '127.0.0.1', fetch }).port)`
  await using bare = start([...bareRuntime(binary), '-e', script])
  const barePort = Number((await bare.line(/^port \d+$/)).slice('port '.length))
  for (const each of [pid, bare.pid]) await core.pin(each)
  say(`${rounds} rounds of ${count / 1000}k lookups`)
  const ask = (port: number) => {
    return childProgram<number>(signal, 'load-lookups', [port, count, connections, site.file], core.client)
  }
  const found = { ours: [] as number[], bare: [] as number[], cpu: [] as number[] }
  for (let round = 0; round < rounds; round++) {
    const before = await cpuMsOf(pid)
    found.ours.push(await ask(site.lookupPort))
    found.cpu.push((await cpuMsOf(pid)) - before)
    found.bare.push(await ask(barePort))
  }
  const speed = `${(count / median(found.ours)).toFixed(0)}k/s`
  return {
    what: `${count / 1000}k lookups of ${of}, ${core.what}`,
    unit: 'ms',
    samples: found.ours,
    floor: { what: 'bare runtime, one answer', samples: found.bare, inTurns: true },
    // 40,000 a second.
    limit: { of: 'figure', most: count / 40 },
    besides: `${speed}, over ${connections} connections; CPU of the daemon, warm-up included, ${show(median(found.cpu), 'ms')}`,
  }
}
