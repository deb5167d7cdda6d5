import type { Bench } from '../bench.ts'
import { measureFastAndPaced } from '../fast-and-paced.ts'

/** `regen` of 100,000 VMs in JSON. */
export const regenJson: Bench = {
  name: 'regen-json',
  about: 'regen, 100k VMs on 100 enterprises, JSON: time against curl, peak RSS',
  withinMs: 600_000,
  async run(context) {
    const [vms, enterprises, rounds] = context.quick ? [10_000, 10, 2] : [100_000, 100, 5]
    return await measureFastAndPaced(context, {
      what: `regen, ${vms / 1000}k VMs, JSON`,
      parser: 'JSON.parse',
      format: 'json',
      vms,
      enterprises,
      rounds,
      times: 1.4,
      peakMb: 170,
    })
  },
}
