import { watchFolder } from '../../bench/folder-watch.ts'
import type { Site } from './site.ts'

/** One thing that a platform or a daemon goes through. */
export interface Step {
  readonly name: string
  run(site: Site): Promise<void>
}

/** VMs that change in a second, and the share of them that move. */
export const perSecond = 20
const moves = 0.2
const probeEveryMs = 200

/** VMs are deployed, undeployed and moved, and it is measured how long it takes until the file has it. */
export function change(ms: number, signal: AbortSignal): Step {
  return {
    name: 'change',
    async run(site) {
      await site.platform.control('churn', { perSecond, moves })
      const { vm } = site
      using watch = watchFolder(site.folder.path, signal)
      const endsAt = performance.now() + ms
      // Each turn with a deploy has one with its undeploy behind it.
      for (let turn = 0; performance.now() < endsAt || turn % 2 === 1; turn++) {
        const deploys = turn % 2 === 0
        const { line } = vm
        const { atMs } = site
        const seen = watch.replaced(site.name, (content) => content.includes(line) === deploys)
        const began = performance.now()
        const [at] = await Promise.all([seen, deploys ? vm.deploy() : vm.undeploy()])
        site.latencies.push({ atMs, ms: at - began })
        await site.pause(probeEveryMs)
      }
    },
  }
}

/** The stream is cut in each of the ways there are, while VMs change. */
export const cuts: Step = {
  name: 'cuts',
  async run(site) {
    for (const how of ['clean', 'abrupt', 'short']) {
      await site.platform.control('stream/cut', { how })
      await connected(site)
    }
  },
}

/** The stream is cut very often, and the daemon told not to wait each time, so that what a connection leaves adds up. */
export function reconnects(times: number): Step {
  return {
    name: 'reconnects',
    async run(site) {
      for (let cut = 0; cut < times; cut++) {
        await site.platform.control('stream/cut', { how: 'abrupt' })
        await connected(site, () => site.daemon.child.signal('SIGHUP'))
      }
    },
  }
}

/** The platform answers with errors, while VMs change. */
export function faults(ms: number): Step {
  return {
    name: 'faults',
    async run(site) {
      const all = [
        { kind: 'status', status: 500 },
        { kind: 'html', status: 404 },
        { kind: 'cut', share: 0.5 },
        { kind: 'empty' },
        { kind: 'reset' },
      ]
      for (const fault of all) {
        await site.platform.control('faults', { fault })
        // A list meets them too, not single reads alone.
        site.daemon.child.signal('SIGUSR1')
        await site.pause(ms / all.length)
        await site.platform.control('faults/clear')
      }
    },
  }
}

/** The platform stands still as a whole: connections stay open, and nothing comes. */
export function standstill(ms: number): Step {
  return {
    name: 'standstill',
    async run(site) {
      const { pid } = await site.platform.control<{ pid: number }>('stats')
      process.kill(pid, 'SIGSTOP')
      try {
        await site.pause(ms)
      } finally {
        process.kill(pid, 'SIGCONT')
      }
    },
  }
}

/** The daemon ends and another one takes over, while VMs change. */
export function restart(by: 'SIGTERM' | 'SIGKILL'): Step {
  return {
    name: by === 'SIGTERM' ? 'restart' : 'kill',
    async run(site) {
      await site.restart(by)
      await site.pause(2000)
    },
  }
}

async function connected(site: Site, urge: () => void = () => {}): Promise<void> {
  for (;;) {
    const { streamsOpen } = await site.platform.control<{ streamsOpen: number }>('stats')
    if (streamsOpen > 0) return
    urge()
    await site.pause(50)
  }
}
