import { changes } from './changes.ts'
import { mishaps } from './mishaps.ts'
import type { Site } from './site.ts'

/** Whatever may happen to a site, by two numbers that choose the details. */
export const acts: Readonly<Record<Act, (site: Site, a: number, b: number) => void | Promise<void>>> = {
  ...changes,
  ...mishaps,
}

/** The name of something that may happen. */
export type Act = keyof typeof changes | keyof typeof mishaps

/** All of it, what matters most more often. */
export const often: readonly [Act, ...Act[]] = [
  'deploy',
  'deploy',
  'undeploy',
  'undeploy',
  'move',
  'toAppliance',
  'remove',
  'redeploy',
  'reuse',
  'fault',
  'fault',
  'fault',
  'faultsEnd',
  'slow',
  'lag',
  'fileChanged',
  'amidList',
  'amidList',
  'amidList',
  ...(Object.keys(acts) as Act[]),
]
