import { waitFor } from '../../support/wait.ts'
import type { Bench } from '../bench.ts'
import { createConsoleVm } from '../console-vm.ts'
import { pause, startDaemonSite } from '../daemon-site.ts'

/** As long as this after the file is right, a request still counts. */
const quietMs = 500

/** How many REST requests the daemon sends for one deploy, where the API shows at once what its events tell. */
export const requestsPerDeploy: Bench = {
  name: 'requests',
  about: 'REST requests per deploy, API consistent',
  withinMs: 120_000,
  async run(context) {
    const { quick, say, signal } = context
    const rounds = quick ? 3 : 20
    await using site = await startDaemonSite(context, { vms: 1000, enterprises: 10 })
    const { platform, file } = site
    const vm = await createConsoleVm(platform)
    await pause(quietMs, signal)
    say(`${rounds} deploys`)
    const deploys: number[] = []
    const undeploys: number[] = []
    const count = async (change: () => Promise<void>, line: string, there: boolean): Promise<number> => {
      await platform.control('requests/clear')
      await change()
      await waitFor('the file', async () => (await Bun.file(file).text()).includes(line) === there)
      await pause(quietMs, signal)
      return (await platform.requests()).filter(({ kind }) => kind === 'rest').length
    }
    for (let round = 0; round < rounds; round++) {
      const { line } = vm
      deploys.push(await count(() => vm.deploy(), line, true))
      undeploys.push(await count(() => vm.undeploy(), line, false))
    }
    return [
      {
        what: 'REST requests per deploy, API consistent',
        unit: 'requests',
        samples: deploys,
        statistic: 'most',
        limit: { of: 'figure', most: 1 },
        besides: `undeploy: at most ${Math.max(...undeploys)}`,
      },
    ]
  },
}
