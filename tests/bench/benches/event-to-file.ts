import { readFile } from 'node:fs/promises'
import type { Bench, BenchContext } from '../bench.ts'
import { createConsoleVm } from '../console-vm.ts'
import { type DaemonSite, pause, startDaemonSite } from '../daemon-site.ts'
import type { Figure } from '../figure.ts'
import { watchFolder } from '../folder-watch.ts'
import { plainWrite } from '../plain-write.ts'
import { median } from '../samples.ts'
import { show } from '../table.ts'

/** Between two changes, so that each is written by itself. */
const pauseMs = 25

/** From the moment before the mock is told of a change to the moment the file was seen to be replaced. */
export const eventToFile: Bench = {
  name: 'event-to-file',
  about: 'event to file, 10k VMs, mock answering at once: p50 and p99 of 300 changes',
  withinMs: 180_000,
  async run(context) {
    const { quick, say } = context
    const [vms, changes] = quick ? [1000, 40] : [10_000, 300]
    await using site = await startDaemonSite(context, { vms, enterprises: 10 })
    say(`${changes} changes`)
    const { deploys, undeploys, writes, trips } = await change(site, changes, context)
    const common = {
      unit: 'ms',
      samples: [...deploys, ...undeploys],
      floor: { what: 'write and sync', samples: writes },
    } as const
    const of = [`deploy ${show(median(deploys), 'ms')}`, `undeploy ${show(median(undeploys), 'ms')}`]
    const besides = `${of.join(', ')}, both with the call to the mock, by itself ${show(median(trips), 'ms')}`
    const what = `event to file, ${vms / 1000}k VMs`
    const figures: Figure[] = [
      { ...common, what: `${what}: p50`, limit: { of: 'figure', most: 5 }, besides },
      { ...common, what: `${what}: p99`, statistic: 'p99', limit: { of: 'figure', most: 15 } },
    ]
    return figures
  },
}

/** Deploys and undeploys in turns; after each change comes the floor, a plain write of the same file. */
async function change(site: DaemonSite, changes: number, { folder, signal }: BenchContext) {
  const { platform, file, name } = site
  const vm = await createConsoleVm(platform)
  using watch = watchFolder(folder.path, signal)
  const found = { deploys: [] as number[], undeploys: [] as number[], writes: [] as number[], trips: [] as number[] }
  for (let index = 0; index < changes; index++) {
    const deploys = index % 2 === 0
    const { line } = vm
    await pause(pauseMs, signal)
    const seen = watch.replaced(name, (content) => content.includes(line) === deploys)
    const began = performance.now()
    const [at] = await Promise.all([seen, deploys ? vm.deploy() : vm.undeploy()])
    found[deploys ? 'deploys' : 'undeploys'].push(at - began)
    await pause(pauseMs, signal)
    found.writes.push(await floor(file, watch, folder.file('floor.vnc')))
    const asked = performance.now()
    await platform.control('faults')
    found.trips.push(performance.now() - asked)
  }
  return found
}

/** How long a plain write of the same content takes until it is seen in the same way. */
async function floor(file: string, watch: ReturnType<typeof watchFolder>, target: string): Promise<number> {
  const content = await readFile(file)
  const seen = watch.replaced('floor.vnc', () => true)
  const began = performance.now()
  const [at] = await Promise.all([seen, plainWrite(target, content)])
  return at - began
}
