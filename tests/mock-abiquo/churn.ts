import type { Platform } from './platform.ts'
import { randomOf } from './random.ts'

// Steps close enough for a steady rate, far enough apart to cost nothing.
const stepMs = 50

/** Deploys and undeploys so many virtual machines a second until the answer is called. */
export function churn(platform: Platform, perSecond: number, seed = 1): () => void {
  const random = randomOf(seed)
  const began = performance.now()
  let done = 0
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - began) / 1000) * perSecond)
    const ids = [...platform.truthful.vms.keys()]
    for (; done < due; done++) {
      const vm = platform.truthful.vms.get(ids[Math.floor(random() * ids.length)] ?? 0)
      if (vm === undefined) continue
      if (vm.host === null) platform.deploy(vm)
      else platform.undeploy(vm)
    }
  }, stepMs)
  return () => clearInterval(timer)
}
