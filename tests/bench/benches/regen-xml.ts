import type { Bench } from '../bench.ts'
import { peakOf } from '../measure.ts'
import { besidesOf, runRounds } from '../regen-rounds.ts'
import { startRegenSite } from '../regen-site.ts'
import { runtimePeak } from '../runtime-floor.ts'

/** `regen` of 10,000 VMs in XML. */
export const regenXml: Bench = {
  name: 'regen-xml',
  about: 'regen, 10k VMs, XML: time against curl, peak RSS',
  withinMs: 300_000,
  async run(context) {
    const { binary, quick, say, signal } = context
    const [vms, rounds] = quick ? [2000, 2] : [10_000, 9]
    await using site = await startRegenSite(context, { vms, enterprises: 10, format: 'xml' })
    say(`${rounds} rounds`)
    const found = await runRounds(site, { rounds, signal })
    const what = `regen, ${vms / 1000}k VMs, XML`
    return [
      {
        what,
        unit: 'ms',
        samples: found.regen.map(({ wallMs }) => wallMs),
        floor: { what: 'curl', samples: found.curl },
        limit: { of: 'ratio', most: 3 },
        besides: besidesOf(found, 'Bun.XML'),
      },
      {
        what: `${what}: peak RSS, most of all runs`,
        unit: 'MB',
        samples: found.regen.map(peakOf),
        statistic: 'most',
        floor: await runtimePeak(binary, signal),
        limit: { of: 'figure', most: 110 },
      },
    ]
  },
}
