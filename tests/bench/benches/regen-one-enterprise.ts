import type { Bench } from '../bench.ts'
import { peakOf } from '../measure.ts'
import { besidesOf, runRounds } from '../regen-rounds.ts'
import { startRegenSite } from '../regen-site.ts'
import { runtimePeak } from '../runtime-floor.ts'
import { median } from '../samples.ts'
import { show } from '../table.ts'

/** `regen` of one enterprise of 40,000 VMs: memory must not follow the size of a list. */
export const regenOneEnterprise: Bench = {
  name: 'regen-one-enterprise',
  about: 'regen, one enterprise of 40k VMs, JSON: peak RSS',
  withinMs: 300_000,
  async run(context) {
    const { binary, quick, say, signal } = context
    const [vms, rounds] = quick ? [4000, 2] : [40_000, 5]
    await using site = await startRegenSite(context, { vms, enterprises: 1, format: 'json' })
    say(`${rounds} rounds`)
    const found = await runRounds(site, { rounds, signal })
    const wall = show(median(found.regen.map(({ wallMs }) => wallMs)), 'ms')
    return [
      {
        what: `regen, one enterprise of ${vms / 1000}k VMs: peak RSS, most of all runs`,
        unit: 'MB',
        samples: found.regen.map(peakOf),
        statistic: 'most',
        floor: await runtimePeak(binary, signal),
        limit: { of: 'figure', most: 170 },
        besides: `takes ${wall}, curl ${show(median(found.curl), 'ms')}, ${besidesOf(found, 'JSON.parse')}`,
      },
    ]
  },
}
