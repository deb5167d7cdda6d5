import type { Bench } from '../bench.ts'
import type { Figure } from '../figure.ts'
import { peakOf } from '../measure.ts'
import { pace } from '../pace.ts'
import { besidesOf, type Rounds, runRounds } from '../regen-rounds.ts'
import { startRegenSite } from '../regen-site.ts'
import { runtimePeak } from '../runtime-floor.ts'

/** `regen` of 100,000 VMs in JSON: against a mock as fast as it goes, and against one that is paced. */
export const regenJson: Bench = {
  name: 'regen-json',
  about: 'regen, 100k VMs on 100 enterprises, JSON: time against curl, peak RSS',
  withinMs: 600_000,
  async run(context) {
    const { binary, quick, say, signal } = context
    const [vms, enterprises, rounds] = quick ? [10_000, 10, 2] : [100_000, 100, 5]
    await using site = await startRegenSite(context, { vms, enterprises, format: 'json' })
    say(`${rounds} rounds, the mock as fast as it goes`)
    await site.platform.control('requests/clear')
    const fast = await runRounds(site, { rounds, signal })
    say(`${rounds} rounds, the mock paced`)
    await pace(site.platform)
    const paced = await runRounds(site, { rounds, signal })
    const what = `regen, ${vms / 1000}k VMs, JSON`
    const limit = { of: 'figure', most: 170 } as const
    const floor = await runtimePeak(binary, signal)
    return [
      timeOf(`${what}, mock at full speed`, fast),
      timeOf(`${what}, mock paced`, paced),
      {
        what: `${what}: peak RSS, most of all runs`,
        unit: 'MB',
        samples: [...fast.regen, ...paced.regen].map(peakOf),
        statistic: 'most',
        floor,
        limit,
      },
    ]
  },
}

function timeOf(what: string, rounds: Rounds): Figure {
  return {
    what,
    unit: 'ms',
    samples: rounds.regen.map(({ wallMs }) => wallMs),
    floor: { what: 'curl', samples: rounds.curl },
    limit: { of: 'ratio', most: 1.4 },
    besides: besidesOf(rounds, 'JSON.parse'),
  }
}
