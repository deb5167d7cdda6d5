import type { Platform } from './platform.ts'
import { randomOf } from './random.ts'

// Steps close enough for a steady rate, far enough apart to cost nothing.
const stepMs = 50

/** What a churn does. */
export interface ChurnOptions {
  /** @default 1 */
  readonly seed?: number
  /** Share of the deployed virtual machines met that move to another host instead of being undeployed. @default 0 */
  readonly moves?: number
  /** Whether it takes one virtual machine after the other, not any. @default false */
  readonly inTurn?: boolean
}

/** Deploys and undeploys so many virtual machines a second until the answer is called. */
export function churn(platform: Platform, perSecond: number, options: ChurnOptions = {}): () => void {
  const { seed = 1, moves = 0, inTurn = false } = options
  const random = randomOf(seed)
  const began = performance.now()
  let done = 0
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - began) / 1000) * perSecond)
    const ids = [...platform.truthful.vms.keys()]
    for (; done < due; done++) {
      const vm = platform.truthful.vms.get(ids[inTurn ? done % ids.length : Math.floor(random() * ids.length)] ?? 0)
      if (vm === undefined) continue
      if (vm.host === null) platform.deploy(vm)
      else if (moves > 0 && random() < moves) platform.move(vm)
      else platform.undeploy(vm)
    }
  }, stepMs)
  return () => clearInterval(timer)
}
