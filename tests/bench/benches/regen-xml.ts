import type { Bench } from '../bench.ts'
import { measureFastAndPaced } from '../fast-and-paced.ts'

/** `regen` of 10,000 VMs in XML. */
export const regenXml: Bench = {
  name: 'regen-xml',
  about: 'regen, 10k VMs on 10 enterprises, XML: time against curl, peak RSS',
  withinMs: 300_000,
  async run(context) {
    const [vms, rounds] = context.quick ? [2000, 2] : [10_000, 9]
    return await measureFastAndPaced(context, {
      what: `regen, ${vms / 1000}k VMs, XML`,
      parser: 'Bun.XML',
      format: 'xml',
      vms,
      enterprises: 10,
      rounds,
      times: 3,
      peakMb: 110,
    })
  },
}
