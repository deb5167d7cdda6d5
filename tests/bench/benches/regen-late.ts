import type { Bench } from '../bench.ts'
import { runRounds } from '../regen-rounds.ts'
import { startRegenSite } from '../regen-site.ts'

/** The most requests that may run at once. */
const atOnce = 8

/** `regen` of 200 enterprises whose every answer is 50 ms late. */
export const regenLate: Bench = {
  name: 'regen-late',
  about: 'regen, 20k VMs on 200 enterprises, every answer 50 ms late: time, requests at once',
  withinMs: 300_000,
  async run(context) {
    const { quick, say, signal } = context
    const [vms, enterprises, rounds] = quick ? [2000, 20, 2] : [20_000, 200, 5]
    const flags = ['--delay', '50']
    await using site = await startRegenSite(context, { vms, enterprises, format: 'json', flags })
    const { platform } = site
    const concurrent: number[] = []
    say(`${rounds} rounds`)
    const { regen, curl } = await runRounds(site, {
      rounds,
      signal,
      atOnce,
      parse: false,
      before: () => platform.control('requests/clear'),
      async after() {
        const { maxConcurrent } = await platform.control<{ maxConcurrent: number }>('stats')
        concurrent.push(maxConcurrent)
      },
    })
    const what = `regen, ${vms / 1000}k VMs on ${enterprises} enterprises, answers 50 ms late`
    return [
      {
        what,
        unit: 'ms',
        samples: regen.map(({ wallMs }) => wallMs),
        floor: { what: `curl, ${atOnce} at once`, samples: curl, inTurns: true },
        limit: { of: 'figure', most: 2500 },
      },
      {
        what: `${what}: requests at once`,
        unit: 'requests',
        samples: concurrent,
        statistic: 'most',
        limit: { of: 'figure', most: atOnce },
      },
    ]
  },
}
